package step

import (
	"context"
	"errors"
	"net/url"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/plan"
	"github.com/plumbline-sync/plumbline/shared/record"
	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/snapshot"
)

// Page is where a person finds a record in one of the systems.
type Page struct {
	Side string `json:"side"` // "source" or "target"
	URL  string `json:"url"`  // of http or https, without a user
}

// Pager gives the addresses of records' pages in both systems. The zero value knows none. It is for one goroutine.
type Pager struct {
	source, target *side
	closed         error
	records        *snapshot.Reader // of the source, for what its system calls them by
	cursor         *snapshot.Cursor
}

// Pages opens both sides of a run's job to ask them for pages of records. A side that cannot be opened just now, which Closed then tells, or whose adapter knows no pages, has none; the latter is not opened at all. Close frees it.
func (e *Env) Pages(ctx context.Context, j *job.Job, r *run.Run) *Pager {
	p := &Pager{}
	for _, s := range []*job.Side{j.Source, j.Target} {
		if t := e.Registry.Get(s.Adapter); t == nil || !t.Pages {
			continue
		}
		o, err := e.open(ctx, j, s, nil)
		if err != nil {
			p.closed = errors.Join(p.closed, err)
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

// Closed returns why sides that have pages could not be opened; nil where all were.
func (p *Pager) Closed() error { return p.closed }

// Any reports whether a side knows pages.
func (p *Pager) Any() bool { return p.source != nil || p.target != nil }

// Of returns the pages of a change's record in both systems, where it is: what was created is in the target once that went well, what was deleted is not any more.
// status is how the change ended, "" where it was not tried; local are the local values that its result brought, if any.
func (p *Pager) Of(ctx context.Context, c *plan.Change, status adapter.Status, local record.Fields) (all []Page) {
	went := status == adapter.Done || status == adapter.Adopted || status == adapter.Warned
	if !went || local == nil {
		local = c.Local
	}
	if c.Op != plan.Delete {
		if at := SafeURL(p.Source(ctx, c.Key)); at != "" {
			all = append(all, Page{"source", at})
		}
	}
	if c.Op != plan.Create && c.Op != plan.Delete || (c.Op == plan.Create) == went {
		if at := SafeURL(p.Target(c.Key, local)); at != "" {
			all = append(all, Page{"target", at})
		}
	}
	return all
}

// SafeURL returns the address, without a user, where it is one of the web, else "".
func SafeURL(at string) string {
	u, err := url.Parse(at)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return ""
	}
	u.User = nil
	return u.String()
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
