package lambda

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/lambda/messages"
	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/step"
)

func TestNamed(t *testing.T) {
	for _, c := range fault.Codes() {
		got, ok := errors.AsType[messages.InvokeResponse_Error](Named(fault.Errorf(c, "it is so")))
		if !ok || CodeOf(got.Type) != c || got.Message != "it is so" {
			t.Errorf("%s: %+v", c, got)
		}
	}
	if got := CodeOf("Runtime.ExitError"); got != fault.Internal {
		t.Errorf("an unknown name is %s", got)
	}
}

// TestAnyTextCanBeSent: whatever is in an error's text, the runtime can send it, as it does, in a header: else the function would end without an answer.
func TestAnyTextCanBeSent(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer server.Close()
	var all []byte
	for b := range 256 {
		all = append(all, byte(b), 'x')
	}
	for _, text := range []string{string(all), "a\nb", "ends with \x7f", "日本語\u0085\u202e"} {
		e, _ := errors.AsType[messages.InvokeResponse_Error](Named(fault.Errorf(fault.Unavailable, "%s", text)))
		cause, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Lambda-Runtime-Function-Xray-Error-Cause", string(cause))
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		_ = res.Body.Close()
	}
}

// TestPayloadsAreSmall holds what passes through the state machine under 32 KB, whatever an error says.
func TestPayloadsAreSmall(t *testing.T) {
	const limit = 32 << 10
	for _, text := range []string{strings.Repeat("\x00", 1<<20), strings.Repeat("é\"", 1<<20), strings.Repeat("x", 1<<20)} {
		e, _ := errors.AsType[messages.InvokeResponse_Error](Named(fault.Errorf(fault.Invalid, "%s", text)))
		cause, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		outer, err := json.Marshal(caught{Error: e.Type, Cause: string(cause)}) // as Catch hands it to finish
		if err != nil || len(outer) > limit {
			t.Errorf("%d bytes, %v", len(outer), err)
		}
	}
	for _, out := range []any{step.StartOut{Run: strings.Repeat("r", 80)}, step.Out{Run: strings.Repeat("r", 80)}, step.GateOut{Run: strings.Repeat("r", 80)}, In{}} {
		if b, err := json.Marshal(out); err != nil || len(b) > 1024 {
			t.Errorf("%T: %d bytes, %v", out, len(b), err)
		}
	}
}

// In is here so that an input is measured like the outputs.
type In = step.In

func TestFinishReadsBothKindsOfEvents(t *testing.T) {
	for text, want := range map[string]step.FinishIn{
		`{"run":"a"}`: {Run: "a"},
		`{"run":"a","caught":{"Error":"Refused","Cause":"{\"errorMessage\":\"too many\",\"errorType\":\"Refused\"}"}}`: {
			Run: "a", Gone: true, Failure: &step.Failure{Code: fault.Refused, Message: "too many"},
		},
		`{"run":"a","caught":{"Error":"Stopped","Cause":"{\"errorMessage\":\"another writes\",\"errorType\":\"Stopped\"}"}}`: {
			Run: "a", Failure: &step.Failure{Code: fault.Stopped, Message: "another writes"},
		},
		`{"run":"a","caught":{"Error":"States.Timeout","Cause":""}}`:                            {Run: "a", Failure: &step.Failure{Code: fault.TimedOut, Message: "the step took longer than it may"}},
		`{"run":"a","caught":{"Error":"Lambda.SdkClientException","Cause":"connection reset"}}`: {Run: "a", Failure: &step.Failure{Code: fault.Internal, Message: "Lambda.SdkClientException: connection reset"}},
		`{"run":"a","caught":{"Error":"Lambda.Unknown","Cause":"out of memory"}}`:               {Run: "a", Gone: true, Failure: &step.Failure{Code: fault.Internal, Message: "Lambda.Unknown: out of memory"}},
		`{"run":"a","caught":{"Error":"Sandbox.Timedout","Cause":"late"}}`:                      {Run: "a", Gone: true, Failure: &step.Failure{Code: fault.TimedOut, Message: "Sandbox.Timedout: late"}},
		`{"run":"a","caught":{"Error":"Runtime.ExitError","Cause":"{\"errorMessage\":\"signal: killed\",\"errorType\":\"Runtime.ExitError\"}"}}`: {
			Run: "a", Gone: true, Failure: &step.Failure{Code: fault.Internal, Message: "the function ended by itself (Runtime.ExitError): signal: killed"},
		},
		`{"detail-type":"Step Functions Execution Status Change","detail":{"name":"b","status":"ABORTED","cause":"enough"}}`: {
			Run: "b", Failure: &step.Failure{Code: fault.Stopped, Message: "the execution was stopped: enough"},
		},
		`{"detail":{"name":"b","status":"TIMED_OUT"}}`: {Run: "b", Failure: &step.Failure{Code: fault.TimedOut, Message: "the execution ran longer than it may"}},
		`{"detail":{"name":"b","status":"SUCCEEDED"}}`: {Run: "b"},
	} {
		var f Finish
		if err := f.Decode([]byte(text)); err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if d := cmp.Diff(want, f.FinishIn); d != "" {
			t.Errorf("%s (-want +got):\n%s", text, d)
		}
	}
}

// TestSweep leaves the folders of others that live.
func TestSweep(t *testing.T) {
	dir := t.TempDir()
	for name, stays := range map[string]bool{
		fmt.Sprintf("plumbline-%d-1", os.Getpid()): false, fmt.Sprintf("plumbline-%d-1", os.Getppid()): true, "plumbline-999999999-1": false, "plumbline-x-1": true, "other": true,
	} {
		path := filepath.Join(dir, name)
		if err := os.Mkdir(path, 0o700); err != nil {
			t.Fatal(err)
		}
		sweep(dir)
		if _, err := os.Stat(path); (err == nil) != stays {
			t.Errorf("%s: %v, want it there: %v", name, err, stays)
		}
	}
}

func TestVariablesAreNamed(t *testing.T) {
	c := newContainer(nil, None, "diff", func(string) string { return "" })
	if err := c.ready(); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), varTable+", "+varBucket) {
		t.Errorf("got %v", err)
	}
}
