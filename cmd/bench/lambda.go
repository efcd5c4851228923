package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"
)

// functions are the bundle's, each with the bounds of its cold start and of its binary.
func functions() []struct {
	name  string
	ratio float64
	mb    float64
} {
	return []struct {
		name  string
		ratio float64
		mb    float64
	}{{"start", 1.6, 12}, {"diff", 1.6, 12}, {"gate", 1.6, 12}, {"finish", 1.6, 12}, {"load-source", 2.5, 18}, {"load-target", 2.5, 18}, {"sync", 2.5, 18}}
}

// lambda compares each function's cold start with that of the smallest function, built the same way: to the answer to an event that it need not ask AWS about, as the smallest does not,
// and for comparison to the answer to one that makes its first call.
func (b *bench) lambda(want *regexp.Regexp) error {
	if !want.MatchString("cold start") {
		return nil
	}
	hello := filepath.Join(b.dir, "bootstrap-hello")
	if err := buildFunction("./cmd/bench/hello", hello, runtime.GOARCH); err != nil {
		return err
	}
	fmt.Printf("\n%-28s %10s %10s %8s %8s   %10s %10s %8s\n", "function (cold start)", "ms", "hello ms", "ratio", "at most", "asked ms", "binary MB", "at most")
	for _, f := range functions() {
		cold, err := b.coldStart("./functions/"+f.name, hello)
		if err != nil {
			return err
		}
		ratio := cold.first.Seconds() / cold.yard.Seconds()
		over := ""
		if ratio > f.ratio || cold.mb > f.mb {
			over = "  OVER"
		}
		fmt.Printf("%-28s %10.1f %10.1f %8.2f %8.1f   %10.1f %10.1f %8.0f%s\n", f.name, ms(cold.first), ms(cold.yard), ratio, f.ratio, ms(cold.asked), cold.mb, f.mb, over)
	}
	return nil
}

// cold is what a function costs before it does anything.
type cold struct {
	first time.Duration // from the start of the process to its first answer; the median
	yard  time.Duration // the same of the smallest function, in turns with it
	asked time.Duration // the same, with a call to AWS before
	mb    float64       // of the binary as it is deployed, for arm64
}

// coldStart builds a function as the bundle's are built and starts it under the Runtime API. AWS answers every call at once with an error, so that what is timed is the way there.
func (b *bench) coldStart(pkg, yard string) (cold, error) {
	bin := filepath.Join(b.dir, "bootstrap-"+filepath.Base(pkg))
	if err := buildFunction(pkg, bin, runtime.GOARCH); err != nil {
		return cold{}, err
	}
	deployed := bin + "-arm64"
	if err := buildFunction(pkg, deployed, "arm64"); err != nil {
		return cold{}, err
	}
	st, err := os.Stat(deployed)
	if err != nil {
		return cold{}, err
	}
	none := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException","message":"no table"}`)
	}))
	defer none.Close()
	c := cold{mb: float64(st.Size()) / 1e6}
	const hello, run = `"hello"`, `{"run":"bench","input":{"job":"bench"}}`
	starts := []struct {
		bin, event string
		median     *time.Duration
		all        []time.Duration
	}{{yard, hello, &c.yard, nil}, {bin, hello, &c.first, nil}, {bin, run, &c.asked, nil}}
	for range 8 * b.runs {
		for i := range starts {
			s := &starts[i]
			took, err := firstAnswer(s.bin, s.event, none.URL)
			if err != nil {
				return cold{}, err
			}
			s.all = append(s.all, took)
		}
	}
	for _, s := range starts {
		slices.Sort(s.all)
		*s.median = s.all[len(s.all)/2]
	}
	return c, nil
}

// buildFunction builds a function's binary with the flags of the Makefile.
func buildFunction(pkg, bin, arch string) error {
	build := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-tags", "lambda.norpc,nethttpomithttp2", "-ldflags", "-s -w -buildid=", "-o", bin, pkg) //nolint:gosec // ours
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+arch)
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build %s: %w\n%s", pkg, err, out)
	}
	return nil
}

// firstAnswer starts the binary, gives it one event and waits for what it says.
func firstAnswer(bin, event, endpoint string) (time.Duration, error) {
	answered, stop := make(chan time.Time, 1), make(chan struct{})
	given := false
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, "/next") {
			_, _ = io.Copy(io.Discard, r.Body)
			w.WriteHeader(http.StatusAccepted)
			answered <- time.Now()
			return
		}
		if given { // it is warm now: no more events
			<-stop
			return
		}
		given = true
		w.Header().Set("Lambda-Runtime-Aws-Request-Id", "bench")
		w.Header().Set("Lambda-Runtime-Deadline-Ms", fmt.Sprint(time.Now().Add(time.Minute).UnixMilli()))
		_, _ = io.WriteString(w, event)
	}))
	defer api.Close()
	defer close(stop)
	cmd := exec.Command(bin) //nolint:gosec // built here
	cmd.Env = []string{
		"AWS_LAMBDA_RUNTIME_API=" + strings.TrimPrefix(api.URL, "http://"), "AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=x", "AWS_SECRET_ACCESS_KEY=x",
		"AWS_ENDPOINT_URL=" + endpoint, "PLUMBLINE_TABLE=t", "PLUMBLINE_BUCKET=b",
	}
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}()
	select {
	case at := <-answered:
		return at.Sub(began), nil
	case <-time.After(20 * time.Second):
		return 0, fmt.Errorf("%s does not answer", filepath.Base(bin))
	}
}
