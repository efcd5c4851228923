package sql

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strings"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// chunk is how many keys are looked up by one statement.
const chunk = 100

// Find implements adapter.Finder.
func (a *database) Find(ctx context.Context, am *adapter.Model, keys []record.Key) iter.Seq2[*record.Record, error] {
	return func(yield func(*record.Record, error) bool) {
		db, l, err := a.reading(ctx)
		if err == nil {
			err = l.err()
		}
		m := (*model)(nil)
		if err == nil {
			if m = l.find(am.Name); m == nil {
				err = fault.Errorf(fault.Internal, "find in model %q: the adapter was made without it", am.Name)
			}
		}
		if err != nil {
			yield(nil, err)
			return
		}
		s := selectFrom(a.d, m)
		for ks := range slices.Chunk(keys, chunk) {
			var r record.Record
			err := s.find(ctx, db, ks, func(row []any, _ record.Key) error {
				if err := s.record(row, &r); err != nil {
					if !yield(nil, err) {
						return errEnough
					}
				} else if !yield(&r, nil) {
					return errEnough
				}
				return nil
			})
			if errors.Is(err, errEnough) {
				return
			}
			if err != nil {
				yield(nil, a.loadFailed(m, err))
				return
			}
		}
	}
}

// find calls fn for the rows of the keys.
func (s *selection) find(ctx context.Context, q querier, keys []record.Key, fn func(row []any, k record.Key) error) error {
	var ors []string
	var args []any
	for _, k := range keys {
		cond, as, ok := s.isKey(k, len(args))
		if ok {
			ors, args = append(ors, cond), append(args, as...)
		}
	}
	if len(ors) == 0 {
		return nil
	}
	return s.each(ctx, q, strings.Join(ors, " OR "), args, func(row []any) error {
		if k, err := s.identity(row); err == nil && slices.Contains(keys, k) {
			return fn(row, k)
		}
		return nil // a row of another key, or of none
	})
}

// each calls fn for the rows that meet a condition.
func (s *selection) each(ctx context.Context, q querier, where string, args []any, fn func(row []any) error) error {
	rows, err := q.QueryContext(ctx, s.query(where, ""), args...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // its error is Err's
	row, dest := s.row()
	for rows.Next() {
		if err := rows.Scan(dest...); err != nil {
			return err
		}
		s.buf = s.buf[:0]
		if err := fn(row); err != nil {
			return err
		}
	}
	return rows.Err()
}

// isKey returns a condition that all rows of the key meet, parameters from n+1 on; false where no row can have the key.
func (s *selection) isKey(k record.Key, n int) (cond string, args []any, ok bool) {
	ids := k.IDs()
	if len(ids) != len(s.ids) {
		return "", nil, false
	}
	c := condition{s: s, n: n}
	for i := range s.ids {
		if !c.add(&s.ids[i], ids[i]) {
			return "", nil, false
		}
	}
	if len(c.ands) == 0 {
		return "1 = 1", nil, true
	}
	return "(" + strings.Join(c.ands, " AND ") + ")", c.args, true
}

// condition collects what identifiers ask of a row.
type condition struct {
	s    *selection
	n    int
	ands []string
	args []any
}

// add adds that an identifier has a value; false where it cannot. What could miss a row is not asked of the database: the rows are looked at here.
// as are the types that the value was converted to after the identifier's own: those of identifiers that are made of it.
func (c *condition) add(l *leaf, v record.Value, as ...job.Type) bool {
	as = append([]job.Type{l.typ}, as...)
	becomes := func(ours record.Value) bool {
		for _, t := range as {
			x, err := job.Convert(ours, t)
			if err != nil {
				return false
			}
			ours = x
		}
		return string(ours) == string(v)
	}
	switch {
	case l.fm != nil && l.fm.Value != nil:
		return becomes(l.fm.Value)
	case l.fold:
		return true // the database's idea of case is not ours
	case l.part.row == nil && l.part.at < 0:
		return true
	case l.part.row != nil && l.part.of >= 0:
		return c.add(&l.part.row.ids[l.part.of], v, as...)
	case l.part.row != nil:
		for i := range l.part.row.ids {
			if m := v.Members().Get(l.part.row.ids[i].name); m == nil || !c.add(&l.part.row.ids[i], m) {
				return false
			}
		}
		return true
	}
	typ := c.s.types[l.part.at]
	told := as
	if l.fm != nil && l.fm.Values != nil {
		told = []job.Type{job.String} // they are translated by their text
	}
	if slices.ContainsFunc(told, func(t job.Type) bool { return !typ.equates(t) }) {
		return true
	}
	var ors []string
	col := c.s.columns[l.part.at]
	equals := func(v record.Value) {
		vs := []record.Value{v}
		if n, err := job.Convert(v, job.Number); err == nil && typ.class == classAny && slices.Contains(told, job.String) {
			vs = append(vs, n) // the column keeps numbers beside texts
		}
		for _, v := range vs {
			if b, err := c.s.d.bind(v, typ); err == nil && b != nil {
				c.args = append(c.args, b)
				ors = append(ors, col+" = "+c.s.d.param(c.n+len(c.args)))
			}
		}
	}
	if l.fm == nil || l.fm.Values == nil {
		equals(v)
	} else {
		for text, ours := range l.fm.Values {
			if t, err := record.StringValue(text); err == nil && becomes(ours) {
				equals(t)
			}
		}
	}
	if l.fm != nil && l.fm.Default != nil && becomes(l.fm.Default) {
		ors = append(ors, col+" IS NULL")
	}
	if len(ors) == 0 {
		return false
	}
	c.ands = append(c.ands, "("+strings.Join(ors, " OR ")+")")
	return true
}

// equates reports whether values of the column that are equal once they are converted to the type are equal for the database too.
func (c *column) equates(t job.Type) bool {
	number := c.class == classInteger || c.class == classReal || c.class == classNumeric
	switch t {
	case "":
		return c.compares() && (c.pg != nil || c.class != classJSON)
	case job.String:
		if c.pg != nil {
			return c.compares() && c.class != classJSON && c.pg.elem == nil
		}
		return number || c.class == classText || c.class == classAny
	case job.Integer, job.Number:
		return number && (c.pg == nil || c.pg.elem == nil)
	}
	return false
}

// lookup returns the local values of the row with the identity, and where it lies; nil where there is none.
func (b *batch) lookup(ctx context.Context, m *model, k record.Key) (record.Fields, error) {
	s := selectFrom(b.d, m)
	var local record.Fields
	n := 0
	var places []int
	for _, c := range m.table.place {
		places = append(places, s.place("t0", c))
	}
	err := s.find(ctx, b.q, []record.Key{k}, func(row []any, _ record.Key) error {
		var r record.Record
		if n++; n > 1 {
			return fault.Errorf(fault.Conflict, "%s has two rows of %s", m.table, k)
		}
		if err := s.record(row, &r); err != nil && record.AsBad(err) == nil {
			return err
		}
		for _, f := range r.Local {
			local = append(local, record.Field{Name: f.Name, Value: slices.Clone(f.Value)})
		}
		for i, at := range places {
			v, err := s.local1(row[at])
			if err != nil {
				return err
			}
			local = append(local, record.Field{Name: m.table.place[i].name, Value: slices.Clone(v)})
		}
		return nil
	})
	if err != nil {
		return nil, b.failed(err)
	}
	return local, nil
}
