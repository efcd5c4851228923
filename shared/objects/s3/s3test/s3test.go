// Package s3test starts a real S3 server for tests: versitygw, over TLS, on the loopback address.
package s3test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
)

const (
	tool     = "versitygw-v1.8.0"
	user     = "test"
	password = "testtest"
)

// Start starts a server with no buckets in it and returns a client of it; both end with the test. Where the server is not installed the test is skipped.
func Start(t testing.TB) *awss3.Client {
	t.Helper()
	bin := find(t)
	dir := t.TempDir()
	data := filepath.Join(dir, "data")
	if err := os.Mkdir(data, 0o755); err != nil {
		t.Fatal(err)
	}
	cert, key, roots := certificate(t, dir)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}, MaxIdleConnsPerHost: 32}
	client := &http.Client{Transport: transport}
	address := freeAddress(t)
	var out bytes.Buffer
	server := exec.Command(bin, "--port", address, "--quiet", "--health", "/health", "--cert", cert, "--key", key, "posix", data) // #nosec G204 -- the pinned tool
	server.Env = append(os.Environ(), "ROOT_ACCESS_KEY="+user, "ROOT_SECRET_KEY="+password)
	server.Stdout, server.Stderr = &out, &out
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = server.Wait(); close(ended) }()
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		_ = server.Process.Kill()
		<-ended
	})
	waitFor(t, client, "https://"+address+"/health", ended, &out)
	return awss3.New(awss3.Options{
		Region: "us-east-1", BaseEndpoint: aws.String("https://" + address), UsePathStyle: true, HTTPClient: client,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: user, SecretAccessKey: password}, nil
		}),
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenSupported,
		ResponseChecksumValidation: aws.ResponseChecksumValidationWhenSupported,
	})
}

// Bucket makes an empty bucket and returns its name.
func Bucket(t testing.TB, client *awss3.Client) string {
	t.Helper()
	name := "bucket-" + strings.ToLower(rand.Text())
	if _, err := client.CreateBucket(t.Context(), &awss3.CreateBucketInput{Bucket: &name}); err != nil {
		t.Fatal(err)
	}
	return name
}

// find returns the server's program in .tools of the module's root.
func find(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("no go.mod above the test's folder")
		}
		dir = filepath.Dir(dir)
	}
	bin := filepath.Join(dir, ".tools", "bin", tool)
	if _, err := os.Stat(bin); err != nil {
		t.Skipf("%s is not installed: make tools", tool)
	}
	return bin
}

// freeAddress returns an address of the loopback that nobody listens on.
func freeAddress(t testing.TB) string {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// waitFor waits until the server answers.
func waitFor(t testing.TB, client *http.Client, url string, ended <-chan struct{}, out fmt.Stringer) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for time.Now().Before(deadline) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := client.Do(req)
		if err == nil {
			_ = resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return
			}
		}
		select {
		case <-ended:
			t.Fatalf("%s ended: %s", tool, out)
		case <-time.After(10 * time.Millisecond):
		}
	}
	t.Fatalf("%s does not answer at %s", tool, url)
}
