package load_test

import (
	"bytes"
	"cmp"
	"context"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/objects"
	"github.com/plumbline-sync/plumbline/shared/objects/objectstest"
)

// memory is a store for tests that stop and go on many times: a folder flushes each object to the disk.
type memory struct {
	mu  sync.Mutex
	all map[string][]byte
}

func newMemory() *memory { return &memory{all: map[string][]byte{}} }

func TestMemory(t *testing.T) {
	objectstest.Run(t, func(*testing.T) objects.Store { return newMemory() })
}

func (m *memory) get(ctx context.Context, name string) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := objects.CheckName(name); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	b, ok := m.all[name]
	if !ok {
		return nil, fault.Errorf(fault.NotFound, "object %q: there is none", name)
	}
	return b, nil
}

func (m *memory) Get(ctx context.Context, name string) ([]byte, error) {
	b, err := m.get(ctx, name)
	return bytes.Clone(b), err
}

type memoryReader struct{ *bytes.Reader }

func (memoryReader) Close() error { return nil }

func (m *memory) Open(ctx context.Context, name string) (objects.Reader, error) {
	b, err := m.get(ctx, name)
	if err != nil {
		return nil, err
	}
	return memoryReader{bytes.NewReader(b)}, nil
}

type memoryWriter struct {
	bytes.Buffer
	m    *memory
	ctx  context.Context
	name string
	done bool
}

func (m *memory) Create(ctx context.Context, name string) (objects.Writer, error) {
	if err := objects.CheckName(name); err != nil {
		return nil, err
	}
	return &memoryWriter{m: m, ctx: ctx, name: name}, ctx.Err()
}

func (w *memoryWriter) Commit() error {
	w.m.mu.Lock()
	defer w.m.mu.Unlock()
	if err := w.ctx.Err(); err != nil || w.done {
		return fault.Errorf(fault.Of(cmp.Or(err, context.Canceled)), "commit %q: no call may follow", w.name)
	}
	w.m.all[w.name], w.done = w.Bytes(), true
	return nil
}

func (w *memoryWriter) Abort() { w.done = true }

func (m *memory) PutNew(ctx context.Context, name string, data []byte) error {
	if err := objects.CheckName(name); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.all[name]; ok {
		return fault.Errorf(fault.Conflict, "object %q: it exists", name)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	m.all[name] = bytes.Clone(data)
	return nil
}

func (m *memory) List(ctx context.Context, prefix string) iter.Seq2[objects.Info, error] {
	m.mu.Lock()
	names := slices.Sorted(maps.Keys(m.all))
	m.mu.Unlock()
	return func(yield func(objects.Info, error) bool) {
		if err := ctx.Err(); err != nil {
			yield(objects.Info{}, err)
			return
		}
		for _, n := range names {
			if !strings.HasPrefix(n, prefix) {
				continue
			}
			b, err := m.get(ctx, n)
			if fault.Is(err, fault.NotFound) {
				continue
			}
			if !yield(objects.Info{Name: n, Size: int64(len(b))}, err) || err != nil {
				return
			}
		}
	}
}

func (m *memory) Delete(ctx context.Context, names ...string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	for _, n := range names {
		if err := objects.CheckName(n); err != nil {
			return err
		}
	}
	for _, n := range names {
		delete(m.all, n)
	}
	return nil
}
