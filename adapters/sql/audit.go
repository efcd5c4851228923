package sql

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// Audit implements adapter.Auditor: what a column would not hold, or give back as something else, so that the next run found a difference again;
// columns that must have a value and get none; deletes and updates that reach rows outside the job. Check constraints and unique keys are left to the write.
func (a *database) Audit(ctx context.Context, c *adapter.Change) error {
	db, l, err := a.reading(ctx)
	if err != nil {
		return unavailable(err)
	}
	if err := l.err(); err != nil {
		return err
	}
	m := l.find(c.Model.Name)
	if m == nil {
		return fault.Errorf(fault.Internal, "audit model %q: the adapter was made without it", c.Model.Name)
	}
	b := &batch{d: a.d, name: a.name, q: db, l: l, m: m}
	if c.Action == adapter.Delete {
		return unavailable(b.reach(ctx, c, atAudit))
	}
	var why []string
	given := map[*column]bool{}
	for _, f := range c.Set {
		to := m.fieldNamed(f.Name)
		if to == nil {
			return fault.Errorf(fault.Internal, "audit %s: %s has no column for field %q", c.Key, m.table, f.Name)
		}
		seen := given[to.column]
		given[to.column] = true
		if err := b.whole(c, to); err != nil {
			if !seen {
				why = append(why, fmt.Sprintf("column %q of %s %v", to.column.name, m.table, err))
			}
			continue
		}
		if err := b.holds(ctx, to, f.Value); err != nil {
			if _, coded := errors.AsType[*fault.Error](err); coded {
				return unavailable(err)
			}
			why = append(why, fmt.Sprintf("column %q of %s %v", to.column.name, m.table, err))
		}
	}
	if c.Action == adapter.Create {
		for _, col := range m.table.columns {
			if col.notNull && !col.filled && !col.generated && !given[col] {
				why = append(why, fmt.Sprintf("column %q of %s must have a value (NOT NULL, no default), and the record has none", col.name, m.table))
			}
		}
	}
	if why == nil && c.Action == adapter.Update {
		return unavailable(b.empties(ctx, c, atAudit))
	}
	if why == nil {
		return nil
	}
	return fault.Errorf(fault.Invalid, "%s", strings.Join(why, "; "))
}

// unavailable returns err such that it ends the step, unless it is about one change.
func unavailable(err error) error {
	if err == nil || fault.Is(err, fault.Invalid) || fault.Is(err, fault.Conflict) || fault.Is(err, fault.Stopped) || fault.Is(err, fault.TimedOut) {
		return err
	}
	return fault.Wrap(fault.Unavailable, err)
}

// holds says why a column cannot hold a value of the field, or would give back another.
func (b *batch) holds(ctx context.Context, f *field, v record.Value) error {
	col := f.column
	switch {
	case col.generated:
		return errors.New("is computed by the database; it cannot be written")
	case v.IsNull() && col.notNull:
		return errors.New("must have a value (NOT NULL)")
	case v.IsNull() || f.ref != nil:
		return nil
	}
	got, err := b.d.stored(ctx, b.q, v, col)
	if err != nil {
		return err
	}
	if string(got) == string(v) {
		return nil
	}
	ours := b.m.ours(f.name)
	fm := b.m.Mapping.Field(ours)
	if fm != nil && fm.Value != nil {
		return nil // written, never compared
	}
	if fm != nil && (fm.Values != nil || fm.Split != "") {
		if got.String() == v.String() {
			return nil // translated by its text
		}
		return b.changes(col, v, got, "")
	}
	typ, same := b.m.comparison(ours)
	if back, err := job.Convert(got, typ); err == nil && same(v, back) {
		return nil
	}
	hint := ""
	if typ == "" {
		for _, t := range []job.Type{job.Integer, job.Number, job.Boolean, job.String} {
			x, xerr := job.Convert(v, t)
			y, yerr := job.Convert(got, t)
			if xerr == nil && yerr == nil && string(x) == string(y) {
				hint = fmt.Sprintf("; declare its type in the job: {%s: %s}", ours, t)
				break
			}
		}
	}
	return b.changes(col, v, got, hint)
}

func (b *batch) changes(col *column, v, got record.Value, hint string) error {
	decl := col.decl
	if decl == "" {
		decl = "no type"
	}
	return fmt.Errorf("(%s) would keep %s as %s%s", decl, shortened(string(v)), shortened(string(got)), hint)
}

// comparison returns the declared type of our field, and how its values are compared.
func (m *model) comparison(ours string) (job.Type, func(a, b record.Value) bool) {
	exact := func(a, b record.Value) bool { return string(a) == string(b) }
	for _, id := range m.Identifiers {
		if id.Name == ours {
			return id.Type, exact
		}
	}
	for _, p := range m.Parents {
		for i, f := range p.Fields {
			if f == ours && i < len(p.Types) {
				return p.Types[i], exact
			}
		}
	}
	if at := m.Attribute(ours); at != nil {
		return at.Type, func(a, b record.Value) bool { return m.Equal(ours, a, b) }
	}
	return "", exact
}
