package snapshot

import (
	"bytes"
	"context"
	"math/rand/v2"
	"testing"

	"github.com/plumbline-sync/plumbline/shared/objects"
)

// garbling is a store of which one read in so many gives back bytes that are not those that are kept.
type garbling struct {
	*memory
	every, reads int
}

// Open implements objects.Store.
func (g *garbling) Open(ctx context.Context, name string) (objects.Reader, error) {
	r, err := g.memory.Open(ctx, name)
	if err != nil {
		return nil, err
	}
	return garbledReader{r, g}, nil
}

type garbledReader struct {
	objects.Reader
	store *garbling
}

// ReadAt implements io.ReaderAt.
func (r garbledReader) ReadAt(b []byte, off int64) (int, error) {
	n, err := r.Reader.ReadAt(b, off)
	if r.store.reads++; n > 0 && r.store.reads%r.store.every == 0 {
		b[n/2] ^= 0x40
	}
	return n, err
}

// TestGarbledOnItsWay: what is whole in the store is read, whatever single answer was garbled.
func TestGarbledOnItsWay(t *testing.T) {
	s, _, _ := damageStore(t)
	want := readBytes(t, s)
	for every := 2; every < 12; every++ {
		if got := readBytes(t, &garbling{memory: s, every: every, reads: rand.N(every)}); !bytes.Equal(got, want) {
			t.Errorf("of every %d reads one was garbled: %d bytes, want %d", every, len(got), len(want))
		}
	}
}

// readBytes opens the snapshot and returns all its lines.
func readBytes(t *testing.T, s objects.Store) []byte {
	t.Helper()
	r, err := Open(context.Background(), s, "x")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var all []byte
	for line, err := range r.Scan(context.Background(), "") {
		if err != nil {
			t.Fatal(err)
		}
		all = append(append(all, line...), '\n')
	}
	return all
}
