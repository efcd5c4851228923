package objects

import (
	"context"
	"iter"
	"strings"
)

// Prefix returns the part of s below prefix as a store of its own: its object "plan" is the object prefix + "/plan" of s.
// An empty prefix gives s itself.
func Prefix(s Store, prefix string) Store {
	if prefix = strings.TrimSuffix(prefix, "/"); prefix == "" {
		return s
	}
	return &prefixed{s, prefix + "/"}
}

var _ Store = (*prefixed)(nil)

type prefixed struct {
	store  Store
	prefix string // ends with a slash
}

func (p *prefixed) Create(ctx context.Context, name string) (Writer, error) {
	return p.store.Create(ctx, p.prefix+name)
}

func (p *prefixed) PutNew(ctx context.Context, name string, data []byte) error {
	return p.store.PutNew(ctx, p.prefix+name, data)
}

func (p *prefixed) Get(ctx context.Context, name string) ([]byte, error) {
	return p.store.Get(ctx, p.prefix+name)
}

func (p *prefixed) Open(ctx context.Context, name string) (Reader, error) {
	return p.store.Open(ctx, p.prefix+name)
}

func (p *prefixed) List(ctx context.Context, prefix string) iter.Seq2[Info, error] {
	return func(yield func(Info, error) bool) {
		for info, err := range p.store.List(ctx, p.prefix+prefix) {
			info.Name = strings.TrimPrefix(info.Name, p.prefix)
			if !yield(info, err) {
				return
			}
		}
	}
}

func (p *prefixed) Delete(ctx context.Context, names ...string) error {
	full := make([]string, len(names))
	for i, n := range names {
		full[i] = p.prefix + n
	}
	return p.store.Delete(ctx, full...)
}
