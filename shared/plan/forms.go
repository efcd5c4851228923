package plan

import (
	"bufio"
	"context"
	"io"
	"slices"
	"strings"

	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/record"
	"github.com/plumbline-sync/plumbline/shared/snapshot"
)

// Forms gives DiffSync's own forms of a diff. They are made from the snapshots, not from the plan: every held change stands in them as a change,
// and a move is a delete and a create of the record and all below it. Two siblings whose shortnames could be equal (DiffSync gives up there) go by all their identifiers,
// written as a list where joining them could make two records one.
type Forms struct {
	Job    *job.Job // with its vars and where filled in
	Source *snapshot.Reader
	Target *snapshot.Reader
	Temp   string // folder for temporary files
}

// Summary returns Diff.summary().
func (f *Forms) Summary(ctx context.Context) (Summary, error) {
	e, err := newElements(ctx, f)
	if err != nil {
		return Summary{}, err
	}
	defer e.close()
	return e.summary, nil
}

// Dict writes Diff.dict() as JSON, one line. Groups stand in the job file's order, siblings in ours, attributes as the job file has them.
func (f *Forms) Dict(ctx context.Context, w io.Writer) error {
	return f.write(ctx, w, func(w *bufio.Writer) shape { return &dictShape{w: w, levels: []dictLevel{{}}} })
}

// Str writes Diff.str(), with a line break at its end.
func (f *Forms) Str(ctx context.Context, w io.Writer) error {
	return f.write(ctx, w, func(w *bufio.Writer) shape {
		return &strShape{w: w, source: f.Job.Source.Name, target: f.Job.Target.Name, groups: []string{""}}
	})
}

// shape is one of the forms. open is called for each element before those below it; e is nil for an element of which only something below differs.
type shape interface {
	begin()
	open(kind, name string, e *formElement)
	close()
	end()
}

// formElement is an element that differs itself; nil attributes: not on that side.
type formElement struct {
	source, target record.Fields
}

func (f *Forms) write(ctx context.Context, out io.Writer, make func(*bufio.Writer) shape) error {
	e, err := newElements(ctx, f)
	if err != nil {
		return err
	}
	defer e.close()
	w := bufio.NewWriterSize(out, 32<<10)
	s := make(w)
	s.begin()
	var open [][]byte // the path of the element that is open
	var d draft
	for it, err := range e.sorted.Sorted() {
		if err != nil {
			return err
		}
		if _, err := d.read(it.Rec[it.KeyLen:], e.ks); err != nil {
			return err
		}
		path := splitPath(it.Key())
		common := 0
		for common < min(len(open), len(path)-1) && string(open[common]) == string(path[common]) {
			common++
		}
		for range len(open) - common {
			s.close()
		}
		open = open[:common]
		for i := common; i < len(path); i++ {
			open = append(open, slices.Clone(path[i]))
			key := path[i][4:] // after the group's place
			k := e.ks.of(key)
			ids := []byte(nil)
			var el *formElement
			if i == len(path)-1 {
				ids, el = d.ids, e.sides(&d)
			}
			s.open(k.model.Name, k.shortname(key, ids, i > 0), el)
		}
	}
	for range open {
		s.close()
	}
	s.end()
	return w.Flush()
}

// splitPath splits an element's sort key into its levels.
func splitPath(key []byte) [][]byte {
	var path [][]byte
	for len(key) > 0 {
		k, rest, _ := cutPath(key)
		path, key = append(path, k), rest
	}
	return path
}

// sides returns the attributes that an element shows of each side: all where it is on one only, else those that differ, as the job's file orders them.
func (e *elements) sides(d *draft) *formElement {
	el := &formElement{}
	differs := map[string]bool{}
	for b := d.attrs; len(b) >= 2; b = b[2:] {
		differs[d.kind.names[int(b[0])<<8|int(b[1])]] = true
	}
	pick := func(attrs []byte, all bool) record.Fields {
		have := record.Value(attrs).Members()
		fs := record.Fields{}
		for _, n := range d.kind.names {
			v := have.Get(n)
			if v == nil && !all {
				v = record.Value(record.Null)
			}
			if v != nil && (all || differs[n]) {
				fs = append(fs, record.Field{Name: n, Value: v})
			}
		}
		return fs
	}
	both := d.marks&onSource != 0 && d.marks&onTarget != 0
	if d.marks&onSource != 0 {
		el.source = pick(d.main, !both)
	}
	if d.marks&onTarget != 0 {
		el.target = pick(d.deferred, !both)
	}
	return el
}

// shortname returns a record's name in DiffSync's forms. below: its parent is known, and the element stands below it.
func (k *kind) shortname(key, ids []byte, below bool) string {
	var values []record.Value
	if len(ids) > 0 {
		values = record.Value(ids[len(idsMember):]).Elements()
	} else {
		values = record.Key(key).IDs()
	}
	if len(k.short) > 0 && k.unique(below) {
		short := make([]record.Value, len(k.short))
		for i, at := range k.short {
			short[i] = values[at]
		}
		values = short
	}
	var parts []string
	clear := true // whether the parts can be told apart when they are joined
	for _, v := range values {
		p := record.Python(v)
		clear = clear && !strings.Contains(p, "__") && !strings.HasPrefix(p, "_") && !strings.HasSuffix(p, "_")
		parts = append(parts, p)
	}
	if len(parts) > 1 && !clear {
		list := []byte{'['}
		for i, p := range parts {
			if i > 0 {
				list = append(list, ',')
			}
			list = record.AppendString(list, p)
		}
		return string(append(list, ']'))
	}
	return strings.Join(parts, "__")
}

// unique reports whether a shortname tells siblings apart: what it leaves out of the identifiers is the parent's.
func (k *kind) unique(below bool) bool {
	for i, a := range k.model.Identifiers {
		if slices.Contains(k.short, i) {
			continue
		}
		inParent := slices.ContainsFunc(k.model.Parents, func(p job.Parent) bool { return slices.Contains(p.Fields, a.Name) })
		if !below || !inParent {
			return false
		}
	}
	return true
}
