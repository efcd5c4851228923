package apply

import (
	"bytes"
	"context"
	"io"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/objects"
)

// memStore keeps objects in memory; life decides when it dies with the process.
type memStore struct {
	mu   sync.Mutex
	data map[string][]byte
	life *life
}

func newMemStore() *memStore { return &memStore{data: map[string][]byte{}, life: &life{}} }

type memWriter struct {
	bytes.Buffer
	s    *memStore
	name string
}

func (w *memWriter) Commit() error {
	w.s.mu.Lock()
	defer w.s.mu.Unlock()
	w.s.data[w.name] = bytes.Clone(w.Bytes())
	return nil
}

func (w *memWriter) Abort() {}

func (s *memStore) Create(_ context.Context, name string) (objects.Writer, error) {
	return &memWriter{s: s, name: name}, nil
}

func (s *memStore) PutNew(_ context.Context, name string, data []byte) error {
	if err := s.life.event("put"); err != nil {
		return err
	}
	s.mu.Lock()
	_, there := s.data[name]
	if !there {
		s.data[name] = bytes.Clone(data)
	}
	s.mu.Unlock()
	if there {
		return fault.Errorf(fault.Conflict, "put %q: it is there already", name)
	}
	return s.life.event("put done")
}

func (s *memStore) Get(_ context.Context, name string) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, ok := s.data[name]
	if !ok {
		return nil, fault.Errorf(fault.NotFound, "get %q: there is none", name)
	}
	return bytes.Clone(b), nil
}

type memReader struct{ *bytes.Reader }

func (r memReader) Size() int64  { return r.Reader.Size() }
func (r memReader) Close() error { return nil }

func (s *memStore) Open(ctx context.Context, name string) (objects.Reader, error) {
	b, err := s.Get(ctx, name)
	return memReader{bytes.NewReader(b)}, err
}

func (s *memStore) List(_ context.Context, prefix string) iter.Seq2[objects.Info, error] {
	s.mu.Lock()
	names := slices.Sorted(maps.Keys(s.data))
	s.mu.Unlock()
	return func(yield func(objects.Info, error) bool) {
		for _, n := range names {
			if strings.HasPrefix(n, prefix) && !yield(objects.Info{Name: n}, nil) {
				return
			}
		}
	}
}

func (s *memStore) Delete(_ context.Context, names ...string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, n := range names {
		delete(s.data, n)
	}
	return nil
}

var _ io.ReaderAt = memReader{}

// life is a process's: it dies at an event, and after that nothing has an effect any more.
type life struct {
	mu     sync.Mutex
	at     int // the event at which it dies; 0: never
	events int
	dead   bool
	trace  []string
}

// kill ends the process now.
func (l *life) kill() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.dead = true
}

// event counts one thing that happens; an error means that the process is dead.
func (l *life) event(what string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.dead {
		l.events++
		l.trace = append(l.trace, what)
		l.dead = l.at > 0 && l.events >= l.at
	}
	if l.dead {
		return fault.Errorf(fault.Denied, "the process is dead")
	}
	return nil
}
