package aws_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/step"
	machine "github.com/plumbline-sync/plumbline/shared/step/aws"
)

const (
	arn       = "arn:aws:states:us-east-1:000000000000:stateMachine:s-sync"
	execution = "arn:aws:states:us-east-1:000000000000:execution:s-sync:2w9k41c-7f3"
)

// answering returns a machine behind which one answer stands, and what it was asked.
func answering(t *testing.T, status int, answer string) (*machine.Machine, *map[string]any) {
	t.Helper()
	asked := &map[string]any{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		if err := json.Unmarshal(body, asked); err != nil {
			t.Errorf("%v: %s", err, body)
		}
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, answer)
	}))
	t.Cleanup(server.Close)
	client := sfn.New(sfn.Options{
		Region: "us-east-1", BaseEndpoint: &server.URL, Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""), RetryMaxAttempts: 1,
	})
	return machine.New(client, arn), asked
}

func TestStart(t *testing.T) {
	m, asked := answering(t, http.StatusOK, `{"executionArn":"`+execution+`","startDate":1}`)
	if err := m.Start(t.Context(), "2w9k41c-7f3", step.Input{Job: "inventory", DryRun: aws.Bool(false), Trigger: "cli"}, "ann"); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"stateMachineArn": arn, "name": "2w9k41c-7f3", "input": `{"job":"inventory","dry_run":false,"by":"ann","trigger":"cli"}`}
	if diff := cmp.Diff(want, *asked); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if in, err := step.ParseInput([]byte((*asked)["input"].(string))); err != nil || in.By != "ann" {
		t.Errorf("start does not read what was sent: %+v, %v", in, err)
	}
}

func TestStatus(t *testing.T) {
	m, asked := answering(t, http.StatusOK, `{"executionArn":"`+execution+`","stateMachineArn":"`+arn+`","startDate":1,"status":"FAILED","error":"Refused","cause":"limits"}`)
	got, err := m.Status(t.Context(), "2w9k41c-7f3")
	if diff := cmp.Diff(machine.Execution{Status: "FAILED", Error: "Refused", Cause: "limits"}, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got)\n%s", err, diff)
	}
	if (*asked)["executionArn"] != execution {
		t.Errorf("asked %v", *asked)
	}
}

func TestErrors(t *testing.T) {
	for _, c := range []struct {
		status int
		word   string
		want   fault.Code
	}{
		{http.StatusBadRequest, "ExecutionDoesNotExist", fault.NotFound},
		{http.StatusBadRequest, "ExecutionAlreadyExists", fault.Conflict},
		{http.StatusBadRequest, "InvalidExecutionInput", fault.Invalid},
		{http.StatusBadRequest, "AccessDeniedException", fault.Denied},
		{http.StatusBadRequest, "ExpiredTokenException", fault.Denied},
		{http.StatusBadRequest, "ThrottlingException", fault.Throttled},
		{http.StatusInternalServerError, "InternalFailure", fault.Unavailable},
		{http.StatusBadRequest, "Unheard", fault.Internal},
	} {
		m, _ := answering(t, c.status, `{"__type":"`+c.word+`","message":"no"}`)
		if err := m.Stop(t.Context(), "2w9k41c-7f3", "by ann"); fault.Of(err) != c.want {
			t.Errorf("%s: code %q, want %q: %v", c.word, fault.Of(err), c.want, err)
		}
	}
}
