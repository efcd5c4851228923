package sql

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// where returns the condition for the row that a change is about, parameters from n+1 on.
func (b *batch) where(ctx context.Context, c *adapter.Change, n int) (string, []any, error) {
	cols, vs, err := b.tell(ctx, c)
	if err != nil {
		return "", nil, err
	}
	return b.equal("", cols, n), vs, nil
}

// equal returns the condition that columns have the values of parameters from n+1 on.
func (b *batch) equal(prefix string, cols []*column, n int) string {
	conds := make([]string, len(cols))
	for i, k := range cols {
		conds[i] = prefix + k.quoted + " = " + b.d.param(n+i+1)
	}
	return strings.Join(conds, " AND ")
}

// tell returns the columns that tell the row that a change is about, and what is in them: its key as it was loaded,
// unless that may tell another row by now or none; then what the row with the change's identifiers has, of its key or of its place.
func (b *batch) tell(ctx context.Context, c *adapter.Change) ([]*column, []any, error) {
	cols := b.m.tells()
	vs := keyValues(cols, c.Local)
	null := slices.ContainsFunc(vs, record.Value.IsNull)
	if len(vs) > 0 && !null {
		values, err := b.unlocals(c, cols, vs)
		if err != nil || !b.m.shifts() || !b.m.findable() {
			return cols, values, err
		}
		if is, err := b.is(ctx, c, cols, values); is || err != nil {
			return cols, values, err
		}
	}
	if !b.m.findable() {
		return nil, nil, fault.Errorf(fault.Conflict, "no key tells the row of %s in %s, and its identifiers are computed", c.Key, b.m.table)
	}
	local, err := b.lookup(ctx, b.m, c.Key)
	if err != nil {
		return nil, nil, err
	}
	if vs = keyValues(cols, local); slices.ContainsFunc(vs, record.Value.IsNull) {
		if cols = b.m.table.place; cols == nil {
			return nil, nil, fault.Errorf(fault.Conflict, "the key of %s in %s is null: it does not tell the row", c.Key, b.m.table)
		}
		vs = keyValues(cols, local)
	}
	if vs == nil {
		return nil, nil, b.gone(c)
	}
	values, err := b.unlocals(c, cols, vs)
	return cols, values, err
}

// unlocals returns the driver's values of local values of the columns.
func (b *batch) unlocals(c *adapter.Change, cols []*column, vs []record.Value) ([]any, error) {
	values := make([]any, len(vs))
	for i, v := range vs {
		x, err := unlocal(b.d, v)
		if err != nil {
			return nil, fault.Errorf(fault.Internal, "local value %q of %s: %w", cols[i].name, c.Key, err)
		}
		values[i] = x
	}
	return values, nil
}

// is reports whether the row with the values has the identity of the change.
func (b *batch) is(ctx context.Context, c *adapter.Change, cols []*column, values []any) (bool, error) {
	s := selectFrom(b.d, b.m)
	is := false
	err := s.each(ctx, b.q, b.equal("t0.", cols, 0), values, func(row []any) error {
		k, err := s.identity(row)
		is = err == nil && k == c.Key
		return nil
	})
	if err != nil {
		return false, b.failed(err)
	}
	return is, nil
}

// missed says why a statement found no row to write: it is gone (NotFound), or it is there (Conflict).
func (b *batch) missed(ctx context.Context, c *adapter.Change) error {
	where, args, err := b.where(ctx, c, 0)
	if err != nil {
		return err
	}
	err = each(ctx, b.q, "SELECT 1 FROM "+b.m.table.from+" WHERE "+where, args, func() error { return errEnough }, new(int))
	switch {
	case errors.Is(err, errEnough):
		return fault.Errorf(fault.Conflict, "%s is there and was not written: a trigger, a rule or a policy of %s keeps it as it is", c.Key, b.m.table)
	case err != nil:
		return b.failed(err)
	}
	local, err := b.lookup(ctx, b.m, c.Key)
	switch {
	case err != nil:
		return err
	case local != nil:
		return fault.Errorf(fault.Conflict, "%s is another row of %s now: its key is not the one that was loaded", c.Key, b.m.table)
	}
	return b.gone(c)
}

func (b *batch) gone(c *adapter.Change) error {
	return fault.Errorf(fault.NotFound, "%s has no row of %s any more", b.m.table, c.Key)
}

// tells returns the columns that tell a row of the model.
func (m *model) tells() []*column {
	if m.key == nil {
		return m.table.place
	}
	return m.key
}

// shifts reports whether a key may come to tell another row without anybody writing that one: row numbers that nobody declared are given anew (VACUUM),
// and columns of a key follow the rows that they refer to.
func (m *model) shifts() bool {
	return m.table.hidden || slices.ContainsFunc(m.table.foreign, func(f *foreignKey) bool {
		return f.onUpdate == "CASCADE" && slices.ContainsFunc(f.columns, func(c *column) bool { return slices.Contains(m.key, c) })
	})
}

// findable reports whether rows can be looked up by their identifiers.
func (m *model) findable() bool {
	for _, a := range m.Identifiers {
		if fm := m.Mapping.Field(a.Name); fm != nil && (fm.Expr != "" || fm.Split != "") {
			return false
		}
	}
	return true
}
