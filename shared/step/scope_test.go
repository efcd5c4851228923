package step_test

import (
	"strings"
	"testing"

	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/step"
)

// TestScopeOfLargeNumbers: a scope by a number that no float64 is takes in that record and not its neighbour.
func TestScopeOfLargeNumbers(t *testing.T) {
	w := newWorld(t)
	w.source.roles = map[string]string{"a": "9007199254740993", "b": "9007199254740992"}
	w.job = strings.Replace(shelfJob, "[role]", "[{role: integer}]", 1)
	in, err := step.ParseInput([]byte(`{"job":"shelf","dry_run":false,"where":{"device":{"role":9007199254740993}}}`))
	if err != nil {
		t.Fatal(err)
	}
	out := w.run(*in)
	if _, ok := w.target.roles["a"]; !ok || out.Status != run.Succeeded || len(w.target.roles) != 1 {
		t.Errorf("%+v; %v", out, w.target.roles)
	}
}

// TestShrinkIsOfTheScope: limits.shrink compares what is in scope with what was, not with all that was loaded.
func TestShrinkIsOfTheScope(t *testing.T) {
	leaves := map[string]map[string]any{"device": {"role": "leaf"}}
	for name, of := range map[string]struct {
		attributes string
		where      map[string]map[string]any
	}{"the job's": {"[role], where: {role: leaf}", nil}, "the run's": {"[role]", leaves}} {
		w := newWorld(t)
		w.job = strings.Replace(shelfJob, "[role]", of.attributes, 1)
		in := wetSync()
		in.Where = of.where
		w.source.fill(100, "spine")
		for n := range strings.SplitSeq("abcdefghijkl", "") {
			w.source.roles[n] = "leaf"
		}
		w.run(in)
		w.source.roles["m"] = "leaf"
		if out := w.run(in); out.Status != run.Succeeded || len(w.target.roles) != 13 {
			t.Errorf("%s scope: %+v", name, out)
		}
		for n := range strings.SplitSeq("abcdefghij", "") {
			delete(w.source.roles, n)
		}
		if out := w.run(in); out.Status != run.Refused {
			t.Errorf("%s scope shrank: %+v", name, out)
		}
	}
}

// TestNothingToDoIsNoBaseline: a broken export of which nothing could be applied does not become what the next is held against, and is not passed over in silence.
func TestNothingToDoIsNoBaseline(t *testing.T) {
	w := newWorld(t)
	w.job += "limits: {delete: 100%}\n"
	w.source.fill(100, "leaf")
	w.run(wetSync())
	clear(w.source.roles)
	w.source.fill(10, "leaf")
	w.source.nameless = true // so all deletes are held
	if out := w.run(wetSync()); out.Status != run.Succeeded || !strings.Contains(out.Message, "nothing to do, 90 held; sync would be refused: ") {
		t.Errorf("%+v", out)
	}
	w.source.nameless = false
	if out := w.run(wetSync()); out.Status != run.Refused || len(w.target.roles) != 100 {
		t.Errorf("%+v; %d devices left", out, len(w.target.roles))
	}
}
