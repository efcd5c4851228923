package step

import (
	"context"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/record"
	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/snapshot"
)

// Pager gives the addresses of records' pages in both systems. It is for one goroutine.
type Pager struct {
	source, target *side
	records        *snapshot.Reader // of the source, for what its system calls them by
	cursor         *snapshot.Cursor
}

// Pages opens both sides of a run's job to ask them for pages of records. A side that cannot be opened just now, or whose adapter knows no pages, has none; the latter is not opened at all. Close frees it.
func (e *Env) Pages(ctx context.Context, j *job.Job, r *run.Run) *Pager {
	p := &Pager{}
	for _, s := range []*job.Side{j.Source, j.Target} {
		if t := e.Registry.Get(s.Adapter); t == nil || !t.Pages {
			continue
		}
		o, err := e.open(ctx, j, s, nil)
		if err != nil {
			continue
		}
		if s == j.Target {
			p.target = o
			continue
		}
		p.source = o
		if p.records, err = e.openSnapshot(ctx, r, SnapshotSource); err == nil {
			p.cursor = p.records.Cursor()
		}
	}
	return p
}

// Source returns the address of the record's page in the source; "" where it is not known.
func (p *Pager) Source(ctx context.Context, key record.Key) string {
	if p.source == nil {
		return ""
	}
	var local record.Fields
	if p.cursor != nil {
		if line, ok, err := p.cursor.Find(ctx, key); err == nil && ok {
			local = line.Local()
		}
	}
	return p.source.page(key, local)
}

// HasTarget reports whether the target's adapter knows pages.
func (p *Pager) HasTarget() bool { return p.target != nil }

// Target returns the address of the record's page in the target, which calls it by its local values; "" where it is not known.
func (p *Pager) Target(key record.Key, local record.Fields) string {
	if p.target == nil {
		return ""
	}
	return p.target.page(key, local)
}

// Close frees both sides.
func (p *Pager) Close() {
	for _, s := range []*side{p.source, p.target} {
		if s != nil {
			s.close()
		}
	}
	if p.records != nil {
		_ = p.records.Close() // it was only read
	}
}

func (s *side) page(key record.Key, local record.Fields) string {
	l, ok := s.adapter.(adapter.Linker)
	if !ok {
		return ""
	}
	for _, m := range s.models {
		if m.Name == key.Kind() {
			return l.Link(m, key, local)
		}
	}
	return ""
}
