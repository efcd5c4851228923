package objects_test

import (
	"strings"
	"testing"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/faulttest"
)

// TestFolderFull writes to a file system of one megabyte.
func TestFolderFull(t *testing.T) {
	dir := faulttest.SmallDisk(t, "1m")
	f := openFolder(t, dir)
	if err := f.PutNew(t.Context(), "runs/1/small", []byte("x")); err != nil {
		t.Fatal(err)
	}
	before := files(t, dir)

	w, err := f.Create(t.Context(), "runs/1/source.ndjson.zst")
	if err != nil {
		t.Fatal(err)
	}
	for range 40 {
		if _, err = w.Write(make([]byte, 64<<10)); err != nil {
			break
		}
	}
	if err == nil {
		err = w.Commit()
	}
	w.Abort()
	wantFull(t, err, "runs/1/source.ndjson.zst", dir)
	wantFull(t, f.PutNew(t.Context(), "runs/1/journal/000001", make([]byte, 2<<20)), "runs/1/journal/000001", dir)
	if after := files(t, dir); len(after) != len(before) {
		t.Errorf("left behind: %q", after)
	}
	if err := f.PutNew(t.Context(), "runs/1/other", []byte("x")); err != nil {
		t.Errorf("after that: %v", err)
	}
}

func wantFull(t *testing.T, err error, parts ...string) {
	t.Helper()
	if !fault.Is(err, fault.Unavailable) {
		t.Fatalf("disk full: code %q, %v", fault.Of(err), err)
	}
	for _, part := range append(parts, "the disk is full", "no space left on device") {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q is not in: %v", part, err)
		}
	}
}
