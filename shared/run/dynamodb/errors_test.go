package dynamodb_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	awsdynamodb "github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/run/dynamodb"
	"github.com/plumbline-sync/plumbline/shared/run/dynamodb/dynamodbtest"
)

// answers is an HTTP client for which the service answers always the same.
type answers func() (*http.Response, error)

// Do implements dynamodb.HTTPClient.
func (f answers) Do(*http.Request) (*http.Response, error) { return f() }

// refusal is an answer of DynamoDB.
func refusal(status int, name, message, more string) answers {
	return func() (*http.Response, error) {
		body := fmt.Sprintf(`{"__type":"com.amazonaws.dynamodb.v20120810#%s","message":%q%s}`, name, message, more)
		return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {"application/x-amz-json-1.0"}}, Body: io.NopCloser(strings.NewReader(body))}, nil
	}
}

func TestErrors(t *testing.T) {
	server := &dynamodbtest.Server{Endpoint: "http://127.0.0.1:9"} // nobody is asked
	for name, c := range map[string]struct {
		answer answers
		code   fault.Code
		text   string
	}{
		"no table":  {refusal(400, "ResourceNotFoundException", "Requested resource not found", ""), fault.NotFound, `get run: table "plumbline": there is none in this account and region`},
		"denied":    {refusal(400, "AccessDeniedException", "User: arn:aws:sts::1:assumed-role/r/f is not authorized to perform: dynamodb:GetItem on resource: x", ""), fault.Denied, `get run in table "plumbline": dynamodb:GetItem is not allowed: check the policies of who asks: User: arn:aws:sts::1:assumed-role/r/f is not`},
		"old token": {refusal(400, "ExpiredTokenException", "expired", ""), fault.Denied, `get run in table "plumbline": `},
		"throttled": {refusal(400, "ProvisionedThroughputExceededException", "slow down", ""), fault.Throttled, "slow down"},
		"too many":  {refusal(400, "ThrottlingException", "slow down", ""), fault.Throttled, "slow down"},
		"server":    {refusal(500, "InternalServerError", "oops", ""), fault.Unavailable, "oops"},
		"proxy": {func() (*http.Response, error) {
			return &http.Response{StatusCode: http.StatusBadGateway, Body: io.NopCloser(strings.NewReader("<html>"))}, nil
		}, fault.Unavailable, ""},
		"broken off": {func() (*http.Response, error) {
			return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader(`{"Item":{"doc":{"S":"{`))}, nil
		}, fault.Unavailable, "unexpected EOF"},
		"garbled": {func() (*http.Response, error) {
			return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader(`{"Item"%"doc"~`))}, nil
		}, fault.Unavailable, "deserialization failed"},
		"garbled inside": {func() (*http.Response, error) {
			return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader(`{"Item":{"doc":{"S":"{7id7:}"}}}`))}, nil
		}, fault.Unavailable, `get run in table "plumbline": the answer cannot be read`},
		"network":   {func() (*http.Response, error) { return nil, errors.New("connection refused") }, fault.Unavailable, "connection refused"},
		"bad input": {refusal(400, "ValidationException", "One or more parameter values were invalid", ""), fault.Invalid, "One or more"},
		"unheard":   {refusal(400, "NovelException", "?", ""), fault.Internal, "NovelException"},
	} {
		t.Run(name, func(t *testing.T) {
			s := dynamodb.New(server.Client(func(o *awsdynamodb.Options) { o.HTTPClient, o.RetryMaxAttempts = c.answer, 1 }), "plumbline")
			_, err := s.Get(t.Context(), "x")
			if !fault.Is(err, c.code) || !strings.Contains(err.Error(), c.text) {
				t.Errorf("got code %q: %v", fault.Of(err), err)
			}
		})
	}
}

// TestTransactionErrors: the reasons of a cancelled transaction are what counts.
func TestTransactionErrors(t *testing.T) {
	server := &dynamodbtest.Server{Endpoint: "http://127.0.0.1:9"}
	reason := func(code string) string {
		return `,"CancellationReasons":[{"Code":"None"},{"Code":"` + code + `","Message":"m"}]`
	}
	for code, want := range map[string]fault.Code{"ConditionalCheckFailed": fault.Conflict, "ValidationError": fault.Invalid, "ItemCollectionSizeLimitExceeded": fault.Invalid, "AccessDeniedException": fault.Denied} {
		s := dynamodb.New(server.Client(func(o *awsdynamodb.Options) {
			o.HTTPClient = refusal(400, "TransactionCanceledException", "Transaction cancelled", reason(code))
		}), "plumbline")
		if err := s.PutStep(t.Context(), &run.Step{Run: "x", Name: "diff"}); !fault.Is(err, want) {
			t.Errorf("%s: got code %q: %v", code, fault.Of(err), err)
		}
	}
	s := dynamodb.New(server.Client(func(o *awsdynamodb.Options) {
		o.HTTPClient = refusal(400, "TransactionCanceledException", "Transaction cancelled", reason("TransactionConflict"))
	}), "plumbline")
	ctx, stop := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer stop()
	if err := s.PutStep(ctx, &run.Step{Run: "x", Name: "diff"}); !fault.Is(err, fault.TimedOut) {
		t.Errorf("always in the way, until the deadline: %v", err)
	}
}

// TestNoTable: the real service's answer.
func TestNoTable(t *testing.T) {
	s := dynamodb.New(dynamodbtest.Start(t).Client(), "none")
	if err := s.Create(t.Context(), &run.Run{ID: "x", Status: run.Running}); !fault.Is(err, fault.NotFound) || !strings.Contains(err.Error(), `create run: table "none": there is none`) {
		t.Error(err)
	}
	if _, err := s.List(t.Context(), run.Filter{}); !fault.Is(err, fault.NotFound) {
		t.Error(err)
	}
}
