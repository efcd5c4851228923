package nautobot

import (
	"context"
	"errors"
	"slices"

	"github.com/plumbline-sync/plumbline/shared/adapter"
)

// bulkSize is how many records a bulk request has at most: with more it is no cheaper for each, and the bad one among them costs more.
const bulkSize = 100

// BatchSize implements adapter.Batcher: bulkSize, or what the server was found to bear.
func (a *system) BatchSize(m *adapter.Model) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	if n := a.sizes[m.Name]; n > 0 {
		return n
	}
	return bulkSize
}

// bears notes that the server did not bear a request of so many records: those that follow have half of them.
func (a *system) bears(m *adapter.Model, fewerThan int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if n := max(1, fewerThan/2); a.sizes[m.Name] == 0 || n < a.sizes[m.Name] {
		a.sizes[m.Name] = n
	}
}

// Apply implements adapter.Batcher. A batch that is made before the server was found to bear fewer records goes out in parts.
func (a *system) Apply(ctx context.Context, m *adapter.Model, action adapter.Action, cs []*adapter.Change) ([]adapter.Result, error) {
	if len(cs) <= a.BatchSize(m) {
		return a.tried(ctx, m, action, cs)
	}
	var results []adapter.Result
	for part := range slices.Chunk(cs, a.BatchSize(m)) {
		results = append(results, a.part(ctx, m, action, part)...)
	}
	return results, nil
}

// tried sends one request, and learns from it what the server bears.
func (a *system) tried(ctx context.Context, m *adapter.Model, action adapter.Action, cs []*adapter.Change) ([]adapter.Result, error) {
	rs, err := a.bulk(ctx, m, action, cs)
	if len(cs) > 1 && (errors.Is(err, errTooBig) || errors.Is(err, errTooSlow)) {
		a.bears(m, len(cs))
	}
	return rs, err
}

// part is Apply for a part of a batch, of which others may be done: what is wrong is the result of its changes. It halves what is refused as a whole.
func (a *system) part(ctx context.Context, m *adapter.Model, action adapter.Action, cs []*adapter.Change) []adapter.Result {
	rs, err := a.tried(ctx, m, action, cs)
	switch {
	case err == nil:
		return rs
	case len(cs) > 1 && !elsewhere(err):
		half := len(cs) / 2
		return append(a.part(ctx, m, action, cs[:half]), a.part(ctx, m, action, cs[half:])...)
	}
	rs = make([]adapter.Result, len(cs))
	for i := range rs {
		rs[i].Err = err
	}
	return rs
}
