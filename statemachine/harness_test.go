package statemachine

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/servertest"
	"github.com/plumbline-sync/plumbline/statemachine/stacktest"
)

// runtimeAPI is the Lambda Runtime API of one execution environment: docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html.
type runtimeAPI struct {
	events  chan []byte
	answers chan answer
	allowed time.Duration // one invocation
}

type answer struct {
	text []byte
	bad  bool
}

func (a *runtimeAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch what := strings.TrimPrefix(r.URL.Path, "/2018-06-01/runtime/"); {
	case what == "invocation/next":
		select {
		case e := <-a.events:
			w.Header().Set("Lambda-Runtime-Aws-Request-Id", rand.Text()) // the lock tells invocations apart by it
			w.Header().Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(time.Now().Add(a.allowed).UnixMilli(), 10))
			_, _ = w.Write(e)
		case <-r.Context().Done():
		}
	default:
		text, _ := io.ReadAll(r.Body)
		w.WriteHeader(http.StatusAccepted)
		a.answers <- answer{text, strings.HasSuffix(what, "/error")}
	}
}

// variables are those of the stack's functions.
func (w *world) variables() []string {
	return append(stacktest.Environ(w.stack.URL), "PLUMBLINE_TABLE="+w.stack.Outputs["TableName"], "PLUMBLINE_BUCKET="+w.stack.Outputs["BucketName"])
}

// serve starts a function's binary under the Runtime API; the function that it returns invokes it.
func (w *world) serve(built, name string) func(event []byte) (string, bool) {
	w.Helper()
	return w.serveWith(built, name, func(*exec.Cmd) {})
}

// serveWith does so with what prepare makes of the command.
func (w *world) serveWith(built, name string, prepare func(*exec.Cmd)) func(event []byte) (string, bool) {
	w.Helper()
	api := &runtimeAPI{events: make(chan []byte), answers: make(chan answer, 1), allowed: w.patience}
	server := httptest.NewServer(api)
	dir := filepath.Join(built, name)
	cmd := exec.CommandContext(w.Context(), filepath.Join(dir, "bootstrap"))
	cmd.Env = append(w.variables(), "AWS_LAMBDA_RUNTIME_API="+strings.TrimPrefix(server.URL, "http://"), "LAMBDA_TASK_ROOT="+dir, "AWS_LAMBDA_FUNCTION_NAME="+name)
	prepare(cmd)
	if err := cmd.Start(); err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		server.CloseClientConnections()
		server.Close()
	})
	return func(event []byte) (string, bool) {
		api.events <- event
		select {
		case a := <-api.answers:
			return string(a.text), !a.bad
		case <-time.After(w.patience):
			w.Fatalf("%s does not answer", name)
			return "", false
		}
	}
}

// steps are the functions in the order of a run, by folder and by name in the template.
var steps = [][2]string{
	{"start", "StartFunction"},
	{"load-source", "LoadSourceFunction"},
	{"load-target", "LoadTargetFunction"},
	{"diff", "DiffFunction"},
	{"gate", "GateFunction"},
	{"sync", "SyncFunction"},
	{"finish", "FinishFunction"},
}

// event reads a function's event.json, for a run of its own.
func event(t *testing.T, folder, id string) []byte { return eventFile(t, folder+"/event.json", id) }

func eventFile(t *testing.T, name, id string) []byte {
	t.Helper()
	text, err := os.ReadFile("../functions/" + name)
	if err != nil {
		t.Fatal(err)
	}
	if !json.Valid(text) {
		t.Fatalf("%s: %s", name, text)
	}
	return bytes.ReplaceAll(text, []byte("example-1"), []byte(id))
}

// eventFiles runs the event files through the built binaries, twice through the same processes: one example run from start to finish.
func eventFiles(w *world, built string) {
	var invoke []func([]byte) (string, bool)
	for _, s := range steps {
		invoke = append(invoke, w.serve(built, s[1]))
	}
	audits := 0
	for n, id := range []string{"example-cold", "example-warm"} {
		w.put("data/devices.csv", devices(100+n, "leaf"))
		for i, s := range steps {
			out, ok := invoke[i](event(w.T, s[0], id))
			if !ok || !strings.Contains(out, id) {
				w.Fatalf("%s: %s", s[0], out)
			}
			if s[0] == "diff" && strings.Contains(out, `"audit":true`) {
				if out, ok = invoke[2](eventFile(w.T, "load-target/audit.json", id)); !ok || !strings.Contains(out, `"again":false`) {
					w.Fatalf("audit: %s", out)
				}
				audits++
			}
		}
		r, err := w.runs.Get(w.Context(), id)
		if err != nil || r.Status != run.Succeeded || !r.Written {
			w.Fatalf("%+v, %v", r, err)
		}
		if got := w.get("data/inventory.csv"); strings.Count(got, "\n") != 101+n {
			w.Errorf("the target is\n%s", got)
		}
	}
	if audits != 2 {
		w.Errorf("%d audits, want one in each run: a CSV file cannot hold everything", audits)
	}
	if out, ok := invoke[1]([]byte(`{"run":"no-such-run"}`)); ok || !strings.Contains(out, `"errorType":"NotFound"`) {
		w.Errorf("an error arrives as %s", out)
	}
}

// interfaceEmulator runs one event file under AWS's Runtime Interface Emulator, as sam local invoke does in its container.
func interfaceEmulator(w *world, built string) {
	arch := map[string]string{"amd64": "x86_64", "arm64": "arm64"}[runtime.GOARCH]
	rie := servertest.Tool(w.T, "sam-*/lib/python*/site-packages/samcli/local/rapid/aws-lambda-rie-"+arch)
	ports := make([]string, 2)
	for i := range ports {
		ports[i] = servertest.FreeAddress(w)
	}
	bin := filepath.Join(w.TempDir(), "rie")
	text, err := os.ReadFile(rie)
	if err != nil {
		w.Fatal(err)
	}
	if err := os.WriteFile(bin, text, 0o700); err != nil { // pip installs it without the right to run it
		w.Fatal(err)
	}
	dir := filepath.Join(built, "StartFunction")
	cmd := exec.CommandContext(w.Context(), bin, "--runtime-interface-emulator-address", ports[0], "--runtime-api-address", ports[1], filepath.Join(dir, "bootstrap"))
	cmd.Env = append(w.variables(), "AWS_LAMBDA_FUNCTION_NAME=start", "LAMBDA_TASK_ROOT="+dir)
	if err := cmd.Start(); err != nil {
		w.Fatal(err)
	}
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}()
	for range 100 {
		req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, "http://"+ports[0]+"/2015-03-31/functions/function/invocations", bytes.NewReader(event(w.T, "start", "example-rie")))
		if err != nil {
			w.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			time.Sleep(50 * time.Millisecond)
			continue
		}
		out, _ := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if !strings.Contains(string(out), `"load_source":true`) {
			w.Errorf("start answers %s", out)
		}
		return
	}
	w.Error("the emulator does not answer")
}
