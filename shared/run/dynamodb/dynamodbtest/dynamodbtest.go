// Package dynamodbtest starts AWS's DynamoDB Local for tests, and makes tables as the deployed one is.
package dynamodbtest

import (
	"bufio"
	"cmp"
	"context"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsdynamodb "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/plumbline-sync/plumbline/shared/servertest"
)

// program runs the server on loopback only.
//
//go:embed Loopback.java
var program []byte

// tool is the folder in .tools/ with the server's jars; the version is the Makefile's.
const tool = "dynamodb-local-2.6.1/lib"

// Server is a running DynamoDB Local.
type Server struct {
	// Endpoint is its address, "http://127.0.0.1:port".
	Endpoint string
	// Region is its clients'; "": eu-central-1. Each region has tables of its own.
	Region string
}

// Start runs a server, which ends with the test. The test is skipped where the server, or Java 17, is not installed.
func Start(t testing.TB) *Server {
	t.Helper()
	lib := library(t)
	source := filepath.Join(t.TempDir(), "Loopback.java")
	if err := os.WriteFile(source, program, 0o600); err != nil {
		t.Fatal(err)
	}
	c := exec.Command("java", "-Xmx256m", "-XX:TieredStopAtLevel=1", "-Djava.library.path="+lib, "-cp", filepath.Join(lib, "*"), source) //nolint:gosec,noctx // our own program; it ends with its input
	var stderr strings.Builder
	c.Stderr = &stderr
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	late := time.AfterFunc(time.Minute, func() { _ = c.Process.Kill() })
	t.Cleanup(func() {
		_ = in.Close() // it ends then
		defer time.AfterFunc(5*time.Second, func() { _ = c.Process.Kill() }).Stop()
		_ = c.Wait() // its exit code says nothing about the test
	})
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if port, ok := strings.CutPrefix(lines.Text(), "port "); ok {
			late.Stop()
			go func() {
				for lines.Scan() { // so that it never waits for a reader
				}
			}()
			return &Server{Endpoint: "http://127.0.0.1:" + port}
		}
	}
	t.Fatalf("DynamoDB Local did not start: %s", stderr.String())
	return nil
}

// library returns the folder of the server's jars, absolute.
func library(t testing.TB) string {
	t.Helper()
	lib := servertest.Tool(t, tool)
	if _, err := exec.LookPath("javac"); err != nil {
		t.Skip("DynamoDB Local needs Java 17: apt-get install openjdk-17-jdk-headless")
	}
	return lib
}

// Client returns a client of the server.
func (s *Server) Client(options ...func(*awsdynamodb.Options)) *awsdynamodb.Client {
	return awsdynamodb.New(awsdynamodb.Options{
		Region: cmp.Or(s.Region, "eu-central-1"), BaseEndpoint: &s.Endpoint,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}, nil
		}),
	}, options...)
}

// Table makes an empty table with the keys of the deployed one, under a name that no other has, and returns the name. It is removed at the test's end.
func (s *Server) Table(t testing.TB) string {
	t.Helper()
	client := s.Client()
	name := fmt.Sprintf("plumbline-%d", time.Now().UnixNano())
	key := func(name string, kind types.KeyType) types.KeySchemaElement {
		return types.KeySchemaElement{AttributeName: &name, KeyType: kind}
	}
	var attributes []types.AttributeDefinition
	for _, a := range []string{"pk", "sk", "list_pk", "list_sk"} {
		attributes = append(attributes, types.AttributeDefinition{AttributeName: &a, AttributeType: types.ScalarAttributeTypeS})
	}
	_, err := client.CreateTable(t.Context(), &awsdynamodb.CreateTableInput{
		TableName: &name, BillingMode: types.BillingModePayPerRequest, AttributeDefinitions: attributes,
		KeySchema: []types.KeySchemaElement{key("pk", types.KeyTypeHash), key("sk", types.KeyTypeRange)},
		GlobalSecondaryIndexes: []types.GlobalSecondaryIndex{{
			IndexName:  aws.String("list"),
			KeySchema:  []types.KeySchemaElement{key("list_pk", types.KeyTypeHash), key("list_sk", types.KeyTypeRange)},
			Projection: &types.Projection{ProjectionType: types.ProjectionTypeAll},
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_, err := client.DeleteTable(context.WithoutCancel(t.Context()), &awsdynamodb.DeleteTableInput{TableName: &name})
		if err != nil {
			t.Error(err)
		}
	})
	return name
}
