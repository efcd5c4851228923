package snapshot

import (
	"bytes"
	"context"
	"iter"
	"slices"
	"strings"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/objects"
)

var _ objects.Store = (*memory)(nil)

// memory is a store for tests that make many small objects.
type memory struct{ all map[string][]byte }

func newMemory() *memory { return &memory{map[string][]byte{}} }

type memoryObject struct {
	bytes.Buffer
	store *memory
	name  string
}

func (o *memoryObject) Commit() error { o.store.all[o.name] = o.Bytes(); return nil }
func (o *memoryObject) Abort()        {}

type memoryReader struct{ *bytes.Reader }

func (memoryReader) Close() error { return nil }

func (m *memory) Create(_ context.Context, name string) (objects.Writer, error) {
	return &memoryObject{store: m, name: name}, nil
}

func (m *memory) PutNew(_ context.Context, name string, data []byte) error {
	if _, ok := m.all[name]; ok {
		return fault.Errorf(fault.Conflict, "store %q: it exists", name)
	}
	m.all[name] = data
	return nil
}

func (m *memory) Get(_ context.Context, name string) ([]byte, error) {
	if data, ok := m.all[name]; ok {
		return data, nil
	}
	return nil, fault.Errorf(fault.NotFound, "read %q: there is none", name)
}

func (m *memory) Open(ctx context.Context, name string) (objects.Reader, error) {
	data, err := m.Get(ctx, name)
	return memoryReader{bytes.NewReader(data)}, err
}

func (m *memory) List(_ context.Context, prefix string) iter.Seq2[objects.Info, error] {
	return func(yield func(objects.Info, error) bool) {
		var names []string
		for name := range m.all {
			if strings.HasPrefix(name, prefix) {
				names = append(names, name)
			}
		}
		slices.Sort(names)
		for _, name := range names {
			if !yield(objects.Info{Name: name, Size: int64(len(m.all[name]))}, nil) {
				return
			}
		}
	}
}

func (m *memory) Delete(_ context.Context, names ...string) error {
	for _, name := range names {
		delete(m.all, name)
	}
	return nil
}
