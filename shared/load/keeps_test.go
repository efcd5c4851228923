package load_test

import (
	"context"
	"iter"
	"strings"
	"testing"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/load"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// trimmed is a target that keeps texts without blanks around them.
func trimmed(_, _ string) func(record.Value) record.Value {
	return func(v record.Value) record.Value {
		if s, ok := v.Text(); ok {
			return record.MustOf(strings.TrimSpace(s))
		}
		return v
	}
}

// database is a source that leaves out by itself what is out of scope, by the column as it stands there.
type database struct{ source }

// Scopes implements adapter.Scoper.
func (s *database) Scopes(*adapter.Model, string) bool { return true }

// Load yields what is in scope.
func (s *database) Load(ctx context.Context, req adapter.Request) iter.Seq2[*record.Record, error] {
	return func(yield func(*record.Record, error) bool) {
		for r, err := range s.source.Load(ctx, req) {
			if (err != nil || req.Scope[r.Model].Match(r.Fields.Get)) && !yield(r, err) {
				return
			}
		}
	}
}

// TestAScopeIsHeldAgainstWhatTheTargetKeeps: a record that is in scope as the target keeps it is loaded, though the source's own spelling is not.
func TestAScopeIsHeldAgainstWhatTheTargetKeeps(t *testing.T) {
	src := &database{}
	src.items = []item{rec("device", "t", 1, `name="ams01 "`)}
	in := input(t, src)
	for _, m := range in.Models {
		if m.Name == "device" {
			m.Where = job.Where{{Field: "name", Values: []record.Value{record.MustOf("ams01")}}}
		}
	}
	in.Keeps = trimmed
	if _, err := load.Run(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	if got := lines(t, in.Store); !strings.Contains(got, `["device","ams01"]`) {
		t.Errorf("it was left out, and the target's would be deleted:\n%s", got)
	}
}

// TestAFindingHasTheKeyThatTheTargetKeeps: what is known of a record that cannot be read holds the target's record, which has its identifiers in the kept form.
func TestAFindingHasTheKeyThatTheTargetKeeps(t *testing.T) {
	bad := &record.BadError{Model: "device", Where: "devices.csv:2", Reason: "a cell cannot be read", IDs: record.Fields{{Name: "name", Value: record.MustOf("ams01 ")}}}
	in := input(t, &source{items: []item{{err: bad}}})
	in.Keeps = trimmed
	if _, err := load.Run(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	if got := found(t, in.Store); !strings.Contains(got, `["device","ams01"]`) {
		t.Errorf("the target's device ams01 is not held:\n%s", got)
	}
}
