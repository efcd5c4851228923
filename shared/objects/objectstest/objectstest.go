// Package objectstest is the conformance suite that every implementation of objects.Store has to pass.
package objectstest

import (
	"io"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/objects"
)

// Run runs the suite, from what every store does to what goes wrong; open returns an empty store for each case.
func Run(t *testing.T, open func(t *testing.T) objects.Store) {
	t.Helper()
	for _, c := range []struct {
		name string
		run  func(*testing.T, objects.Store)
	}{
		{"an object written is read back", writeRead},
		{"an empty object is an object", empty},
		{"bytes of every value in pieces of every size", pieces},
		{"a name that is not there", missing},
		{"a name that no store takes", badNames},
		{"names that differ by case only", cases},
		{"nothing is seen before commit", invisible},
		{"abort leaves nothing", abort},
		{"commit replaces, an open reader goes on", replace},
		{"put new of a taken name", putNew},
		{"ranges", ranges},
		{"list is ordered by name", list},
		{"list stops and goes on", listStops},
		{"delete", remove},
		{"a prefix is a store of its own", prefix},
		{"a stopped context", stopped},
		{"a big object", big},
		{"twelve put new at once: one wins", putNewRace},
		{"commits of one name at once: one of them whole", commitRace},
		{"writes beside deletes in one folder", deleteRace},
		{"list while others write", listRace},
	} {
		t.Run(c.name, func(t *testing.T) { c.run(t, open(t)) })
	}
}

// put writes an object the long way.
func put(t *testing.T, s objects.Store, name string, data []byte) {
	t.Helper()
	w, err := s.Create(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Commit(); err != nil {
		t.Fatal(err)
	}
}

func wantCode(t *testing.T, what string, err error, want fault.Code) {
	t.Helper()
	if got := fault.Of(err); got != want {
		t.Errorf("%s: got code %q (%v), want %q", what, got, err, want)
	}
}

// wantObject reads the object in both ways.
func wantObject(t *testing.T, s objects.Store, name string, want []byte) {
	t.Helper()
	got, err := s.Get(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got, want) {
		t.Fatalf("get %q: %d bytes that are not the %d written", name, len(got), len(want))
	}
	r, err := s.Open(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if r.Size() != int64(len(want)) {
		t.Errorf("size of %q: got %d, want %d", name, r.Size(), len(want))
	}
	if got, err = io.ReadAll(io.NewSectionReader(r, 0, r.Size())); err != nil || !slices.Equal(got, want) {
		t.Errorf("read %q: %d bytes that are not the %d written, error %v", name, len(got), len(want), err)
	}
}

func names(t *testing.T, s objects.Store, prefix string) []string {
	t.Helper()
	all := []string{}
	for info, err := range s.List(t.Context(), prefix) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, info.Name)
	}
	return all
}

func wantNames(t *testing.T, s objects.Store, prefix string, want ...string) {
	t.Helper()
	if want == nil {
		want = []string{}
	}
	if d := cmp.Diff(want, names(t, s, prefix)); d != "" {
		t.Errorf("list %q (-want +got):\n%s", prefix, d)
	}
}
