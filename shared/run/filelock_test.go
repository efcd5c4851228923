package run_test

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/run"
)

func wantAlive(t *testing.T, path string, want bool) {
	t.Helper()
	if got, err := run.Alive(path); got != want || err != nil {
		t.Errorf("alive: %v, %v, want %v", got, err, want)
	}
}

func TestFileLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "locks", "2w9k41c-7f3")
	wantAlive(t, path, false)
	if _, err := os.Stat(path); err == nil {
		t.Error("looking at the lock made it")
	}
	l, err := run.LockFile(path)
	if err != nil {
		t.Fatal(err)
	}
	wantAlive(t, path, true)
	if _, err := run.LockFile(path); !fault.Is(err, fault.Conflict) {
		t.Errorf("a second lock: %v", err)
	}
	wantAlive(t, path, true)
	for range 2 {
		if err := l.Release(); err != nil {
			t.Fatal(err)
		}
		wantAlive(t, path, false)
	}
	if l, err = run.LockFile(path); err != nil {
		t.Fatal(err)
	}
	_ = l.Release()
}

// TestFileLockDies: a killed process holds nothing any more.
func TestFileLockDies(t *testing.T) {
	if path := os.Getenv("PLUMB_TEST_LOCK"); path != "" {
		if _, err := run.LockFile(path); err != nil {
			t.Fatal(err)
		}
		_, _ = os.Stdout.WriteString("locked\n")
		time.Sleep(time.Minute)
		return
	}
	path := filepath.Join(t.TempDir(), "lock")
	c := exec.Command(os.Args[0], "-test.run=^TestFileLockDies$")
	c.Env = append(os.Environ(), "PLUMB_TEST_LOCK="+path)
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "locked\n" {
		t.Fatal(line, err)
	}
	wantAlive(t, path, true)
	if _, err := run.LockFile(path); !fault.Is(err, fault.Conflict) {
		t.Errorf("a second lock: %v", err)
	}
	_ = c.Process.Kill()
	_ = c.Wait()
	wantAlive(t, path, false)
	l, err := run.LockFile(path)
	if err != nil {
		t.Fatal(err)
	}
	_ = l.Release()
}

// TestFileLockRace: at no moment do two hold the lock, though its file comes and goes, and others look at it.
func TestFileLockRace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	var holders, taken atomic.Int32
	var g sync.WaitGroup
	for range 8 {
		g.Go(func() {
			for range 20 {
				_, _ = run.Alive(path)
				l, err := run.LockFile(path)
				if err != nil {
					continue
				}
				taken.Add(1)
				if holders.Add(1) != 1 {
					t.Error("two hold the lock")
				}
				time.Sleep(100 * time.Microsecond)
				holders.Add(-1)
				if err := l.Release(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	g.Wait()
	if taken.Load() == 0 {
		t.Error("nobody got it")
	}
}
