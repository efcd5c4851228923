package step

import (
	"context"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// Pager gives the addresses of records' pages in both systems.
type Pager struct {
	source, target *side
}

// Pages opens both sides of a job to ask them for pages of records. A side that cannot be opened just now, or whose adapter knows no pages, has none. Close frees it.
func (e *Env) Pages(ctx context.Context, j *job.Job) *Pager {
	p := &Pager{}
	for _, s := range []*job.Side{j.Source, j.Target} {
		o, err := e.open(ctx, j, s, nil)
		if err != nil {
			continue
		}
		if _, ok := o.adapter.(adapter.Linker); !ok {
			o.close()
			continue
		}
		if s == j.Source {
			p.source = o
		} else {
			p.target = o
		}
	}
	return p
}

// Source returns the address of the record's page in the source; "" where it is not known.
func (p *Pager) Source(key record.Key) string { return p.source.page(key, nil) }

// Target returns the address of the record's page in the target; "" where it is not known.
func (p *Pager) Target(key record.Key, local record.Fields) string { return p.target.page(key, local) }

// Close frees both sides.
func (p *Pager) Close() {
	for _, s := range []*side{p.source, p.target} {
		if s != nil {
			s.close()
		}
	}
}

func (s *side) page(key record.Key, local record.Fields) string {
	if s == nil {
		return ""
	}
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
