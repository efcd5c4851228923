package sql

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// takenError is a unique key that another row has. It is wrapped by a Conflict.
type takenError struct {
	text   string
	fields []string // the side's names of the fields that are written and in the key
}

func (e *takenError) Error() string { return e.text }

// Conflicting implements adapter.Conflicter.
func (a *database) Conflicting(err error) []string {
	if t, ok := errors.AsType[*takenError](err); ok {
		return t.fields
	}
	return nil
}

// explain says in the job's words why the database refused a change, coded.
func (b *batch) explain(ctx context.Context, action adapter.Action, c *adapter.Change, cells []cell, err error) error {
	t := b.d.fault(err)
	switch t.kind {
	case unique:
		return fault.Wrap(fault.Conflict, b.taken(ctx, action, c, cells, b.d.violated(t, b.m.table)))
	case required:
		if x := b.d.violated(t, b.m.table); len(x.columns) == 1 {
			return fault.Errorf(fault.Invalid, "column %q of %s must have a value (NOT NULL)", x.columns[0].name, b.m.table)
		}
	case check:
		return b.refused(b.d.violated(t, b.m.table).name, cells)
	case refers:
		if why := b.dangling(ctx, action, c); why != "" {
			return fault.Errorf(fault.Conflict, "%s", why)
		}
		return fault.Errorf(fault.Conflict, "a foreign key from or to %s forbids it", b.m.table)
	case excludes:
		return fault.Errorf(fault.Conflict, "the constraint %q of %s forbids it: another row is in the way", t.constraint, b.m.table)
	case trigger:
		return fault.Errorf(fault.Conflict, "a trigger of %s refuses it: %s", b.m.table, t.text)
	case mismatch, other:
		if _, coded := errors.AsType[*fault.Error](err); coded {
			return err
		}
		return fault.Errorf(fault.Invalid, "write to %s: %s", b.m.table, t.text)
	}
	if t.kind == required {
		return fault.Errorf(fault.Invalid, "write to %s: %s", b.m.table, t.text)
	}
	return b.failed(err)
}

// taken says which values are in the way and who has them.
func (b *batch) taken(ctx context.Context, action adapter.Action, c *adapter.Change, cells []cell, x *index) error {
	e := &takenError{}
	if len(x.columns) == 0 {
		e.text = fmt.Sprintf("the unique index %q of %s forbids it: another row is equal there", x.name, b.m.table)
		return e
	}
	var shown, conds []string
	var args []any
	for _, col := range x.columns {
		v, field, text, err := b.valueOf(ctx, action, c, cells, col)
		if err != nil {
			return b.failed(err)
		}
		if field != "" {
			e.fields = append(e.fields, field)
		}
		shown = append(shown, col.name+" "+text)
		if v == nil {
			conds = append(conds, "t0."+col.quoted+" IS NULL")
			continue
		}
		conds, args = append(conds, "t0."+col.quoted+" = "+b.d.param(len(args)+1)), append(args, v)
	}
	s := selectFrom(b.d, b.m)
	holder := "another row"
	err := s.each(ctx, b.q, strings.Join(conds, " AND "), args, func(row []any) error {
		if k, err := s.identity(row); err == nil {
			holder = k.String()
		} else if w := s.where(row); w != "" {
			holder = "row " + w
		}
		return errEnough
	})
	if err != nil && !errors.Is(err, errEnough) {
		return b.failed(err)
	}
	label := "unique "
	if x.name != "" {
		label = fmt.Sprintf("unique index %s on ", x.name)
	}
	if action == adapter.Create && holder == c.Key.String() {
		e.text = fmt.Sprintf("%s is there already (%s%s)", holder, label, dotted(b.m.table, x.columns))
		return e
	}
	e.text = fmt.Sprintf("%s: taken by %s (%s%s)", strings.Join(shown, ", "), holder, label, dotted(b.m.table, x.columns))
	return e
}

// valueOf returns what a column would hold after the change: what the change writes, else what the row has. field is "" where the change does not write it.
func (b *batch) valueOf(ctx context.Context, action adapter.Action, c *adapter.Change, cells []cell, col *column) (v any, field, shown string, err error) {
	for _, x := range cells {
		if x.column == col {
			return x.value, x.field.name, shortened(string(x.shown)), nil
		}
	}
	if action == adapter.Create {
		return nil, "", "null", nil
	}
	where, args, err := b.where(ctx, c, 0)
	if err != nil {
		return nil, "", "", err
	}
	err = each(ctx, b.q, "SELECT "+b.d.bare(col.quoted)+" FROM "+b.m.table.from+" WHERE "+where, args, func() error { return nil }, &v)
	text, _ := b.d.read(nil, v, col)
	return v, "", shortened(string(text)), err
}

// refused says which values a check constraint does not want.
func (b *batch) refused(name string, cells []cell) error {
	var parts []string
	for _, k := range b.m.table.checks {
		if k.name != name {
			continue
		}
		for _, col := range append(slices.Clip(k.columns), b.m.table.mentions(k.text)...) {
			for _, x := range cells {
				if x.column == col {
					parts = append(parts, fmt.Sprintf("%s %s", x.field.name, shortened(string(x.shown))))
				}
			}
		}
		break
	}
	if parts == nil {
		return fault.Errorf(fault.Invalid, "the check %s on %s refuses the row", shortened(name), b.m.table)
	}
	return fault.Errorf(fault.Invalid, "the target refuses %s (check %s on %s)", strings.Join(parts, ", "), shortened(name), b.m.table)
}

// dangling finds the foreign key that a change violates, which not every database names; "" where it cannot be found.
func (b *batch) dangling(ctx context.Context, action adapter.Action, c *adapter.Change) string {
	if action != adapter.Delete {
		cells, err := b.cells(ctx, c)
		if err != nil {
			return ""
		}
		for _, f := range b.m.table.foreign {
			if why := b.nowhere(ctx, action, c, cells, f); why != "" {
				return why
			}
		}
	}
	var found []string
	for _, f := range b.m.table.referrers {
		if action == adapter.Delete && f.onDelete != "RESTRICT" && f.onDelete != "NO ACTION" {
			continue
		}
		if n, err := b.rowsReferring(ctx, c, f); err == nil && n > 0 {
			found = append(found, referring(n, f))
		}
	}
	return strings.Join(found, "; ")
}

// nowhere says that a foreign key of the change's row would point to no row; "" where it does not.
func (b *batch) nowhere(ctx context.Context, action adapter.Action, c *adapter.Change, cells []cell, f *foreignKey) string {
	var conds, shown []string
	var args []any
	for i, col := range f.columns {
		v, _, _, err := b.valueOf(ctx, action, c, cells, col)
		if err != nil || v == nil {
			return ""
		}
		conds, args = append(conds, f.toColumn[i].quoted+" = "+b.d.param(i+1)), append(args, v)
		shown = append(shown, fmt.Sprintf("%s %v", col.name, v))
	}
	n := 0
	err := each(ctx, b.q, "SELECT count(*) FROM "+f.to.from+" WHERE "+strings.Join(conds, " AND "), args, func() error { return nil }, &n)
	if err != nil || n > 0 {
		return ""
	}
	name := "foreign key "
	if f.name != "" {
		name += f.name + ", "
	}
	return fmt.Sprintf("%s is no row of %s (%s%s to %s)", strings.Join(shown, ", "), f.to, name, f, dotted(f.to, f.toColumn))
}

func referring(n int, f *foreignKey) string {
	return fmt.Sprintf("%s of %s still %s to it (%s)", rows(n), f.table, verb(n, "refers", "refer"), f)
}

// enough is up to how many rows are counted.
const enough = 1000

func rows(n int) string {
	switch {
	case n == 1:
		return "1 row"
	case n >= enough:
		return fmt.Sprintf("%d rows or more", enough)
	}
	return fmt.Sprintf("%d rows", n)
}

func verb(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// rowsReferring counts the rows that refer to the row of a change by a foreign key, itself left out.
func (b *batch) rowsReferring(ctx context.Context, c *adapter.Change, f *foreignKey) (int, error) {
	cols, keys, err := b.tell(ctx, c)
	if err != nil {
		return 0, err
	}
	var conds []string
	var args []any
	where := func() string {
		args = append(args, keys...)
		return b.equal("", cols, len(args)-len(keys))
	}
	for i, col := range f.columns {
		conds = append(conds, fmt.Sprintf("%s = (SELECT %s FROM %s WHERE %s)", col.quoted, f.toColumn[i].quoted, f.to.from, where()))
	}
	if f.table == f.to {
		conds = append(conds, "NOT ("+where()+")")
	}
	n := 0
	err = each(ctx, b.q, fmt.Sprintf("SELECT count(*) FROM (SELECT 1 FROM %s WHERE %s LIMIT %d) AS r", f.table.from, strings.Join(conds, " AND "), enough), args, func() error { return nil }, &n)
	return n, err
}

// when is at which time reach looks.
type when int

const (
	atAudit when = iota // what the job keeps to itself will be dealt with by the plan's own changes
	atWrite             // all those are done
)

// reach says whether deleting the row of a change would be refused for, or would change, rows that the plan does not delete.
func (b *batch) reach(ctx context.Context, c *adapter.Change, at when) error {
	var found []string
	for _, f := range b.m.table.referrers {
		blocks, inside := f.onDelete == "RESTRICT" || f.onDelete == "NO ACTION", b.l.inside(f)
		switch {
		case at == atWrite && blocks: // the delete itself will tell
			continue
		case inside && at == atAudit:
			continue
		case inside && f.onDelete == "CASCADE" && b.m.Flags&record.SkipChildrenOnDelete != 0:
			continue
		}
		n, err := b.rowsReferring(ctx, c, f)
		switch {
		case err != nil:
			return b.failed(err)
		case n == 0:
		case blocks:
			found = append(found, referring(n, f)+", which is not of this job")
		case f.onDelete == "CASCADE":
			found = append(found, fmt.Sprintf("it would delete %s of %s with it, which the plan does not (%s ON DELETE CASCADE)", rows(n), f.table, f))
		default:
			found = append(found, changing(n, f, "ON DELETE "+f.onDelete))
		}
	}
	return conflicts(found)
}

// empties says whether updating the row of a change would change rows that refer to what it writes and that the plan does not write (ON UPDATE SET NULL, SET DEFAULT).
func (b *batch) empties(ctx context.Context, c *adapter.Change, at when) error {
	written := func(col *column) bool {
		return slices.ContainsFunc(c.Set, func(s record.Field) bool {
			f := b.m.fieldNamed(s.Name)
			return f != nil && f.column == col
		})
	}
	var found []string
	for _, f := range b.m.table.referrers {
		if f.onUpdate != "SET NULL" && f.onUpdate != "SET DEFAULT" || !slices.ContainsFunc(f.toColumn, written) || at == atAudit && b.l.inside(f) {
			continue
		}
		n, err := b.rowsReferring(ctx, c, f)
		if err != nil {
			return b.failed(err)
		}
		if n > 0 {
			found = append(found, changing(n, f, "ON UPDATE "+f.onUpdate))
		}
	}
	return conflicts(found)
}

// changing says what a change would do to n rows that refer to its own.
func changing(n int, f *foreignKey, rule string) string {
	return fmt.Sprintf("it would change %s of %s, which the plan does not (%s %s)", rows(n), f.table, f, rule)
}

// conflicts makes one error of all that was found; nil of nothing.
func conflicts(found []string) error {
	if found == nil {
		return nil
	}
	return fault.Errorf(fault.Conflict, "%s", strings.Join(found, "; "))
}

// inside reports whether a foreign key is a matter of the job: a model has the table and fields for its columns.
func (l *layout) inside(f *foreignKey) bool {
	for _, m := range l.models {
		if m.table != f.table {
			continue
		}
		all := true
		for _, c := range f.columns {
			all = all && m.fieldOf(c) != nil
		}
		if all {
			return true
		}
	}
	return false
}

// Cascades implements adapter.Cascader.
func (a *database) Cascades(ctx context.Context, parent, child *adapter.Model) (bool, error) {
	_, l, err := a.reading(ctx)
	if err == nil {
		err = l.err()
	}
	if err != nil {
		return false, err
	}
	p, c := l.find(parent.Name), l.find(child.Name)
	if p == nil || c == nil {
		return false, nil
	}
	for _, f := range c.table.foreign {
		if f.to == p.table && f.onDelete == "CASCADE" && l.inside(f) {
			return true, nil
		}
	}
	return false, nil
}
