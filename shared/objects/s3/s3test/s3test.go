// Package s3test starts a real S3 server for tests: versitygw, over TLS, on the loopback address.
package s3test

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/plumbline-sync/plumbline/shared/servertest"
)

const (
	tool     = "bin/versitygw-v1.8.0"
	user     = "test"
	password = "testtest"
)

// Start starts a server with no buckets in it and returns a client of it; both end with the test. Where the server is not installed the test is skipped.
func Start(t testing.TB) *awss3.Client {
	t.Helper()
	bin := servertest.Tool(t, tool)
	dir := t.TempDir()
	data := filepath.Join(dir, "data")
	if err := os.Mkdir(data, 0o755); err != nil {
		t.Fatal(err)
	}
	cert, key, roots := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"), x509.NewCertPool()
	if err := servertest.Certificate(cert, key); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(cert)
	if err != nil || !roots.AppendCertsFromPEM(text) {
		t.Fatalf("trust %q: %v", cert, err)
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}, MaxIdleConnsPerHost: 32}
	client := &http.Client{Transport: transport}
	address := servertest.FreeAddress(t)
	server := exec.Command(bin, "--port", address, "--quiet", "--health", "/health", "--cert", cert, "--key", key, "posix", data) // #nosec G204 -- the pinned tool
	server.Env = append(os.Environ(), "ROOT_ACCESS_KEY="+user, "ROOT_SECRET_KEY="+password)
	servertest.Run(t, server, client, "https://"+address+"/health")
	t.Cleanup(transport.CloseIdleConnections) // before the server ends
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
