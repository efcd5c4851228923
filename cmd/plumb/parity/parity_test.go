package parity

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-sync/plumbline/shared/plan"
	"github.com/plumbline-sync/plumbline/shared/record"
	"github.com/plumbline-sync/plumbline/shared/run"
)

// TestParity gives random trees to DiffSync and to us: the same summary, dict, str, and the same target after the sync.
// PLUMB_PARITY sets how many (500), PLUMB_PARITY_SEED the first (0).
func TestParity(t *testing.T) {
	n, first := number(t, "PLUMB_PARITY", 500), uint64(number(t, "PLUMB_PARITY_SEED", 0))
	py, s := startPython(t), newShop(t)
	var next, bad, held, moved, changes atomic.Int64
	one := func(t *testing.T, seed uint64) {
		k := generate(seed)
		why, r := compare(t, py, s, k)
		if r != nil {
			held.Add(int64(len(r.held)))
			changes.Add(r.changes)
			if r.moved {
				moved.Add(1)
			}
		}
		if why == "" {
			return
		}
		bad.Add(1)
		k = shrink(k, func(k *kase) bool { why, _ := compare(t, py, s, k); return why != "" })
		why, _ = compare(t, py, s, k)
		t.Errorf("PLUMB_PARITY_SEED=%d PLUMB_PARITY=1; the least that shows it:\n%s\n%s", seed, k, why)
	}
	t.Run("cases", func(t *testing.T) {
		for w := range 2 * runtime.GOMAXPROCS(0) {
			t.Run(fmt.Sprint(w), func(t *testing.T) {
				t.Parallel()
				for i := next.Add(1) - 1; i < int64(n) && bad.Load() < 5; i = next.Add(1) - 1 {
					one(t, first+uint64(i))
				}
			})
		}
	})
	t.Logf("%d cases, %d changes, %d with moves, %d deletes held", n, changes.Load(), moved.Load(), held.Load())
	if n >= 500 && (held.Load() == 0 || moved.Load() == 0) {
		t.Error("the cases have lost their moves or held deletes")
	}
}

func number(t *testing.T, name string, otherwise int) int {
	t.Helper()
	s := os.Getenv(name)
	if s == "" {
		return otherwise
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// compare returns how we differ from DiffSync; "" where we do not.
func compare(t testing.TB, py *python, s *shop, k *kase) (why string, r *result) {
	t.Helper()
	a := py.ask(t, k)
	if a.Error != "" {
		return "DiffSync raises " + a.Error, nil
	}
	b := s.lay(t, k, a, k.cascades())
	before := b.state()
	r = b.run()
	add := func(what, diff string) {
		if diff != "" {
			why += fmt.Sprintf("%s (-DiffSync +ours)\n%s", what, diff)
		}
	}
	if r.status != run.Succeeded || r.notes["source"]+r.notes["target"]+r.notes["audit"] > 0 {
		add("status", fmt.Sprintf("%s, findings %v\n", r.status, r.notes))
	}
	var ended int64
	for _, n := range r.results {
		ended += n
	}
	if ended != r.changes {
		add("results", fmt.Sprintf("%v of %d changes\n", r.results, r.changes))
	}
	add("summary", cmp.Diff(a.summary(), r.summary))
	if r.quick != nil {
		add("summary from the plan alone", cmp.Diff(a.summary(), *r.quick))
	} else if !r.moved {
		add("summary from the plan alone", "it has none\n")
	}
	add("dict", cmp.Diff(string(canonical(a.Dict)), string(r.dict)))
	add("str", cmp.Diff(a.Str+"\n", r.str))
	var want state
	switch {
	case k.Sync:
		want = withHeldDeletes(k.state(t, a.After), before, r)
	case k.plain(): // DiffSync loses what moved; we do not: the target is the source
		want = k.state(t, a.Source)
	default:
		return why, r
	}
	if b.memory != nil {
		want = want.withoutUIDs()
	}
	add("target after the sync", cmp.Diff(want, r.after))
	return why, r
}

// cascades says whether the target must delete by itself what is below.
func (k *kase) cascades() bool {
	for _, m := range k.Kinds {
		if m.Flags&record.SkipChildrenOnDelete != 0 {
			return true
		}
	}
	for _, r := range k.Target {
		if r.Flags != nil && *r.Flags&record.SkipChildrenOnDelete != 0 {
			return true
		}
	}
	return false
}

// plain says that the case has neither flags nor attributes of one side, so that a sync makes the target the source.
func (k *kase) plain() bool {
	for _, m := range k.Kinds {
		for _, a := range m.Attrs {
			if a.Only != "" {
				return false
			}
		}
		if m.Flags != 0 {
			return false
		}
	}
	for _, rows := range [][]*row{k.Source, k.Target} {
		for _, r := range rows {
			if r.Flags != nil {
				return false
			}
		}
	}
	return k.Flags&^8 == 0
}

// withHeldDeletes lays over DiffSync's target what we kept: a record is deleted only where everything below it goes too. DiffSync deletes it and leaves what a flag
// protects below it without a parent, or takes that along (skip_children_on_delete). So each held delete stands as it was, and all below it that the plan does not delete.
func withHeldDeletes(after, before state, r *result) state {
	kept := func(key string) bool {
		for ; key != ""; key = before[key].Parent {
			if code := r.held[key]; code == plan.HeldBelow {
				return true
			}
		}
		return false
	}
	for key, b := range before {
		if _, there := after[key]; kept(key) && !r.deleted[key] {
			if a := after[key]; there {
				b.Rest = a.Rest // an update of a pair below is applied all the same
			}
			after[key] = b
		}
	}
	return after
}
