package memory

import (
	"context"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"iter"
	"slices"
	"strconv"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// Config is what a job says of a memory side: nothing.
type Config struct{}

// Type returns the adapter type under which jobs may name this system.
func (s *System) Type(name string) *adapter.Type {
	return &adapter.Type{
		Name: name, Title: "records in memory, for tests", Icon: "memory", Target: true, Pages: true,
		Config: func() any { return &Config{} },
		New:    func(context.Context, adapter.Setup) (adapter.Source, error) { return s.Open(), nil },
	}
}

// Open returns an adapter on the system with the abilities that its options name.
func (s *System) Open() adapter.Source {
	a := &side{System: s}
	p := adapter.Parts{Source: a, Rest: a}
	if s.opts.Batch > 0 {
		p.Batcher = batcher{a}
	} else {
		p.Writer = writer{a}
	}
	if s.opts.Cursor {
		p.Resumer = a
	}
	if s.opts.Find {
		p.Finder = finder{a}
	}
	if s.opts.Staged {
		p.Committer = a
	}
	return adapter.Compose(p)
}

// Link implements adapter.Linker.
func (a *side) Link(m *adapter.Model, key record.Key, local record.Fields) string {
	id := local.Get("id")
	switch {
	case a.opts.Pages == "":
		return ""
	case key == "":
		return a.opts.Pages + "/" + m.Name
	case len(id) == 0:
		return ""
	}
	return a.opts.Pages + "/" + m.Name + "/" + id.String()
}

// side is one adapter on the system.
type side struct {
	*System
	at []byte // cursor of the running load
}

func (a *side) fault(c Call) error {
	if !c.After {
		a.mu.Lock()
		a.calls[c.Op]++
		a.mu.Unlock()
	}
	if a.opts.Fault == nil {
		return nil
	}
	return a.opts.Fault(c)
}

// Load implements adapter.Source.
func (a *side) Load(ctx context.Context, req adapter.Request) iter.Seq2[*record.Record, error] {
	return func(yield func(*record.Record, error) bool) {
		rows := a.order(req)
		done := 0
		if len(req.Cursor) > 0 {
			n, err := strconv.Atoi(string(req.Cursor))
			if err != nil || n > len(rows) {
				yield(nil, fault.Errorf(fault.Invalid, "cursor %q: not one of this system", req.Cursor))
				return
			}
			done = n
		}
		a.at = strconv.AppendInt(nil, int64(done), 10)
		for i, r := range rows[done:] {
			if err := ctx.Err(); err != nil {
				yield(nil, err)
				return
			}
			if err := a.fault(Call{Op: "load", Model: r.Model, Row: r}); err != nil {
				yield(nil, err)
				return
			}
			a.at = strconv.AppendInt(nil, int64(done+i+1), 10)
			if !yield(a.record(req, r)) {
				return
			}
		}
	}
}

// Cursor implements adapter.Resumer.
func (a *side) Cursor() []byte { return slices.Clone(a.at) }

func (a *side) record(req adapter.Request, r *Row) (*record.Record, error) {
	if r.Bad != "" {
		return nil, &record.BadError{Model: r.Model, IDs: ids(req, r), Where: fmt.Sprintf("row %d", r.ID), Reason: r.Bad}
	}
	rec := &record.Record{Model: r.Model, Fields: slices.Clone(r.Fields), Flags: r.Flags, Place: "row", Pos: r.ID}
	if a.opts.Locals {
		rec.Local = record.Fields{{Name: "id", Value: record.MustOf(r.ID)}}
	}
	return rec, nil
}

// ids returns what can be read of a bad row's identifiers: all or none.
func ids(req adapter.Request, r *Row) record.Fields {
	var out record.Fields
	for _, m := range req.Models {
		if m.Name != r.Model {
			continue
		}
		for _, i := range m.Identifiers {
			v := theirs(m, r.Fields, i.Name, false)
			if v.IsNull() {
				return nil
			}
			out = append(out, record.Field{Name: i.Name, Value: v})
		}
	}
	return out
}

func (a *side) order(req adapter.Request) []*Row {
	a.mu.Lock()
	defer a.mu.Unlock()
	rows := slices.DeleteFunc(sorted(a.lasting()), func(r *Row) bool {
		return !slices.ContainsFunc(req.Models, func(m *adapter.Model) bool { return m.Name == r.Model })
	})
	if a.opts.Shuffle {
		slices.SortFunc(rows, func(x, y *Row) int { return int(mix(x.ID)) - int(mix(y.ID)) })
	}
	return rows
}

// mix scatters ids, always in the same way.
func mix(id int64) uint32 {
	h := fnv.New32a()
	_, _ = h.Write(binary.LittleEndian.AppendUint64(nil, uint64(id)))
	return h.Sum32()
}

// Version implements adapter.Versioner.
func (a *side) Version(context.Context) (string, error) {
	if !a.opts.Versions {
		return "", nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return strconv.FormatInt(a.version, 10), nil
}

// Count implements adapter.Counter.
func (a *side) Count(_ context.Context, req adapter.Request) int64 { return int64(len(a.order(req))) }

// Ping implements adapter.Pinger.
func (a *side) Ping(_ context.Context, models []*adapter.Model) ([]string, error) {
	if err := a.fault(Call{Op: "ping"}); err != nil {
		return nil, err
	}
	var lines []string
	for _, m := range models {
		n := len(a.order(adapter.Request{Models: []*adapter.Model{m}}))
		lines = append(lines, fmt.Sprintf("%s: %d records", m.Name, n))
	}
	return lines, nil
}

// Describe implements adapter.Describer.
func (a *side) Describe() []adapter.Item {
	return []adapter.Item{{Name: "system", Value: "memory"}}
}

// LockName implements adapter.Locker.
func (a *side) LockName() string { return fmt.Sprintf("memory:%p", a.System) }

type finder struct{ *side }

// Find implements adapter.Finder.
func (f finder) Find(_ context.Context, m *adapter.Model, keys []record.Key) iter.Seq2[*record.Record, error] {
	return func(yield func(*record.Record, error) bool) {
		if err := f.fault(Call{Op: "find", Model: m.Name}); err != nil {
			yield(nil, err)
			return
		}
		for _, k := range keys {
			f.mu.Lock()
			r := f.find(k)
			f.mu.Unlock()
			if r != nil && !yield(f.record(adapter.Request{}, r)) {
				return
			}
		}
	}
}
