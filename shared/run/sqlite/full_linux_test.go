package sqlite_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/faulttest"
	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/run/sqlite"
)

func TestSQLiteFull(t *testing.T) {
	faulttest.SmallDisk(t, "1m") // where nothing may be mounted all of it is skipped
	t.Run("while it works", fullAtWork)
	t.Run("when it is opened", fullFromTheStart)
}

// fullAtWork fills a file system of one megabyte: the error says so, and what was stored before is there still.
func fullAtWork(t *testing.T) {
	dir := faulttest.SmallDisk(t, "1m")
	s := openStore(t, filepath.Join(dir, "runs.db"))
	kept := 0
	var err error
	for ; err == nil && kept < 1000; kept++ {
		err = s.Create(t.Context(), &run.Run{ID: fmt.Sprint(kept), Status: run.Failed, Message: strings.Repeat("x", 10_000)})
	}
	kept--
	if !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "runs.db") || !strings.Contains(err.Error(), "the disk is full") {
		t.Fatalf("after %d: code %q, %v", kept, fault.Of(err), err)
	}
	all, err := s.List(t.Context(), run.Filter{Limit: 1000})
	if err != nil || len(all) != kept {
		t.Errorf("%d of %d are there, %v", len(all), kept, err)
	}
}

// fullFromTheStart opens a store where nothing at all fits any more.
func fullFromTheStart(t *testing.T) {
	dir := faulttest.SmallDisk(t, "1m")
	file := filepath.Join(dir, "runs.db")
	if err := openStore(t, file).Shutdown(); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(filepath.Join(dir, "ballast"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for err == nil {
		_, err = f.Write(make([]byte, 4096))
	}
	s, err := sqlite.Open(file)
	if err == nil {
		err = s.Create(t.Context(), &run.Run{ID: "1", Status: run.Running})
	}
	if !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "the disk is full") {
		t.Errorf("code %q, %v", fault.Of(err), err)
	}
}
