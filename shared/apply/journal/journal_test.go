package journal

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/objects"
	"github.com/plumbline-sync/plumbline/shared/record"
)

var update = flag.Bool("update", false, "write the golden files anew")

func text(s string) record.Value { return record.MustOf(s) }

// one of everything that a journal can hold.
func everything() []*Entry {
	k := record.MakeKey("site", text("ams01"))
	return []*Entry{
		{Kind: Begin, N: 1},
		{Kind: Flight, N: 1, Last: 400},
		{Kind: Result, N: 1, Op: "create", Key: k, Status: "done", Local: record.Fields{{Name: "id", Value: record.MustOf(5)}}},
		{Kind: Result, N: 2, Op: "create", Key: record.MakeKey("site", text("fra\n\t\"02\"")), Status: "failed", Message: "name is too long: \"x\"\n"},
		{Kind: Result, N: 3, Op: "update", Key: k, Status: Waiting, Message: "taken", Fields: []string{"code", "name"}},
		{Kind: Result, N: 3, Op: "update", Key: k, Status: Waiting, Fields: []string{"code"}, Freed: true},
		{Kind: Result, N: 4, Op: "create", Key: k, Status: "adopted", Spelled: record.MakeKey("site", text("AMS01")), Part: true},
		{Kind: Again, N: 3, Last: 3},
		{Kind: Release, N: 381, Last: 400},
		{Kind: Commit, N: 2},
		{Kind: End, N: 1},
	}
}

func newStore(t *testing.T) objects.Store {
	t.Helper()
	s, err := objects.NewFolder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func newWriter(t *testing.T, s objects.Store, next int64, stages bool) *Writer {
	t.Helper()
	w, err := NewWriter(Options{Store: s, Prefix: "j/", Next: next, Plan: "9f2c", Run: "r1", Stages: stages, Now: func() time.Time { return time.Unix(1772000000, 0) }})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// put writes one object of the entries.
func put(t *testing.T, w *Writer, es ...*Entry) *Object {
	t.Helper()
	for _, e := range es {
		w.Add(e)
	}
	o := w.Seal()
	if err := w.Put(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	return o
}

func collect(seq iter.Seq2[*Entry, error]) (es []*Entry, err error) {
	for e, err := range seq {
		if err != nil {
			return es, err
		}
		c := *e
		c.Object = 0
		for i := range c.Local {
			c.Local[i].Value = slices.Clone(c.Local[i].Value)
		}
		es = append(es, &c)
	}
	return es, nil
}

func TestRoundTrip(t *testing.T) {
	s := newStore(t)
	w := newWriter(t, s, 1, false)
	want := everything()
	put(t, w, want[:3]...)
	put(t, w, want[3:]...)
	if w.Seal() != nil {
		t.Error("an empty object was sealed")
	}
	r := Open(s, "j", "9f2c")
	got, err := collect(r.All(t.Context()))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
	if n, err := r.Last(t.Context()); n != 2 || err != nil {
		t.Errorf("last object: %d, %v", n, err)
	}
}

// TestFormat keeps the text of the format: who changes it changes Version, too.
func TestFormat(t *testing.T) {
	w := newWriter(t, newStore(t), 7, true)
	o := put(t, w, everything()...)
	d, err := zstd.NewReader(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	got, err := d.DecodeAll(o.data, nil)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "v1.ndjson", string(got))
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("%s: -want +got\n%s", name, d)
	}
}

// TestSecondWriter says that of two writers one loses, but that a writer whose answer was lost does not lose to itself.
func TestSecondWriter(t *testing.T) {
	s := newStore(t)
	a, b := newWriter(t, s, 1, false), newWriter(t, s, 1, false)
	o := put(t, a, &Entry{Kind: Flight, N: 1, Last: 2})
	if err := a.Put(t.Context(), o); err != nil {
		t.Errorf("the same object once more: %v", err)
	}
	b.Add(&Entry{Kind: Flight, N: 1, Last: 3})
	err := b.Put(t.Context(), b.Seal())
	if !fault.Is(err, fault.Conflict) {
		t.Errorf("want a conflict, got %v", err)
	}
}

// TestSorted gives the last word on each change by ordinal, and nothing that was staged and never committed.
func TestSorted(t *testing.T) {
	res := func(n int64, status, msg string) *Entry {
		e := &Entry{Kind: Result, N: n, Op: "create", Key: record.MakeKey("m", record.MustOf(n)), Message: msg}
		e.Status = map[string]*Entry{"w": {Status: Waiting}, "d": {Status: "done"}, "f": {Status: "failed"}}[status].Status
		return e
	}
	tests := map[string]struct {
		stages  bool
		objects [][]*Entry
		want    string
	}{
		"empty":         {false, nil, ""},
		"as they come":  {false, [][]*Entry{{res(3, "d", "a"), res(1, "d", "b")}, {res(2, "f", "c")}}, "1 done b, 2 failed c, 3 done a"},
		"last word":     {false, [][]*Entry{{res(3, "w", "a"), res(1, "d", "b")}, {res(3, "d", "c")}}, "1 done b, 3 done c"},
		"not committed": {true, [][]*Entry{{res(1, "d", "a"), res(2, "d", "b")}}, ""},
		"committed":     {true, [][]*Entry{{res(1, "d", "a"), {Kind: Commit, N: 1}, res(2, "d", "b")}}, "1 done a"},
		"voided by a new call": {true, [][]*Entry{
			{{Kind: Begin, N: 1}, res(1, "d", "a"), {Kind: Commit, N: 1}, res(2, "d", "b")},
			{{Kind: Begin, N: 1}, res(3, "d", "c"), {Kind: Commit, N: 1}},
			{res(4, "d", "d")},
		}, "1 done a, 3 done c"},
		"not staged, many calls": {false, [][]*Entry{{{Kind: Begin, N: 1}, res(1, "d", "a")}, {{Kind: Begin, N: 1}, res(2, "d", "b")}}, "1 done a, 2 done b"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := newStore(t)
			w := newWriter(t, s, 1, tt.stages)
			for _, o := range tt.objects {
				put(t, w, o...)
			}
			es, err := collect(Open(s, "j/", "").Sorted(t.Context(), t.TempDir()))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, e := range es {
				got = append(got, fmt.Sprint(e.N, " ", e.Status, " ", e.Message))
			}
			if d := cmp.Diff(tt.want, strings.Join(got, ", ")); d != "" {
				t.Errorf("-want +got\n%s", d)
			}
			if d := cmp.Diff(tt.want, outcomes(t, Open(s, "j/", ""))); d != "" {
				t.Errorf("looked up by ordinal (-want +got)\n%s", d)
			}
		})
	}
}

// outcomes are the last words as they are looked up one by one.
func outcomes(t *testing.T, r *Reader) string {
	t.Helper()
	o, err := NewOutcomes(4)
	if err == nil {
		err = o.Read(t.Context(), r)
	}
	if err != nil {
		t.Fatal(err)
	}
	all, err := o.Entries(t.Context(), []int64{1, 2, 3, 4, 5})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for n := range int64(6) {
		e := all[n]
		if (e != nil) != (o.Status(n) != "") || e != nil && (e.Status != o.Status(n) || o.Next(e.Status, n) != n) {
			t.Errorf("change %d: %v, %q", n, e, o.Status(n))
		}
		if e != nil {
			got = append(got, fmt.Sprint(e.N, " ", e.Status, " ", e.Message))
		}
	}
	return strings.Join(got, ", ")
}

// TestDamage has the message for everything that can be wrong with a journal.
func TestDamage(t *testing.T) {
	enc, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	remade := func(change func(text string) string) func(data []byte) []byte {
		return func(data []byte) []byte {
			d, err := zstd.NewReader(nil)
			if err != nil {
				t.Fatal(err)
			}
			defer d.Close()
			text, err := d.DecodeAll(data, nil)
			if err != nil {
				t.Fatal(err)
			}
			return enc.EncodeAll([]byte(change(string(text))), nil)
		}
	}
	replace := func(old, new string) func([]byte) []byte {
		return remade(func(s string) string { return strings.Replace(s, old, new, 1) })
	}
	resealed := func(body string) func([]byte) []byte {
		return func([]byte) []byte {
			b := appendHeader(nil, Header{Version: 1, Number: 2, Plan: "9f2c"})
			b = append(b, body...)
			return enc.EncodeAll(appendEnd(b, int64(strings.Count(body, "\n"))), nil)
		}
	}
	tests := []struct {
		name   string
		change func([]byte) []byte // of the second of three objects; nil: it is deleted
		plan   string
	}{
		{"cut short", func(b []byte) []byte { return b[:len(b)-7] }, ""},
		{"empty", func([]byte) []byte { return nil }, ""},
		{"not compressed", func([]byte) []byte { return []byte("{}\n") }, ""},
		{"a bit turned", func(b []byte) []byte { b[len(b)/2] ^= 4; return b }, ""},
		{"lines missing at the end", remade(func(s string) string { return s[:strings.LastIndex(s[:len(s)-1], "\n")+1] }), ""},
		{"a line missing", remade(func(s string) string {
			ls := strings.SplitAfter(s, "\n")
			return strings.Join(slices.Delete(ls, 3, 4), "")
		}), ""},
		{"a status altered", replace(`"failed"`, `"done"`), ""},
		{"no header", replace(`{"journal":1,`, `{`), ""},
		{"a newer version", replace(`{"journal":1,`, `{"journal":2,`), ""},
		{"another number", replace(`"number":2,`, `"number":3,`), ""},
		{"missing", nil, ""},
		{"another plan", func(b []byte) []byte { return b }, "77e1"},
		{"an entry that is none", resealed("{\"x\":1}\n"), ""},
		{"a range that is none", resealed("{\"flight\":[5,4]}\n"), ""},
		{"a result without a key", resealed("{\"n\":1,\"status\":\"done\"}\n"), ""},
		{"a result of another type", resealed("{\"n\":1,\"k\":[\"m\",1],\"status\":\"done\",\"local\":[]}\n"), ""},
	}
	var messages strings.Builder
	for _, tt := range tests {
		s := newStore(t)
		w := newWriter(t, s, 1, false)
		put(t, w, everything()...)
		o := put(t, w, everything()...)
		put(t, w, everything()...)
		if err := s.Delete(t.Context(), o.Name); err != nil {
			t.Fatal(err)
		}
		if tt.change != nil {
			if err := s.PutNew(t.Context(), o.Name, tt.change(slices.Clone(o.data))); err != nil {
				t.Fatal(err)
			}
		}
		_, err := collect(Open(s, "j/", tt.plan).All(t.Context()))
		if !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: want an Invalid, got %v", tt.name, err)
			continue
		}
		fmt.Fprintf(&messages, "%s:\n\t%s\n", tt.name, err)
	}
	golden(t, "damage.txt", messages.String())
}

// TestStranger says that an object which does not belong there is not passed over.
func TestStranger(t *testing.T) {
	s := newStore(t)
	put(t, newWriter(t, s, 1, false), everything()...)
	if err := s.PutNew(t.Context(), "j/notes.txt", []byte("x")); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(s, "j/", "").Last(t.Context()); !fault.Is(err, fault.Invalid) {
		t.Errorf("want an Invalid, got %v", err)
	}
}

// TestStoreFails hands a store's error through with its code.
func TestStoreFails(t *testing.T) {
	s := newStore(t)
	put(t, newWriter(t, s, 1, false), everything()...)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := collect(Open(s, "j/", "").All(ctx)); !errors.Is(err, context.Canceled) {
		t.Errorf("want the cancelled context, got %v", err)
	}
}

// FuzzOpen reads anything: it is refused, or what is read can be written and read again.
func FuzzOpen(f *testing.F) {
	enc, err := zstd.NewWriter(nil)
	if err != nil {
		f.Fatal(err)
	}
	var b []byte
	b = appendHeader(b, Header{Version: 1, Number: 1})
	for _, e := range everything() {
		b = appendEntry(b, e)
	}
	f.Add(b)
	f.Add([]byte("{\"journal\":1,\"number\":1}\n{\"n\":1}\n"))
	f.Add([]byte("{}\n{\"flight\":[1,2,3]}\n{\"k\":null,\"n\":1.5,\"status\":\"\"}\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		_, _ = open(text)
		if len(text) > 1<<20 {
			return
		}
		body := appendEnd(slices.Clone(text), int64(strings.Count(string(text), "\n"))-1)
		o, err := open(enc.EncodeAll(body, nil))
		if err != nil {
			return
		}
		for e, err := range o.entries {
			if err != nil {
				return
			}
			line := appendEntry(nil, e)
			var s record.Scanner
			var again Entry
			again.Object = e.Object
			if err := again.read(&s, line[:len(line)-1]); err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			if e.Kind != Result {
				continue
			}
			if d := cmp.Diff(string(line), string(appendEntry(nil, &again))); d != "" {
				t.Fatalf("-want +got\n%s", d)
			}
		}
	})
}
