package cli_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/plumbline-sync/plumbline/adapters/nautobot/nautobottest"
)

const benchJob = `
source: {adapter: file, path: data}
target:
  adapter: nautobot
  url: "${env:PLUMB_NAUTOBOT_URL}"
  token: "${env:PLUMB_NAUTOBOT_TOKEN}"
models:
  tenant: {attributes: [description]}
  location: {attributes: [location_type, status, description]}
  prefix: {attributes: [description, status, tenant]}
policy: sync
`

const benchLoad = `
source: {adapter: nautobot, url: "${env:PLUMB_NAUTOBOT_URL}", token: "${env:PLUMB_NAUTOBOT_TOKEN}"}
target: {adapter: file, path: out/, create: true, format: csv}
models: {tenant: {attributes: [description]}}
policy: sync
`

// benchRegister lets Nautobot know the job of nautobot_bench.py.
const benchRegister = `from nautobot.extras.jobs import get_jobs
from nautobot.extras.models import Job, JobQueue
from nautobot.extras.utils import refresh_job_model_from_job_class
for c in get_jobs(reload=True).values():
    if c.__module__ == "bench":
        refresh_job_model_from_job_class(Job, c, JobQueue)
print(Job.objects.filter(module_name="bench").update(enabled=True), "registered")
`

// times are how long the steps of a run took in seconds, the whole process, and its memory in MB.
type times struct{ source, target, diff, sync, whole, memory float64 }

func (t times) steps() float64 { return t.source + t.target + t.diff + t.sync }

func (t times) String() string {
	return fmt.Sprintf("source %.2f, target %.2f, diff %.2f, sync %.2f, whole %.1f s, %.0f MB", t.source, t.target, t.diff, t.sync, t.whole, t.memory)
}

type nautobotBench struct {
	*testing.B
	s      *nautobottest.Server
	dir, n string
}

// BenchmarkNautobotJobs has 40 tenants, 40 locations and PLUMB_BENCH_N prefixes (10,000) created, left as they are, changed by 1% and deleted, by plumb and by a job of nautobot-ssot, on the same server;
// and lets plumb load PLUMB_BENCH_LOAD tenants (100,000). One iteration is all that makes sense: -benchtime 1x.
func BenchmarkNautobotJobs(b *testing.B) {
	w := &nautobotBench{B: b, s: nautobottest.Start(b), dir: b.TempDir(), n: "10000"}
	if n := os.Getenv("PLUMB_BENCH_N"); n != "" {
		w.n = n
	}
	b.Setenv("PLUMB_NAUTOBOT_URL", w.s.URL)
	b.Setenv("PLUMB_NAUTOBOT_TOKEN", nautobottest.Token)
	w.prepare()
	n, err := strconv.Atoi(w.n)
	if err != nil {
		b.Fatal(err)
	}
	type run struct {
		what       string
		n, changed int
	}
	runs := []run{{"first", n, 0}, {"nothing changed", n, 0}, {"1% changed", n, 1}, {"delete all", 0, 0}}
	got := map[string]map[string]times{"plumb": {}, "nautobot-ssot": {}}
	for range 2 * nautobottest.Workers { // a worker's first answers take seconds
		w.process(w.dir, nil, "plumb", "plan", "load.yaml", "--quiet")
	}
	do := map[string]func(n, changed int) times{"plumb": w.ours, "nautobot-ssot": w.theirs}
	for _, who := range []string{"plumb", "nautobot-ssot"} {
		if _, err := w.s.SQL(b.Context(), "DELETE FROM ipam_prefix; DELETE FROM tenancy_tenant; DELETE FROM dcim_location; TRUNCATE extras_objectchange"); err != nil { // what else refers to them stays
			b.Fatal(err)
		}
		for _, r := range runs {
			if r.what == "nothing changed" {
				if who == "plumb" {
					w.inTurns(do, n, got)
				}
				continue
			}
			t := do[who](r.n, r.changed)
			got[who][r.what] = t
			w.say("%s, %s: %v", who, r.what, t)
		}
	}
	for _, r := range runs {
		w.compare(r.what, got)
	}
	w.load()
}

// compare reports what both took for one thing.
func (w *nautobotBench) compare(what string, got map[string]map[string]times) {
	ours, theirs := got["plumb"][what], got["nautobot-ssot"][what]
	w.say("%s: sync %.2f of theirs, steps %.2f, whole %.2f, memory %.2f", what, ours.sync/theirs.sync, ours.steps()/theirs.steps(), ours.whole/theirs.whole, ours.memory/theirs.memory)
	name := strings.ReplaceAll(what, " ", "-")
	w.ReportMetric(ours.steps()/theirs.steps(), name+"/steps")
	w.ReportMetric(ours.whole/theirs.whole, name+"/whole")
	w.ReportMetric(ours.memory, name+"/MB")
}

// say tells at once what Logf keeps until the end, which is an hour away.
func (w *nautobotBench) say(format string, args ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", args...)
}

// inTurns has both find that nothing changed, one after the other, several times; what comes into got is the median. These runs take seconds, and a machine has moods of minutes.
func (w *nautobotBench) inTurns(do map[string]func(n, changed int) times, n int, got map[string]map[string]times) {
	w.Helper()
	const what, rounds = "nothing changed", 5
	all := map[string][]times{}
	for range rounds {
		for who, run := range do {
			t := run(n, 0)
			w.say("%s, %s: %v", who, what, t)
			all[who] = append(all[who], t)
		}
	}
	for who, ts := range all {
		slices.SortFunc(ts, func(a, b times) int { return cmp.Compare(a.steps(), b.steps()) })
		whole := slices.SortedFunc(slices.Values(ts), func(a, b times) int { return cmp.Compare(a.whole, b.whole) })[rounds/2].whole
		t := ts[rounds/2]
		t.whole = whole
		got[who][what] = t
	}
}

func (w *nautobotBench) prepare() {
	w.Helper()
	text, err := os.ReadFile("testdata/nautobot_bench.py")
	if err != nil {
		w.Fatal(err)
	}
	register := filepath.Join(w.dir, "register.py")
	for path, text := range map[string]string{
		filepath.Join(w.s.JobsFolder(), "bench.py"): string(text), register: benchRegister,
		filepath.Join(w.dir, "job.yaml"): benchJob, filepath.Join(w.dir, "load.yaml"): benchLoad,
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			w.Fatal(err)
		}
	}
	if out, err := w.s.Shell(w.Context(), register); err != nil || !strings.Contains(out, "1 registered") {
		w.Fatal(out, err)
	}
	if _, err := w.s.SQL(w.Context(), "INSERT INTO dcim_locationtype (id, created, last_updated, _custom_field_data, name, description, nestable) VALUES (gen_random_uuid(), now(), now(), '{}', 'Bench', '', false)"); err != nil {
		w.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(w.dir, "data"), 0o700); err != nil {
		w.Fatal(err)
	}
}

// ours writes the source's files, and syncs them in a process.
func (w *nautobotBench) ours(n, changed int) times {
	w.Helper()
	tenants, locations, prefixes := "name,description\n", "name,parent,location_type,status,description\n", "prefix,namespace,description,status,tenant\n"
	for i := range min(40, n) {
		tenants += fmt.Sprintf("ten%d,tenant %d\n", i, i)
		locations += fmt.Sprintf("loc%d,,Bench,Active,location %d\n", i, i)
	}
	var b strings.Builder
	for i := range n {
		text := "prefix"
		if changed > 0 && i%(100/changed) == 0 {
			text = "changed"
		}
		fmt.Fprintf(&b, "10.%d.%d.0/24,Global,%s %d,Active,ten%d\n", i/256, i%256, text, i, i%40)
	}
	for name, text := range map[string]string{"tenant": tenants, "location": locations, "prefix": prefixes + b.String()} {
		if err := os.WriteFile(filepath.Join(w.dir, "data", name+".csv"), []byte(text), 0o600); err != nil {
			w.Fatal(err)
		}
	}
	t := w.process(w.dir, nil, "plumb", "sync", "job.yaml", "--yes", "--quiet", "--override-limits", "a benchmark")
	out, err := exec.Command("sh", "-c", "cd "+w.dir+" && plumb show last -o json").Output() //nolint:gosec // a folder of our own
	if err != nil {
		w.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		var s struct {
			Type, Name, Status, Message string
			Duration                    time.Duration
		}
		if err := json.Unmarshal([]byte(line), &s); err != nil {
			w.Fatal(err)
		}
		if s.Type == "run" && (s.Status != "succeeded" || strings.Contains(s.Message, "held")) {
			w.Fatalf("plumb: %s: %s", s.Status, s.Message)
		}
		for name, at := range map[string]*float64{"load-source": &t.source, "load-target": &t.target, "diff": &t.diff, "audit": &t.diff, "sync": &t.sync} {
			if s.Name == name {
				*at += s.Duration.Seconds()
			}
		}
	}
	return t
}

// theirs runs the job of nautobot-ssot in a process.
func (w *nautobotBench) theirs(n, changed int) times {
	w.Helper()
	t := w.process("", w.s.Environ(), w.s.Program(), "runjob", "--local", "--username", "admin", "--data", fmt.Sprintf(`{"n": %d, "changed": %d, "dryrun": false, "memory_profiling": false}`, n, changed), "bench.BenchSource")
	const last = "SELECT coalesce(extract(epoch FROM source_load_time), 0) || ' ' || coalesce(extract(epoch FROM target_load_time), 0) || ' ' || coalesce(extract(epoch FROM diff_time), 0) || ' ' || coalesce(extract(epoch FROM sync_time), 0) FROM nautobot_ssot_sync ORDER BY start_time DESC LIMIT 1"
	out, err := w.s.SQL(w.Context(), last)
	if err != nil {
		w.Fatal(err)
	}
	if _, err := fmt.Sscan(out, &t.source, &t.target, &t.diff, &t.sync); err != nil {
		w.Fatalf("%q: %v", out, err)
	}
	return t
}

// process runs a command to its end.
func (w *nautobotBench) process(dir string, env []string, name string, args ...string) times {
	w.Helper()
	c := exec.Command(name, args...) //nolint:gosec // our own commands
	c.Dir, c.Env = dir, env
	begun := time.Now()
	if out, err := c.CombinedOutput(); err != nil {
		w.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
	return times{whole: time.Since(begun).Seconds(), memory: float64(c.ProcessState.SysUsage().(*syscall.Rusage).Maxrss) / 1024}
}

// load is about the memory of a load of many records.
func (w *nautobotBench) load() {
	w.Helper()
	n := "100000"
	if s := os.Getenv("PLUMB_BENCH_LOAD"); s != "" {
		n = s
	}
	_, err := w.s.SQL(w.Context(), "INSERT INTO tenancy_tenant (id, created, last_updated, _custom_field_data, name, description, comments) SELECT gen_random_uuid(), now(), now(), '{}', 'many ' || i, 'tenant number ' || i, '' FROM generate_series(1, "+n+") AS i")
	if err != nil {
		w.Fatal(err)
	}
	t := w.process(w.dir, nil, "plumb", "plan", "load.yaml", "--quiet")
	w.say("load of %s records, and a plan to create them: %.1f s, %.0f MB", n, t.whole, t.memory)
	w.ReportMetric(t.memory, "load/MB")
}
