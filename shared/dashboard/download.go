package dashboard

import (
	"bufio"
	"context"
	"encoding/csv"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/plan"
	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/snapshot"
	"github.com/plumbline-sync/plumbline/shared/step"
)

// download streams the changes that the address asks for, as they are in the plan; DiffSync's dictionary is of the whole plan.
func (d *Dashboard) download(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	one, p, err := d.planOf(ctx, r.PathValue("run"))
	if err != nil {
		d.refuse(w, r, err)
		return
	}
	defer p.Close()
	f, err := parseChanges(one.ID, r.URL.Query(), p.Index())
	if err != nil {
		d.refuse(w, r, err)
		return
	}
	results, err := d.ended(ctx, one, p, f)
	if err != nil {
		d.refuse(w, r, err)
		return
	}
	var kind, name string
	var write func(io.Writer) error
	switch r.PathValue("form") {
	case "ndjson":
		kind, name = "application/x-ndjson", "changes.ndjson"
		write = func(w io.Writer) error { return eachChange(ctx, p, f, results, ndjson(w)) }
	case "csv":
		kind, name = "text/csv; charset=utf-8", "changes.csv"
		write = func(w io.Writer) error { return asCSV(ctx, p, f, results, w) }
	case "diffsync":
		forms, done, err := d.forms(ctx, one)
		if err != nil {
			d.refuse(w, r, err)
			return
		}
		defer done()
		kind, name = "application/json", "diffsync.json"
		write = func(w io.Writer) error { return forms.Dict(ctx, w) }
	default:
		d.refuse(w, r, fault.Errorf(fault.NotFound, "there is no download %q; there are ndjson, csv and diffsync", r.PathValue("form")))
		return
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", `attachment; filename="`+one.ID+"-"+name+`"`)
	out := bufio.NewWriterSize(w, 64<<10)
	if err := write(out); err != nil {
		panic(http.ErrAbortHandler) // half a file must not look like a whole one
	}
	_ = out.Flush() // who left does not read it
}

// ended returns how the changes ended, where the address asks for those that ended in one way. It waits until the journal is read.
func (d *Dashboard) ended(ctx context.Context, one *run.Run, p *plan.Reader, f changeFilter) (*outcomeSet, error) {
	if f.Result == "" {
		return nil, nil
	}
	for {
		var page changesPage
		results, err := d.outcomes(ctx, one, p, &page)
		switch {
		case err != nil:
			return nil, err
		case page.Waiting && ctx.Err() == nil:
			continue // each look takes a while
		case page.Remark != "":
			return nil, fault.Errorf(fault.Refused, "download what is %s: %s", f.Result, page.Remark)
		}
		return results, nil
	}
}

// eachChange calls fn for every change of the list that the filter keeps, and that ended as it says.
func eachChange(ctx context.Context, p *plan.Reader, f changeFilter, results *outcomeSet, fn func(*plan.Change) error) error {
	q := f.query()
	for q.Limit = 500; ; {
		found, err := p.Find(ctx, q)
		if err != nil {
			return err
		}
		for i, c := range found.Changes {
			if f.Result != "" && (results == nil || string(results.Status(found.Places[i])) != f.Result) {
				continue
			}
			if err := fn(c); err != nil {
				return err
			}
		}
		if q.From = found.Next; found.Next == 0 {
			return nil
		}
	}
}

func ndjson(w io.Writer) func(*plan.Change) error {
	var buf []byte
	return func(c *plan.Change) error {
		buf = append(c.AppendJSON(buf[:0]), '\n')
		_, err := w.Write(buf)
		return err
	}
}

// asCSV writes a line for each attribute that a change writes; a change without any has one line.
func asCSV(ctx context.Context, p *plan.Reader, f changeFilter, results *outcomeSet, w io.Writer) error {
	c := csv.NewWriter(w)
	if err := c.Write([]string{"number", "action", "model", "name", "attribute", "before", "after", "held", "reason"}); err != nil {
		return err
	}
	err := eachChange(ctx, p, f, results, func(ch *plan.Change) error {
		row := []string{strconv.FormatInt(ch.N, 10), string(ch.Op), ch.Model(), harmless(nameOf(ch.IDs)), "", "", "", "", ""}
		if ch.Held != nil {
			row[7], row[8] = string(ch.Held.Code), harmless(ch.Held.Detail)
		}
		if len(ch.Set) == 0 {
			return c.Write(row)
		}
		for _, s := range ch.Set {
			row[4], row[5], row[6] = harmless(s.Name), harmless(ch.Before.Get(s.Name).String()), harmless(s.Value.String())
			if err := c.Write(row); err != nil {
				return err
			}
		}
		return nil
	})
	c.Flush()
	if err == nil {
		err = c.Error()
	}
	return err
}

// harmless keeps a spreadsheet from taking a value for a formula.
func harmless(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		if _, err := strconv.ParseFloat(s, 64); err != nil {
			return "'" + s
		}
	}
	return s
}

// forms opens what DiffSync's forms are made from.
func (d *Dashboard) forms(ctx context.Context, one *run.Run) (*plan.Forms, func(), error) {
	j, err := d.Env.JobOf(ctx, one)
	if err != nil {
		return nil, nil, err
	}
	source, err := snapshot.Open(ctx, d.Env.Objects, d.Env.ObjectName(one, step.SnapshotSource))
	if err != nil {
		return nil, nil, err
	}
	target, err := snapshot.Open(ctx, d.Env.Objects, d.Env.ObjectName(one, step.SnapshotTarget))
	if err != nil {
		source.Close()
		return nil, nil, err
	}
	return &plan.Forms{Job: j, Source: source, Target: target, Temp: d.Env.Temp}, func() { source.Close(); target.Close() }, nil
}
