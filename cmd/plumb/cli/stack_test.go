package cli

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/plumbline-sync/plumbline/shared/fault"
	machine "github.com/plumbline-sync/plumbline/shared/step/aws"
)

// cloud is a CloudFormation that gives one answer.
func cloud(t *testing.T, status int, answer string) *stack {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/xml")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, answer)
	}))
	t.Cleanup(server.Close)
	return &stack{name: "s", config: aws.Config{
		Region: "eu-west-1", BaseEndpoint: &server.URL, RetryMaxAttempts: 1, Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
	}}
}

func stackAnswer(status string, outputs ...string) string {
	var b strings.Builder
	for _, o := range outputs {
		fmt.Fprintf(&b, "<member><OutputKey>%s</OutputKey><OutputValue>it</OutputValue></member>", o)
	}
	return `<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>s</StackName><CreationTime>2026-01-01T00:00:00Z</CreationTime><StackStatus>` + status +
		`</StackStatus><Outputs>` + b.String() + `</Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>`
}

func errorAnswer(code, message string) string {
	return `<ErrorResponse><Error><Type>Sender</Type><Code>` + code + `</Code><Message>` + message + `</Message></Error></ErrorResponse>`
}

// TestStacks: each way in which a stack cannot be worked with has its own message and code.
func TestStacks(t *testing.T) {
	all := []string{outMachine, outTable, outBucket, outVersion}
	for name, c := range map[string]struct {
		status int
		answer string
		code   fault.Code
		want   string
	}{
		"usable":        {200, stackAnswer("UPDATE_COMPLETE", all...), "", ""},
		"being updated": {200, stackAnswer("UPDATE_IN_PROGRESS", all...), "", ""},
		"being made":    {200, stackAnswer("CREATE_IN_PROGRESS"), fault.Conflict, "still being made"},
		"not made":      {200, stackAnswer("ROLLBACK_COMPLETE"), fault.Invalid, "could not be made (ROLLBACK_COMPLETE)"},
		"going":         {200, stackAnswer("DELETE_IN_PROGRESS", all...), fault.NotFound, "being deleted"},
		"another's":     {200, stackAnswer("CREATE_COMPLETE", outBucket), fault.Invalid, "no stack of Plumbline: it has no output StateMachineArn, TableName, Version"},
		"none":          {400, errorAnswer("ValidationError", "Stack with id s does not exist"), fault.NotFound, "there is none in region eu-west-1"},
		"expired":       {403, errorAnswer("ExpiredToken", "The security token included in the request is expired"), fault.Denied, "have expired; sign in again"},
		"wrong key":     {403, errorAnswer("InvalidClientTokenId", "The security token is invalid"), fault.Denied, "does not take these credentials"},
		"not allowed":   {403, errorAnswer("AccessDenied", "User: x is not authorized to perform: cloudformation:DescribeStacks"), fault.Denied, "cloudformation:DescribeStacks"},
		"too often":     {400, errorAnswer("Throttling", "Rate exceeded"), fault.Throttled, "Rate exceeded"},
	} {
		err := cloud(t, c.status, c.answer).describe(t.Context())
		if fault.Of(err) != c.code || c.want != "" && !strings.Contains(fmt.Sprint(err), c.want) {
			t.Errorf("%s: got %v (%s), want %q (%s)", name, err, fault.Of(err), c.want, c.code)
		}
	}
}

func TestVersions(t *testing.T) {
	for _, c := range []struct {
		theirs, plumb string
		warned        bool
		refused       bool
	}{
		{"0.1.0", "v0.1.0", false, false},
		{"0.1.3", "v0.1.0", true, false},
		{"0.2.0", "v0.1.0", false, true},
		{"1.1.0", "v0.1.0", false, true},
		{"0.2.0", "devel-0123456789ab", true, false},
		{"0.2.0", "v0.0.0-20260101000000-0123456789ab", true, false},
		{"it", "v0.1.0", false, true},
	} {
		warning, err := versions("s", c.theirs, "0.1.0", development(c.plumb))
		if (warning != "") != c.warned || (err != nil) != c.refused {
			t.Errorf("%s with plumb %s: %q, %v", c.theirs, c.plumb, warning, err)
		}
	}
}

// TestEndedWith: an execution without a run says what Step Functions knows.
func TestEndedWith(t *testing.T) {
	for _, c := range []struct {
		execution machine.Execution
		code      fault.Code
		want      string
	}{
		{machine.Execution{Status: "FAILED", Error: "Refused", Cause: "limits"}, fault.Refused, `execution "x" ended FAILED: Refused: limits`},
		{machine.Execution{Status: "FAILED", Error: "Invalid", Cause: `{"errorType":"Invalid","errorMessage":"no job"}`}, fault.Internal, `execution "x" ended FAILED: Invalid: no job`},
		{machine.Execution{Status: "FAILED", Error: "NotClosed", Cause: `finish could not close the run: {"errorMessage":"get run: dynamodb:GetItem is not allowed","errorType":"Denied"}`}, fault.Internal, `execution "x" ended FAILED: NotClosed: finish could not close the run: get run: dynamodb:GetItem is not allowed`},
		{machine.Execution{Status: "ABORTED"}, fault.Stopped, `execution "x" ended ABORTED: no error: no cause`},
		{machine.Execution{Status: "TIMED_OUT"}, fault.TimedOut, `execution "x" ended TIMED_OUT: no error: no cause`},
	} {
		if err := endedWith("x", c.execution); fault.Of(err) != c.code || err.Error() != c.want {
			t.Errorf("got %v (%s), want %s (%s)", err, fault.Of(err), c.want, c.code)
		}
	}
}
