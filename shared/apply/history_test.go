package apply

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/apply/journal"
	"github.com/plumbline-sync/plumbline/shared/apply/lookup"
)

// The entries of these journals.
func begins() *journal.Entry { return &journal.Entry{Kind: journal.Begin, N: 1} }

func commits() *journal.Entry { return &journal.Entry{Kind: journal.Commit, N: 1} }

func ranged(k journal.Kind, first, last int64) *journal.Entry {
	return &journal.Entry{Kind: k, N: first, Last: last}
}

func ended(n int64, s adapter.Status) *journal.Entry {
	return &journal.Entry{Kind: journal.Result, N: n, Op: "update", Key: key("site", "s"), Status: s}
}

func freed(n int64) *journal.Entry {
	e := ended(n, journal.Waiting)
	e.Freed = true
	return e
}

// TestHistory says how changes stand by what journals say of them, from one that was never sent to those that several calls and runs sent, some in vain.
func TestHistory(t *testing.T) {
	tests := map[string]struct {
		from    byte // how the change stood before
		stages  bool
		entries []*journal.Entry
		want    byte
	}{
		"no entry":                                {open, false, nil, open},
		"noted":                                   {open, false, []*journal.Entry{begins(), ranged(journal.Flight, 1, 3)}, flying},
		"noted, and sent by an earlier run":       {before, false, []*journal.Entry{begins(), ranged(journal.Flight, 1, 3)}, reflown},
		"noted, not sent":                         {open, false, []*journal.Entry{begins(), ranged(journal.Flight, 1, 3), ranged(journal.Release, 2, 3)}, open},
		"not sent, but by an earlier call":        {open, false, []*journal.Entry{begins(), ranged(journal.Flight, 1, 3), begins(), ranged(journal.Flight, 1, 3), ranged(journal.Release, 2, 3)}, flying},
		"done":                                    {open, false, []*journal.Entry{begins(), ranged(journal.Flight, 1, 3), ended(2, adapter.Done)}, done},
		"refused as a conflict":                   {open, false, []*journal.Entry{begins(), ranged(journal.Flight, 1, 3), ended(2, journal.Waiting)}, waiting},
		"refused, but sent by an earlier run":     {before, false, []*journal.Entry{begins(), ranged(journal.Flight, 1, 3), ended(2, journal.Waiting)}, loose},
		"let go":                                  {waiting, false, []*journal.Entry{begins(), ranged(journal.Again, 2, 2), freed(2)}, loose},
		"let go, maybe":                           {waiting, false, []*journal.Entry{begins(), ranged(journal.Again, 2, 2)}, again},
		"let go, maybe, then refused":             {waiting, false, []*journal.Entry{begins(), ranged(journal.Again, 2, 2), begins(), ranged(journal.Flight, 1, 3), ended(2, journal.Waiting)}, loose},
		"let go, and tried again, maybe":          {loose, false, []*journal.Entry{begins(), ranged(journal.Again, 1, 3)}, againLoose},
		"let go, tried again, not sent":           {loose, false, []*journal.Entry{begins(), ranged(journal.Again, 1, 3), ranged(journal.Release, 1, 3)}, loose},
		"let go, tried again, maybe, and refused": {loose, false, []*journal.Entry{begins(), ranged(journal.Again, 1, 3), begins(), ranged(journal.Flight, 1, 3), ended(2, journal.Waiting)}, loose},
		"committed":                               {open, true, []*journal.Entry{begins(), ranged(journal.Flight, 1, 3), ended(2, adapter.Done), commits()}, done},
		"staged":                                  {open, true, []*journal.Entry{begins(), ranged(journal.Flight, 1, 3), ended(2, adapter.Done)}, flying},
		"staged, then another call":               {open, true, []*journal.Entry{begins(), ranged(journal.Flight, 1, 3), ended(2, adapter.Done), begins(), ended(3, adapter.Done), commits()}, flying},
		"staged, found done by the new load":      {before, true, []*journal.Entry{begins(), ended(2, adapter.Done)}, before},
		"staged, and taken along by a cascade":    {open, true, []*journal.Entry{begins(), ended(2, adapter.Done)}, open},
		"let go, staged":                          {waiting, true, []*journal.Entry{begins(), ranged(journal.Again, 2, 2), freed(2)}, again},
		"let go, its second try staged":           {loose, true, []*journal.Entry{begins(), ranged(journal.Again, 2, 2), ended(2, adapter.Done)}, againLoose},
		"skipped, staged":                         {open, true, []*journal.Entry{begins(), ended(2, adapter.Skipped)}, open},
		"skipped, then noted with others":         {open, true, []*journal.Entry{begins(), ended(2, adapter.Skipped), ranged(journal.Flight, 1, 3)}, open},
		"noted with others, then skipped":         {open, true, []*journal.Entry{begins(), ranged(journal.Flight, 1, 3), ended(2, adapter.Skipped)}, open},
		"skipped, but sent by an earlier call":    {open, true, []*journal.Entry{begins(), ranged(journal.Flight, 1, 3), begins(), ended(2, adapter.Skipped), ranged(journal.Flight, 1, 3)}, flying},
		"skipped, but sent by the next call":      {open, true, []*journal.Entry{begins(), ended(2, adapter.Skipped), begins(), ranged(journal.Flight, 1, 3)}, flying},
		"skipped, but sent by an earlier run":     {before, true, []*journal.Entry{begins(), ranged(journal.Flight, 1, 3), ended(2, adapter.Skipped)}, before},
		"skipped as stale":                        {stale, true, []*journal.Entry{begins(), ended(2, adapter.Skipped), ranged(journal.Flight, 1, 3)}, stale},
		"skipped as stale, committed":             {stale, true, []*journal.Entry{begins(), ended(2, adapter.Skipped), ranged(journal.Flight, 1, 3), commits()}, skipped},
		"second try skipped":                      {loose, true, []*journal.Entry{begins(), ranged(journal.Again, 1, 3), ended(2, adapter.Skipped)}, loose},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := newMemStore()
			w, err := journal.NewWriter(journal.Options{Store: s, Prefix: "j/", Next: 1, Plan: "p", Stages: tt.stages})
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range tt.entries {
				w.Add(e)
			}
			if len(tt.entries) > 0 {
				if err := w.Put(t.Context(), w.Seal()); err != nil {
					t.Fatal(err)
				}
			}
			l, err := lookup.NewLedger(t.TempDir(), 4, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			if err := l.Set(2, tt.from); err != nil {
				t.Fatal(err)
			}
			h := &history{store: s, digest: "p", ledger: l, last: 3}
			if _, err := h.read(t.Context(), "j/", nil); err != nil {
				t.Fatal(err)
			}
			got, err := l.Get(2)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("-want +got\n%s", d)
			}
		})
	}
}
