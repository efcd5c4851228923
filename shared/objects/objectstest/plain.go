package objectstest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/objects"
)

func writeRead(t *testing.T, s objects.Store) {
	put(t, s, "runs/2w9k41c-7f3/plan", []byte("hello"))
	wantObject(t, s, "runs/2w9k41c-7f3/plan", []byte("hello"))
	if err := s.PutNew(t.Context(), "runs/2w9k41c-7f3/journal/000001", []byte("first")); err != nil {
		t.Fatal(err)
	}
	wantObject(t, s, "runs/2w9k41c-7f3/journal/000001", []byte("first"))
	wantNames(t, s, "", "runs/2w9k41c-7f3/journal/000001", "runs/2w9k41c-7f3/plan")
}

func empty(t *testing.T, s objects.Store) {
	put(t, s, "a", nil)
	if err := s.PutNew(t.Context(), "b", nil); err != nil {
		t.Fatal(err)
	}
	wantObject(t, s, "a", nil)
	wantObject(t, s, "b", nil)
	wantNames(t, s, "", "a", "b")
}

func pieces(t *testing.T, s objects.Store) {
	w, err := s.Create(t.Context(), "x")
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	var want []byte
	for n := range 300 {
		piece := bytes.Repeat([]byte{byte(n)}, n)
		want = append(want, piece...)
		if got, err := w.Write(piece); err != nil || got != n {
			t.Fatalf("write of %d bytes: %d, %v", n, got, err)
		}
	}
	if err := w.Commit(); err != nil {
		t.Fatal(err)
	}
	wantObject(t, s, "x", want)
}

func missing(t *testing.T, s objects.Store) {
	put(t, s, "a/b", []byte("x"))
	for _, name := range []string{"none", "a", "a/none", "a/b/c"} {
		_, err := s.Get(t.Context(), name)
		wantCode(t, "get "+name, err, fault.NotFound)
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("the error does not name the object: %v", err)
		}
		_, err = s.Open(t.Context(), name)
		wantCode(t, "open "+name, err, fault.NotFound)
		if err := s.Delete(t.Context(), name); err != nil {
			t.Errorf("delete of what is not there: %v", err)
		}
	}
	wantNames(t, s, "none")
	wantNames(t, s, "a/b/c/")
	wantObject(t, s, "a/b", []byte("x"))
}

func badNames(t *testing.T, s objects.Store) {
	for _, name := range []string{
		"", "/", "/a", "a/", "a//b", ".", "..", "../a", "a/../b", "a/./b", ".hidden", "a/.tmp/x", "a.", "-a", `a\b`, "a:b", "a b", "a\x00b", "ä", "a!b", "a*",
		"nul", "a/CON", "com1.txt", strings.Repeat("x", 121), strings.Repeat("x/", 300) + "x",
	} {
		_, err := s.Create(t.Context(), name)
		wantCode(t, "create "+name, err, fault.Invalid)
		wantCode(t, "put new "+name, s.PutNew(t.Context(), name, nil), fault.Invalid)
		_, err = s.Get(t.Context(), name)
		wantCode(t, "get "+name, err, fault.Invalid)
		_, err = s.Open(t.Context(), name)
		wantCode(t, "open "+name, err, fault.Invalid)
		wantCode(t, "delete "+name, s.Delete(t.Context(), name), fault.Invalid)
	}
	wantNames(t, s, "")
}

func cases(t *testing.T, s objects.Store) {
	for _, name := range []string{"a/x", "A/x", "a/X", "ab", "aB"} {
		if err := s.PutNew(t.Context(), name, []byte(name)); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"a/x", "A/x", "a/X", "ab", "aB"} {
		wantObject(t, s, name, []byte(name))
	}
	wantNames(t, s, "", "A/x", "a/X", "a/x", "aB", "ab")
	wantNames(t, s, "A", "A/x")
}

func invisible(t *testing.T, s objects.Store) {
	w, err := s.Create(t.Context(), "x")
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	if _, err := w.Write(make([]byte, 1<<20)); err != nil {
		t.Fatal(err)
	}
	_, err = s.Get(t.Context(), "x")
	wantCode(t, "get before commit", err, fault.NotFound)
	wantNames(t, s, "")
	if err := w.Commit(); err != nil {
		t.Fatal(err)
	}
	w.Abort()
	wantObject(t, s, "x", make([]byte, 1<<20))
}

func abort(t *testing.T, s objects.Store) {
	put(t, s, "old", []byte("old"))
	for _, name := range []string{"new", "old"} {
		w, err := s.Create(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte("new")); err != nil {
			t.Fatal(err)
		}
		w.Abort()
		w.Abort()
		if err := w.Commit(); err == nil {
			t.Error("commit after abort: no error")
		}
	}
	wantNames(t, s, "", "old")
	wantObject(t, s, "old", []byte("old"))
}

func replace(t *testing.T, s objects.Store) {
	put(t, s, "x", []byte("the first of them"))
	r, err := s.Open(t.Context(), "x")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	put(t, s, "x", []byte("second"))
	wantObject(t, s, "x", []byte("second"))
	got, err := io.ReadAll(io.NewSectionReader(r, 0, r.Size()))
	if err != nil && fault.Of(err) != fault.Conflict { // a store may refuse to go on; it never mixes the two
		t.Error(err)
	}
	if err == nil && string(got) != "the first of them" {
		t.Errorf("an open reader got %q", got)
	}
	wantNames(t, s, "", "x")
}

func putNew(t *testing.T, s objects.Store) {
	put(t, s, "x", []byte("first"))
	err := s.PutNew(t.Context(), "x", []byte("second"))
	wantCode(t, "put new", err, fault.Conflict)
	if err == nil || !strings.Contains(err.Error(), "x") {
		t.Errorf("the error does not name the object: %v", err)
	}
	wantObject(t, s, "x", []byte("first"))
	if err := s.Delete(t.Context(), "x"); err != nil {
		t.Fatal(err)
	}
	if err := s.PutNew(t.Context(), "x", []byte("third")); err != nil {
		t.Errorf("put new of a name that is free again: %v", err)
	}
	wantObject(t, s, "x", []byte("third"))
}

func ranges(t *testing.T, s objects.Store) {
	data := []byte("0123456789")
	put(t, s, "x", data)
	r, err := s.Open(t.Context(), "x")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for off := range int64(12) {
		for n := range 12 {
			p := make([]byte, n)
			got, err := r.ReadAt(p, off)
			want, wantErr := bytes.NewReader(data).ReadAt(p[:n:n], off)
			if n == 0 { // the end may be told or not
				continue
			}
			if got != want || err == nil != (wantErr == nil) || err != nil && !errors.Is(err, io.EOF) {
				t.Errorf("%d bytes at %d: %d, %v; want %d, %v", n, off, got, err, want, wantErr)
			}
			if off < 10 && string(p[:got]) != string(data[off:off+int64(got)]) {
				t.Errorf("%d bytes at %d: %q", n, off, p[:got])
			}
		}
	}
}

func list(t *testing.T, s objects.Store) {
	// "a-b" < "a.b" < "a/b" < "a0" as texts, which is not the order of folders before files.
	for _, name := range []string{"a0", "a/c", "a-b", "a/b/c", "a.b", "a/b.c", "b", "a/b-c", "runs/1/plan", "runs/10/plan", "runs/1/x"} {
		put(t, s, name, []byte(name))
	}
	wantNames(t, s, "", "a-b", "a.b", "a/b-c", "a/b.c", "a/b/c", "a/c", "a0", "b", "runs/1/plan", "runs/1/x", "runs/10/plan")
	wantNames(t, s, "a/", "a/b-c", "a/b.c", "a/b/c", "a/c")
	wantNames(t, s, "a/b", "a/b-c", "a/b.c", "a/b/c")
	wantNames(t, s, "a/b/", "a/b/c")
	wantNames(t, s, "runs/1", "runs/1/plan", "runs/1/x", "runs/10/plan")
	wantNames(t, s, "runs/1/", "runs/1/plan", "runs/1/x")
	wantNames(t, s, "run", "runs/1/plan", "runs/1/x", "runs/10/plan")
	wantNames(t, s, "z")
	for info, err := range s.List(t.Context(), "a") {
		if err != nil || info.Size != int64(len(info.Name)) {
			t.Errorf("size of %q: %d, %v", info.Name, info.Size, err)
		}
	}
}

func listStops(t *testing.T, s objects.Store) {
	for _, name := range []string{"a/1", "a/2", "b", "c"} {
		put(t, s, name, nil)
	}
	all := s.List(t.Context(), "")
	for stop := range 5 {
		var got []string
		for info, err := range all {
			if err != nil {
				t.Fatal(err)
			}
			if len(got) == stop {
				break
			}
			got = append(got, info.Name)
		}
		if d := cmp.Diff([]string{"a/1", "a/2", "b", "c"}[:min(stop, 4)], got); d != "" && stop > 0 {
			t.Errorf("stopped after %d (-want +got):\n%s", stop, d)
		}
	}
}

func remove(t *testing.T, s objects.Store) {
	for _, name := range []string{"a/1", "a/2", "a/3", "b"} {
		put(t, s, name, []byte("x"))
	}
	if err := s.Delete(t.Context(), "a/1", "none", "a/3"); err != nil {
		t.Fatal(err)
	}
	wantNames(t, s, "", "a/2", "b")
	if err := s.Delete(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.Delete(t.Context(), "a/2", "a/2", "b"); err != nil {
		t.Fatal(err)
	}
	wantNames(t, s, "")
	put(t, s, "a", []byte("now an object")) // nothing is left of the folder
	wantObject(t, s, "a", []byte("now an object"))
}

func prefix(t *testing.T, s objects.Store) {
	put(t, s, "runs/10/plan", []byte("of another"))
	p := objects.Prefix(s, "runs/1")
	put(t, p, "plan", []byte("mine"))
	if err := p.PutNew(t.Context(), "journal/1", []byte("one")); err != nil {
		t.Fatal(err)
	}
	wantObject(t, p, "plan", []byte("mine"))
	wantObject(t, s, "runs/1/plan", []byte("mine"))
	wantNames(t, p, "", "journal/1", "plan")
	wantNames(t, p, "jour", "journal/1")
	_, err := p.Get(t.Context(), "../10/plan")
	wantCode(t, "get above the prefix", err, fault.Invalid)
	wantCode(t, "put new", p.PutNew(t.Context(), "plan", nil), fault.Conflict)
	if err := p.Delete(t.Context(), "plan", "journal/1"); err != nil {
		t.Fatal(err)
	}
	wantNames(t, s, "", "runs/10/plan")
}

func stopped(t *testing.T, s objects.Store) {
	put(t, s, "x", []byte("x"))
	ctx, stop := context.WithCancel(t.Context())
	w, err := s.Create(ctx, "y")
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	stop()
	if _, err := w.Write([]byte("y")); err == nil {
		err = w.Commit()
		wantCode(t, "commit", err, fault.Stopped)
	} else {
		wantCode(t, "write", err, fault.Stopped)
	}
	_, err = s.Create(ctx, "z")
	wantCode(t, "create", err, fault.Stopped)
	wantCode(t, "put new", s.PutNew(ctx, "z", nil), fault.Stopped)
	_, err = s.Get(ctx, "x")
	wantCode(t, "get", err, fault.Stopped)
	_, err = s.Open(ctx, "x")
	wantCode(t, "open", err, fault.Stopped)
	wantCode(t, "delete", s.Delete(ctx, "x"), fault.Stopped)
	for _, err = range s.List(ctx, "") {
		wantCode(t, "list", err, fault.Stopped)
	}
	wantNames(t, s, "", "x")
}
