package plan

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

// memory is an object store without a disk, so that thousands of small plans are quick.
type memory struct {
	mu   sync.Mutex
	data map[string][]byte
}

func (s *memory) get(name string) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, ok := s.data[name]
	if !ok {
		return nil, fault.Errorf(fault.NotFound, "open object %q: there is none", name)
	}
	return b, nil
}

func (s *memory) put(name string, b []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.data[name] = b
}

func (s *memory) Create(_ context.Context, name string) (objects.Writer, error) {
	return &memoryWriter{s: s, name: name}, nil
}

func (s *memory) PutNew(_ context.Context, name string, data []byte) error {
	s.put(name, bytes.Clone(data))
	return nil
}

func (s *memory) Get(_ context.Context, name string) ([]byte, error) { return s.get(name) }

func (s *memory) Open(_ context.Context, name string) (objects.Reader, error) {
	b, err := s.get(name)
	if err != nil {
		return nil, err
	}
	return memoryReader{bytes.NewReader(b)}, nil
}

func (s *memory) List(_ context.Context, prefix string) iter.Seq2[objects.Info, error] {
	return func(yield func(objects.Info, error) bool) {
		for _, n := range slices.Sorted(maps.Keys(s.data)) {
			if strings.HasPrefix(n, prefix) && !yield(objects.Info{Name: n, Size: int64(len(s.data[n]))}, nil) {
				return
			}
		}
	}
}

func (s *memory) Delete(_ context.Context, names ...string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, n := range names {
		delete(s.data, n)
	}
	return nil
}

type memoryWriter struct {
	bytes.Buffer
	s    *memory
	name string
}

func (w *memoryWriter) Commit() error { w.s.put(w.name, w.Bytes()); return nil }
func (w *memoryWriter) Abort()        {}

type memoryReader struct{ *bytes.Reader }

func (memoryReader) Close() error { return nil }

var _ io.ReaderAt = memoryReader{}
