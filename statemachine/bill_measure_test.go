package statemachine

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sfn"

	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/step"
	"github.com/plumbline-sync/plumbline/statemachine/stacktest"
)

// usage is what one run used, as AWS counts it.
type usage struct {
	Records     int              `json:"records"` // of each side
	Transitions int              `json:"transitions"`
	Functions   map[string]spent `json:"functions"`
	Puts        int              `json:"s3_puts"` // PUT, POST and LIST
	Gets        int              `json:"s3_gets"` // GET and HEAD
	Stored      int64            `json:"s3_bytes"`
	Writes      int              `json:"dynamodb_writes"` // items
	Reads       int              `json:"dynamodb_reads"`  // requests
	Metrics     int              `json:"metrics"`
}

// spent is what one function took, from its cold start.
type spent struct {
	CPU  int64 `json:"cpu_ms"`
	Wall int64 `json:"wall_ms"`
}

// TestMeasureBill measures what nightly runs use, with the built functions and an emulator of AWS, for the table in docs/operation.md. It runs where PLUMB_BILL is set.
func TestMeasureBill(t *testing.T) {
	if os.Getenv("PLUMB_BILL") == "" {
		t.Skip("PLUMB_BILL=1 measures the bill's inputs anew")
	}
	e := stacktest.Start(t)
	built := stacktest.Build(t)
	w := newWorld(t, e.Deploy(t, built, "plumbline-bill", "StepSeconds=0"))
	w.patience = 14 * time.Minute
	transitions := w.transitions()
	var all []usage
	for _, n := range []int{100, 100_000, 1_000_000} {
		w.put("data/bill.ndjson", large(n, 0))
		w.put("data/bill-out.ndjson", large(n, max(1, n/1000)))
		w.put("jobs/bill.yaml", strings.Replace(jobOf("data/bill.ndjson", "data/bill-out.ndjson", ""), "[site, role, serial]", "[site, role, serial, comments]", 1))
		u := w.measure(built, fmt.Sprint("bill-", n))
		u.Records, u.Transitions = n, transitions
		t.Logf("%+v", u)
		all = append(all, u)
	}
	text, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("testdata/bill.json", append(text, '\n'), 0o600); err != nil {
		t.Fatal(err)
	}
}

// transitions returns how many states a sync that writes enters; those of the branches of Load, which the emulator does not tell, are all entered where one call of each load is enough.
func (w *world) transitions() int {
	w.Helper()
	w.put("data/devices.csv", devices(50, "leaf"))
	arn, id := w.start(`{"job":"inventory","dry_run":false}`)
	w.want(w.wait(arn, id), run.Succeeded, "")
	n := 0
	m, _ := definition(w.T)
	for _, b := range m.States["Load"].Branches {
		n += len(b.States)
	}
	p := sfn.NewGetExecutionHistoryPaginator(w.sfn, &sfn.GetExecutionHistoryInput{ExecutionArn: &arn})
	for p.HasMorePages() {
		page, err := p.NextPage(w.Context())
		if err != nil {
			w.Fatal(err)
		}
		for _, e := range page.Events {
			if d := e.StateEnteredEventDetails; d != nil && m.States[*d.Name].Type != "" {
				n++
			}
		}
	}
	return n
}

// measure calls the functions one after the other, each in a process of its own, through a proxy that counts.
func (w *world) measure(built, id string) usage {
	w.Helper()
	u := usage{Functions: map[string]spent{}}
	target, err := url.Parse(w.stack.URL)
	if err != nil {
		w.Fatal(err)
	}
	var mu sync.Mutex
	proxy := &httputil.ReverseProxy{Rewrite: func(p *httputil.ProxyRequest) { // what is signed stays as it is
		p.Out.URL.Scheme, p.Out.URL.Host, p.Out.Host = target.Scheme, target.Host, p.In.Host
	}}
	server := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, in *http.Request) {
		mu.Lock()
		u.count(in)
		mu.Unlock()
		proxy.ServeHTTP(out, in)
	}))
	defer server.Close()
	printed, err := os.CreateTemp(w.TempDir(), "stdout")
	if err != nil {
		w.Fatal(err)
	}
	defer printed.Close() //nolint:errcheck // a test's
	for _, s := range steps {
		var process *exec.Cmd
		invoke := w.serveWith(built, s[1], func(cmd *exec.Cmd) {
			process, cmd.Stdout = cmd, printed
			cmd.Env = append(cmd.Env, "AWS_ENDPOINT_URL="+server.URL)
		})
		event := `{"run":"` + id + `"}`
		if s[0] == step.StepStart {
			event = `{"run":"` + id + `","input":{"job":"bill","dry_run":false}}`
		}
		began := time.Now()
		out, ok := invoke([]byte(event))
		wall := time.Since(began)
		if !ok || strings.Contains(out, `"more":true`) {
			w.Fatalf("%s: %s", s[0], out)
		}
		_ = process.Process.Kill()
		_ = process.Wait()
		cpu := process.ProcessState.UserTime() + process.ProcessState.SystemTime()
		u.Functions[s[1]] = spent{CPU: cpu.Milliseconds(), Wall: wall.Milliseconds()}
	}
	if r, err := w.runs.Get(w.Context(), id); err != nil || r.Status != run.Succeeded || !r.Written {
		w.Fatalf("%+v, %v", r, err)
	}
	lines, err := os.ReadFile(printed.Name())
	if err != nil {
		w.Fatal(err)
	}
	u.Metrics = len(metricsOf(w.T, string(lines)))
	p := awss3.NewListObjectsV2Paginator(w.s3, &awss3.ListObjectsV2Input{Bucket: aws.String(w.stack.Outputs["BucketName"]), Prefix: aws.String(step.RunPrefix(id))})
	for p.HasMorePages() {
		page, err := p.NextPage(w.Context())
		if err != nil {
			w.Fatal(err)
		}
		for _, o := range page.Contents {
			u.Stored += aws.ToInt64(o.Size)
		}
	}
	return u
}

// count notes one request by what AWS charges for it.
func (u *usage) count(r *http.Request) {
	if _, operation, ok := strings.Cut(r.Header.Get("X-Amz-Target"), "DynamoDB_20120810."); ok {
		switch operation {
		case "GetItem", "Query", "BatchGetItem":
			u.Reads++
		case "BatchWriteItem":
			body, _ := io.ReadAll(r.Body) // what is missing fails the function
			r.Body = io.NopCloser(bytes.NewReader(body))
			u.Writes += bytes.Count(body, []byte(`"PutRequest"`)) + bytes.Count(body, []byte(`"DeleteRequest"`))
		default:
			u.Writes++
		}
		return
	}
	switch {
	case r.Method == http.MethodPut, r.Method == http.MethodPost, r.URL.Query().Has("list-type"):
		u.Puts++
	case r.Method == http.MethodGet, r.Method == http.MethodHead:
		u.Gets++
	}
}
