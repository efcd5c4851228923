package memory_test

import (
	"context"
	"strings"
	"testing"

	"github.com/plumbline-sync/plumbline/adapters/adaptertest"
	"github.com/plumbline-sync/plumbline/adapters/memory"
	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
)

func TestAdapter(t *testing.T) {
	refuse := func(c *adapter.Change) error {
		if s, _ := c.Set.Get("note").Text(); strings.HasPrefix(s, "refused") {
			return fault.Errorf(fault.Invalid, "note: %q is refused", s)
		}
		return nil
	}
	fails := func(c memory.Call) error {
		for _, ch := range c.Changes {
			if err := refuse(ch); err != nil && !c.After {
				return err
			}
		}
		return nil
	}
	for name, o := range map[string]memory.Options{
		"plain":                        {Fault: fails},
		"locals, a guard, a finder":    {Locals: true, Guard: true, Find: true, Cursor: true, Audit: refuse},
		"batches":                      {Batch: 10, Find: true, Shuffle: true, Cursor: true, Versions: true, Workers: 3, Audit: refuse},
		"batches that are taken whole": {Batch: 10, WholeBatch: true, Find: true, Locals: true, Guard: true, Fault: fails},
		"staged":                       {Batch: 10, Staged: true, Find: true, Versions: true, Audit: refuse},
	} {
		t.Run(name, func(t *testing.T) {
			var system *memory.System
			typ := (&memory.System{}).Type("memory")
			typ.New = func(context.Context, adapter.Setup) (adapter.Source, error) {
				system.Crash() // of an earlier process nothing is left that it did not commit
				return system.Open(), nil
			}
			adaptertest.Run(t, adaptertest.Harness{
				Type: typ, Refused: "refused", New: func(*testing.T, string) string {
					system = memory.New(o)
					return ""
				},
			})
		})
	}
}
