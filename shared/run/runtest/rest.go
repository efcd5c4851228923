package runtest

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/run"
)

func steps(t *testing.T, s run.Store) {
	create(t, s, small("a", 1))
	create(t, s, small("b", 1))
	put := func(step *run.Step) {
		t.Helper()
		if err := s.PutStep(t.Context(), step); err != nil {
			t.Fatal(err)
		}
	}
	load := &run.Step{
		Run: "a-001", Name: "load-source", Status: "succeeded", Started: when(), Ended: when().Add(1), Duration: 1<<53 + 1, Calls: 3,
		Handled: math.MaxInt64 - 7, Total: 1<<53 + 1, Unit: "records", Detail: "page <7>", Failed: 2, Error: "täglich",
		Memory: run.Memory{Peak: 1<<53 + 1, How: "sampled", Shared: true, End: 5, HeapPeak: 6},
	}
	diff := &run.Step{Run: "a-001", Name: "diff", Status: "running", Started: when().Add(time.Nanosecond), Unit: "changes"}
	target := &run.Step{Run: "a-001", Name: "load-target", Started: when()}
	put(diff)
	put(target)
	put(load)
	put(&run.Step{Run: "b-001", Name: "diff", Started: when()})
	want := []*run.Step{load, target, diff}
	got, err := s.Steps(t.Context(), "a-001")
	if err != nil {
		t.Fatal(err)
	}
	wantSame(t, "steps", want, got)
	diff.Status, diff.Duration, diff.Handled, diff.Ended = "succeeded", 17, 3, when().Add(time.Minute)
	put(diff)
	got, err = s.Steps(t.Context(), "a-001")
	if err != nil {
		t.Fatal(err)
	}
	wantSame(t, "steps, one of them replaced", want, got)
}

// logLines returns lines from number from up to, not including, to.
func logLines(from, to int) []run.LogLine {
	var lines []run.LogLine
	for n := from; n < to; n++ {
		lines = append(lines, run.LogLine{Time: when().Add(time.Duration(n)), Level: "info", Step: "diff", Message: fmt.Sprint("line ", n), Attrs: "n=1"})
	}
	return lines
}

func appendLog(t *testing.T, s run.Store, id string, lines []run.LogLine) {
	t.Helper()
	if err := s.Log(t.Context(), id, lines); err != nil {
		t.Fatal(err)
	}
}

func wantLines(t *testing.T, s run.Store, id string, from, limit int, want []run.LogLine) {
	t.Helper()
	got, err := s.Lines(t.Context(), id, from, limit)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) == 0 && len(want) == 0 {
		return
	}
	wantSame(t, fmt.Sprintf("%d lines from %d", limit, from), want, got)
}

func log(t *testing.T, s run.Store) {
	create(t, s, small("a", 1))
	create(t, s, small("b", 1))
	wantLines(t, s, "a-001", 0, 10, nil)
	appendLog(t, s, "a-001", nil)
	appendLog(t, s, "a-001", logLines(0, 7))
	appendLog(t, s, "b-001", logLines(50, 60))
	appendLog(t, s, "a-001", logLines(7, 8))
	appendLog(t, s, "a-001", logLines(8, 30))
	wantLines(t, s, "a-001", 0, 0, logLines(0, 30))
	wantLines(t, s, "a-001", 0, 100, logLines(0, 30))
	wantLines(t, s, "a-001", 0, 1, logLines(0, 1))
	wantLines(t, s, "a-001", 5, 10, logLines(5, 15))
	wantLines(t, s, "a-001", 29, 10, logLines(29, 30))
	wantLines(t, s, "a-001", 30, 10, nil)
	wantLines(t, s, "a-001", 99, 10, nil)
	mustClose(t, s, "a-001", run.Aborted)
	appendLog(t, s, "a-001", logLines(30, 31)) // who was still at work may say so
	wantLines(t, s, "a-001", 0, 0, logLines(0, 31))
}

func logTexts(t *testing.T, s run.Store) {
	create(t, s, small("a", 1))
	lines := []run.LogLine{
		{},
		{Time: when(), Level: "error", Step: "sync", Message: "two\nlines\tand <html> & \"quotes\" 'n' \\", Attrs: `a="b c" d=e`},
		{Time: when(), Message: "日本語 🚧 \u2028"},
		{Time: when(), Message: strings.Repeat("long ", 2000)},
	}
	appendLog(t, s, "a-001", lines)
	wantLines(t, s, "a-001", 0, 0, lines)
}

func logCap(t *testing.T, s run.Store) {
	create(t, s, small("a", 1))
	for n := 0; n < 9990; n += 1110 {
		appendLog(t, s, "a-001", logLines(n, n+1110))
	}
	appendLog(t, s, "a-001", logLines(9990, 10_003)) // three too many
	wantLines(t, s, "a-001", 9998, 0, append(logLines(9998, 10_000), run.DroppedLine(3, when().Add(10_002))))
	appendLog(t, s, "a-001", logLines(10_003, 10_503))
	last := run.DroppedLine(503, when().Add(10_502))
	if !strings.Contains(last.Message, "503 more lines") {
		t.Errorf("the last line says %q", last.Message)
	}
	all := append(logLines(0, 10_000), last)
	wantLines(t, s, "a-001", 0, 0, all)
	wantLines(t, s, "a-001", 0, 10_000, all[:10_000])
	wantLines(t, s, "a-001", 9_000, 2000, all[9000:])
	wantLines(t, s, "a-001", 10_000, 1, all[10_000:])
	wantLines(t, s, "a-001", 10_001, 1, nil)
}

func logCapExact(t *testing.T, s run.Store) {
	create(t, s, small("a", 1))
	appendLog(t, s, "a-001", logLines(0, 10_000))
	wantLines(t, s, "a-001", 9_999, 0, logLines(9_999, 10_000))
	appendLog(t, s, "a-001", logLines(10_000, 10_001))
	wantLines(t, s, "a-001", 10_000, 0, []run.LogLine{run.DroppedLine(1, when().Add(10_000))})
}

func baselines(t *testing.T, s run.Store) {
	got, err := s.GetBaseline(t.Context(), "none")
	if got != nil || err != nil {
		t.Errorf("none: %v, %v", got, err)
	}
	const key = `inventory {"region":"emea"} {"site":{}} ` + "\u00e4"
	for n, b := range []run.Baseline{{Run: "a", Counts: map[string]int64{"device": 1<<53 + 1, "site": 0}}, {Run: "b", Counts: map[string]int64{"site": math.MaxInt64}}, {Run: "c"}} {
		if err := s.SetBaseline(t.Context(), key, b); err != nil {
			t.Fatal(err)
		}
		if got, err = s.GetBaseline(t.Context(), key); err != nil {
			t.Fatal(err)
		}
		wantSame(t, fmt.Sprint("baseline ", n), &b, got)
	}
	if got, err = s.GetBaseline(t.Context(), key+"x"); got != nil || err != nil {
		t.Errorf("another key: %v, %v", got, err)
	}
}

func lock(t *testing.T, s run.Store) {
	before := time.Now()
	a, err := s.Lock(t.Context(), "sqlite:/x/assets.db", "a")
	if err != nil {
		t.Fatal(err)
	}
	if a.Name != "sqlite:/x/assets.db" || a.Run != "a" || a.Invocation != "" || !a.Deadline.IsZero() || a.Since.Before(before.Add(-time.Second)) || a.Since.After(time.Now().Add(time.Second)) {
		t.Errorf("lock: %+v", a)
	}
	again, err := s.Lock(t.Context(), "sqlite:/x/assets.db", "a")
	if err != nil {
		t.Fatal(err)
	}
	wantSame(t, "the same run again", a, again)
	held, err := s.Lock(t.Context(), "sqlite:/x/assets.db", "b")
	wantCode(t, "another run", err, fault.Conflict)
	wantSame(t, "who holds it", a, held)
	if err == nil || !strings.Contains(err.Error(), "run a") {
		t.Errorf("the error does not say who holds it: %v", err)
	}
	b, err := s.Lock(t.Context(), "other", "b")
	if err != nil {
		t.Fatal(err)
	}
	all, err := s.Locks(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	wantSame(t, "locks", []run.Lock{b, a}, all)
}

func mustLock(t *testing.T, s run.Store, name, id string) {
	t.Helper()
	if _, err := s.Lock(t.Context(), name, id); err != nil {
		t.Fatal(err)
	}
}

func wantLock(t *testing.T, s run.Store, id, invocation string, deadline time.Time) {
	t.Helper()
	all, err := s.Locks(t.Context())
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	if l := all[0]; l.Run != id || l.Invocation != invocation || !l.Deadline.Equal(deadline) {
		t.Errorf("lock: %+v, want run %s, invocation %q, deadline %v", l, id, invocation, deadline)
	}
}

func touch(t *testing.T, s run.Store) {
	deadline := time.Now().Add(time.Hour)
	wantCode(t, "touch of a free lock", s.Touch(t.Context(), "x", "a", "i1", deadline), fault.Conflict)
	mustLock(t, s, "x", "a")
	wantCode(t, "touch of another's lock", s.Touch(t.Context(), "x", "b", "i1", deadline), fault.Conflict)
	wantCode(t, "clearing another's lock", s.Touch(t.Context(), "x", "b", "", time.Time{}), fault.Conflict)
	wantLock(t, s, "a", "", time.Time{})
	for n := range 3 {
		later := deadline.Add(time.Duration(n) * time.Nanosecond)
		if err := s.Touch(t.Context(), "x", "a", "i1", later); err != nil {
			t.Fatal(err)
		}
		wantLock(t, s, "a", "i1", later)
	}
	mustLock(t, s, "x", "a") // leaves who writes as it is
	wantLock(t, s, "a", "i1", deadline.Add(2))
	if err := s.Touch(t.Context(), "x", "a", "", time.Time{}); err != nil {
		t.Fatal(err)
	}
	wantLock(t, s, "a", "", time.Time{})
	wantCode(t, "a touch where nobody stands any more", s.Touch(t.Context(), "x", "a", "i2", deadline), "")
}

func touchOther(t *testing.T, s run.Store) {
	mustLock(t, s, "x", "a")
	touch := func(invocation string, deadline time.Time, want fault.Code) {
		t.Helper()
		wantCode(t, "touch by "+invocation, s.Touch(t.Context(), "x", "a", invocation, deadline), want)
	}
	hour := time.Now().Add(time.Hour)
	touch("i1", hour, "")
	touch("i2", hour, fault.Conflict) // before its deadline
	wantLock(t, s, "a", "i1", hour)
	touch("i1", time.Now().Add(time.Minute-run.Skew), "")
	touch("i2", hour, fault.Conflict) // after it, by a clock that may be wrong
	touch("i1", time.Now().Add(-time.Minute-run.Skew), "")
	touch("i2", hour, "") // after it, however wrong the clocks are
	wantLock(t, s, "a", "i2", hour)
	touch("i1", hour, fault.Conflict) // who comes back late learns it
	touch("i2", time.Time{}, "")
	touch("i1", hour, fault.Conflict) // no deadline never passes
	touch("", time.Time{}, "")
	touch("i1", hour, "")
}

func unlock(t *testing.T, s run.Store) {
	mustUnlock := func(name, id string) {
		t.Helper()
		if err := s.Unlock(t.Context(), name, id); err != nil {
			t.Fatal(err)
		}
	}
	mustUnlock("x", "a") // nobody holds it
	mustLock(t, s, "x", "a")
	if err := s.Touch(t.Context(), "x", "a", "i1", time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	mustUnlock("x", "b") // another holds it
	wantCode(t, "lock", func() error { _, err := s.Lock(t.Context(), "x", "b"); return err }(), fault.Conflict)
	mustUnlock("x", "a")
	mustUnlock("x", "a")
	mustLock(t, s, "x", "b")
	wantLock(t, s, "b", "", time.Time{})
	wantCode(t, "touch by the one before", s.Touch(t.Context(), "x", "a", "i1", time.Now().Add(time.Hour)), fault.Conflict)
}
