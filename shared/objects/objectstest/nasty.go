package objectstest

import (
	"bytes"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"slices"
	"sync"
	"testing"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/objects"
)

// big writes 40 MiB, more than any part of a multipart upload, and reads it from several places at once.
func big(t *testing.T, s objects.Store) {
	const chunks, size = 40, 1 << 20
	chunk := func(n int) []byte { return bytes.Repeat([]byte{byte(n), byte(n >> 8), 0xAA, byte(n * 7)}, size/4) }
	w, err := s.Create(t.Context(), "big")
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	for n := range chunks {
		if _, err := w.Write(chunk(n)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Commit(); err != nil {
		t.Fatal(err)
	}
	r, err := s.Open(t.Context(), "big")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if r.Size() != chunks*size {
		t.Fatalf("size: %d", r.Size())
	}
	var g sync.WaitGroup
	for worker := range 4 {
		g.Go(func() {
			p := make([]byte, size)
			for n := worker; n < chunks; n += 4 {
				if _, err := r.ReadAt(p, int64(n)*size); err != nil && !errors.Is(err, io.EOF) {
					t.Error(err)
				}
				if !bytes.Equal(p, chunk(n)) {
					t.Errorf("chunk %d is not what was written", n)
				}
			}
		})
	}
	g.Wait()
}

func putNewRace(t *testing.T, s objects.Store) {
	for round := range 8 {
		name := fmt.Sprintf("journal/%06d", round)
		won := make([]bool, 12)
		var g sync.WaitGroup
		start := make(chan struct{})
		for i := range won {
			g.Go(func() {
				<-start
				err := s.PutNew(t.Context(), name, bytes.Repeat([]byte{byte(i)}, 10_000))
				if won[i] = err == nil; err != nil {
					wantCode(t, "put new", err, fault.Conflict)
				}
			})
		}
		close(start)
		g.Wait()
		winner := slices.Index(won, true)
		if winner < 0 || slices.Contains(won[winner+1:], true) {
			t.Fatalf("who won: %v", won)
		}
		wantObject(t, s, name, bytes.Repeat([]byte{byte(winner)}, 10_000))
	}
}

func commitRace(t *testing.T, s objects.Store) {
	var g sync.WaitGroup
	for i := range 12 {
		g.Go(func() {
			w, err := s.Create(t.Context(), "x")
			if err != nil {
				t.Error(err)
				return
			}
			defer w.Abort()
			for range 10 {
				if _, err := w.Write(bytes.Repeat([]byte{byte(i)}, 10_000)); err != nil {
					t.Error(err)
				}
			}
			if err := w.Commit(); err != nil {
				t.Error(err)
			}
		})
	}
	g.Wait()
	got, err := s.Get(t.Context(), "x")
	if err != nil {
		t.Fatal(err)
	}
	if want := bytes.Repeat(got[:1], 100_000); !bytes.Equal(got, want) {
		t.Errorf("%d bytes of more than one writer", len(got))
	}
	wantNames(t, s, "", "x")
}

// deleteRace has writers come to a folder while the last object in it goes.
func deleteRace(t *testing.T, s objects.Store) {
	var g sync.WaitGroup
	for i := range 6 {
		g.Go(func() {
			name := fmt.Sprintf("a/b/c/%d", i)
			for range 30 {
				if err := s.PutNew(t.Context(), name, []byte("x")); err != nil {
					t.Error(err)
				}
				if err := s.Delete(t.Context(), name); err != nil {
					t.Error(err)
				}
			}
		})
	}
	g.Wait()
	wantNames(t, s, "")
}

// listRace: what is there all the time is always listed, in order, and nothing half-written is.
func listRace(t *testing.T, s objects.Store) {
	for i := range 10 {
		put(t, s, fmt.Sprintf("stay/%d", i), []byte("stay"))
	}
	var g sync.WaitGroup
	done := make(chan struct{})
	g.Go(func() {
		defer close(done)
		for i := range 60 {
			h := fnv.New32()
			fmt.Fprint(h, i)
			name := fmt.Sprintf("stay/%d-%d", i%10, h.Sum32())
			put(t, s, name, make([]byte, 5000))
			if err := s.Delete(t.Context(), name); err != nil {
				t.Error(err)
			}
		}
	})
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
		}
		stay, last := 0, ""
		for info, err := range s.List(t.Context(), "stay/") {
			if err != nil {
				t.Fatal(err)
			}
			if info.Name <= last {
				t.Errorf("%q after %q", info.Name, last)
			}
			last = info.Name
			switch {
			case len(info.Name) == len("stay/0"):
				stay++
			case info.Size != 5000:
				t.Errorf("%q is listed with %d bytes", info.Name, info.Size)
			}
		}
		if stay != 10 {
			t.Errorf("listed %d of 10 that were there all the time", stay)
		}
	}
	g.Wait()
}
