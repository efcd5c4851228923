package snapshot

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/plumbline-sync/plumbline/shared/objects"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// store returns an empty store and its folder.
func newStore(t testing.TB) (*objects.Folder, string) {
	t.Helper()
	dir := t.TempDir()
	s, err := objects.NewFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	return s, dir
}

// side is a set of records for tests: line by key.
type records map[record.Key]string

// randomRecords makes up to n records of a few kinds; some keys and values are long.
func randomRecords(r *rand.Rand, n int) records {
	out := records{}
	for range n {
		kind := []string{"a", "b", "é\""}[r.IntN(3)]
		key := record.MakeKey(kind, record.MustOf(fmt.Sprint(r.IntN(2*n+1))))
		if r.IntN(20) == 0 {
			key = record.MakeKey(kind, record.MustOf(r.IntN(n)), record.MustOf([]any{"]", r.IntN(3)}))
		}
		out[key] = randomLine(r, key)
	}
	return out
}

func randomLine(r *rand.Rand, key record.Key) string {
	attrs := record.Fields{{Name: "v", Value: record.MustOf(r.IntN(3))}}
	if r.IntN(10) == 0 {
		attrs = append(attrs, record.Field{Name: "w", Value: record.MustOf(fmt.Sprintf("%0*d", r.IntN(400), 7))})
	}
	var parent record.Key
	if r.IntN(3) == 0 {
		parent = record.MakeKey("p", record.MustOf(r.IntN(2)))
	}
	var flags record.Flags
	if r.IntN(50) == 0 {
		flags = 4
	}
	local := record.Fields{{Name: "id", Value: record.MustOf(r.IntN(1000))}}
	return string(record.AppendLine(nil, key, parent, attrs, nil, flags, local[:r.IntN(2)]))
}

// change returns a copy with some records changed, added and removed, and other local values.
func (rs records) change(r *rand.Rand, share float64) records {
	out := records{}
	for key, text := range rs {
		line := record.Line(text)
		local := record.Fields{{Name: "id", Value: record.MustOf(r.IntN(1000))}}
		switch {
		case r.Float64() >= share:
			out[key] = string(record.AppendLine(nil, key, line.Parent(), line.Attrs(nil), nil, 0, local))
		case r.IntN(3) == 0:
			out[key] = randomLine(r, key)
		case r.IntN(2) == 0:
			extra := record.MakeKey(key.Kind(), record.MustOf(key.String()+"x"))
			out[key], out[extra] = text, randomLine(r, extra)
		}
	}
	return out
}

func (rs records) keys() []record.Key {
	keys := make([]record.Key, 0, len(rs))
	for k := range rs {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// add adds the records in random order, or sorted.
func (rs records) add(t testing.TB, w *Writer, r *rand.Rand) {
	t.Helper()
	keys := rs.keys()
	if r != nil {
		r.Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
	}
	for i, k := range keys {
		if err := w.Add(record.Line(rs[k]), uint64(i)); err != nil {
			t.Fatal(err)
		}
	}
}

func commit(t testing.TB, w *Writer) Info {
	t.Helper()
	info, err := w.Commit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return info
}

func open(t testing.TB, s objects.Store, name string) *Reader {
	t.Helper()
	r, err := Open(t.Context(), s, name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

// write makes a snapshot with tiny blocks.
func (rs records) write(t testing.TB, s objects.Store, name string, r *rand.Rand, o Options) *Reader {
	t.Helper()
	o.Store, o.Name, o.Temp = s, name, t.TempDir()
	w := NewWriter(o)
	defer w.Abort()
	rs.add(t, w, r)
	info := commit(t, w)
	if left, err := os.ReadDir(o.Temp); err != nil || len(left) > 0 {
		t.Fatalf("left behind: %v, %v", left, err)
	}
	if info.Records != int64(len(rs)) {
		t.Fatalf("%d records, want %d", info.Records, len(rs))
	}
	return open(t, s, name)
}

// scan returns the lines of a snapshot with the prefix.
func scan(t testing.TB, r *Reader, prefix string) (out []string) {
	t.Helper()
	for line, err := range r.Scan(t.Context(), prefix) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, string(line))
	}
	return out
}

// file returns the bytes of an object of a folder.
func file(t testing.TB, dir, object string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(object)))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// put replaces an object.
func put(t testing.TB, s objects.Store, name string, data []byte) {
	t.Helper()
	w, err := s.Create(context.Background(), name)
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
