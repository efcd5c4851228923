package file

import (
	"context"
	"encoding/json"
	"io"
	"iter"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/record"
)

var (
	_ adapter.Source    = (*files)(nil)
	_ adapter.Resumer   = (*files)(nil)
	_ adapter.Versioner = (*files)(nil)
	_ adapter.Counter   = (*files)(nil)
	_ adapter.Pinger    = (*files)(nil)
	_ adapter.Describer = (*files)(nil)
	_ adapter.Locker    = (*files)(nil)
)

// reader yields the records of one file.
type reader interface {
	// read returns the next record, valid until the next call; io.EOF after the last. A *record.BadError is about one record: reading may go on.
	read() (*record.Record, error)
	// place returns from where a reader opened later yields exactly the records that follow the last one.
	place() place
	close() error
}

// group is one file with the models that stand in it.
type group struct {
	path, show, format string
	tables             []*table
}

// on returns where the file stands.
func (g *group) on() disk { return g.tables[0].on() }

// groups puts the tables of one file together, in the order of their first.
func groups(ts []*table) []*group {
	var gs []*group
	at := map[string]*group{}
	for _, t := range ts {
		g := at[t.path]
		if g == nil || t.format == "csv" || t.format == "ndjson" {
			g = &group{path: t.path, show: t.show, format: t.format}
			gs = append(gs, g)
			at[t.path] = g
		}
		g.tables = append(g.tables, t)
	}
	return gs
}

// open opens the group's file at a place.
func (f *files) open(g *group, from place) (reader, error) {
	switch g.format {
	case "csv":
		return openCSV(g.tables[0], from, f.target)
	case "ndjson":
		return openNDJSON(g.tables[0], from)
	case "json":
		return openJSON(g, from)
	case "yaml":
		return openYAML(g, from)
	}
	return openDiffSync(f.cfg, g, from, f.target)
}

// cursor is where a load stands: in which file, and where in it.
type cursor struct {
	File int `json:"f"`
	place
	reader reader
}

// Load implements adapter.Source.
func (f *files) Load(ctx context.Context, req adapter.Request) iter.Seq2[*record.Record, error] {
	return func(yield func(*record.Record, error) bool) {
		f.cur = &cursor{}
		if len(req.Cursor) > 0 {
			if err := json.Unmarshal(req.Cursor, f.cur); err != nil {
				yield(nil, fault.Errorf(fault.Invalid, "cursor %q: %w", req.Cursor, err))
				return
			}
		}
		ts, err := f.resolve(req.Models)
		if err != nil {
			yield(nil, err)
			return
		}
		gs := groups(ts)
		for f.cur.File < len(gs) {
			if !f.loadOne(ctx, gs[f.cur.File], yield) {
				return
			}
			f.cur = &cursor{File: f.cur.File + 1}
		}
	}
}

// loadOne yields the records of one file; false: stop.
func (f *files) loadOne(ctx context.Context, g *group, yield func(*record.Record, error) bool) bool {
	if g.tables[0].absent {
		return true
	}
	r, err := f.open(g, f.cur.place)
	if err != nil {
		yield(nil, err)
		return false
	}
	defer func() {
		f.cur.place, f.cur.reader = r.place(), nil
		_ = r.close() // it was only read
	}()
	f.cur.reader = r
	for n := 0; ; n++ {
		if n%256 == 0 && ctx.Err() != nil {
			yield(nil, ctx.Err())
			return false
		}
		rec, err := r.read()
		if err == io.EOF {
			return true
		}
		if err != nil && !isBad(err) {
			yield(nil, err)
			return false
		}
		if !yield(rec, err) {
			return false
		}
	}
}

// Cursor implements adapter.Resumer.
func (f *files) Cursor() []byte {
	if f.cur == nil {
		return nil
	}
	c := *f.cur
	if c.reader != nil {
		c.place = c.reader.place()
	}
	text, err := json.Marshal(&c)
	if err != nil {
		return nil
	}
	return text
}
