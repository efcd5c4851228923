package sql

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// batchSize is how many changes go into one transaction: enough that flushing it to the disk does not count.
const batchSize = 1000

// BatchSize implements adapter.Batcher.
func (a *database) BatchSize(*adapter.Model) int { return batchSize }

// Apply implements adapter.Batcher: one transaction. A change that is refused leaves no trace and does not take the others down;
// what ends the transaction is an error for all of them, and nothing was written.
func (a *database) Apply(ctx context.Context, am *adapter.Model, action adapter.Action, cs []*adapter.Change) ([]adapter.Result, error) {
	db, l, err := a.writing(ctx)
	if err != nil {
		return nil, err
	}
	m := l.find(am.Name)
	if m == nil {
		return nil, fault.Errorf(fault.Internal, "write model %q: the adapter was made without it", am.Name)
	}
	at := &session{ctx: ctx, d: a.d, name: a.name, db: db}
	defer at.close()
	b := &batch{d: a.d, name: a.name, q: at, at: at, l: l, m: m, stmts: map[string]*sql.Stmt{}}
	results, err := b.run(ctx, action, cs)
	b.close()
	if err == nil {
		err = b.commit(ctx, action, cs)
	}
	if err != nil {
		at.rollback(context.WithoutCancel(ctx))
		if b.hindered {
			db.SetMaxOpenConns(1)
		}
		return nil, err
	}
	return results, nil
}

// batch is one transaction of changes of one action to one model.
type batch struct {
	d     dialect
	name  string // the database's
	q     querier
	at    *session // the same, nil where nothing is written
	l     *layout
	m     *model
	stmts map[string]*sql.Stmt
	order []*field // of the values of a change, as the first one had them
	// hindered says that somebody's lock was in the way. It may be a lock of our own, in a transaction at work beside this one: then one at a time goes on.
	hindered bool
}

// mark sets a savepoint: while it is there the transaction is, too.
func (b *batch) mark() { b.at.later("SAVEPOINT plumbline") }

// back undoes what was done since the mark.
func (b *batch) back() { b.at.later("ROLLBACK TO SAVEPOINT plumbline") }

// release forgets the mark; what was done since stays.
func (b *batch) release() { b.at.later("RELEASE SAVEPOINT plumbline") }

// revive makes a transaction that a refused statement spoilt usable again.
func (b *batch) revive() {
	if b.d.spoils() {
		b.back()
	}
}

func (b *batch) run(ctx context.Context, action adapter.Action, cs []*adapter.Change) ([]adapter.Result, error) {
	work := context.WithoutCancel(ctx) // a statement is short; the transaction ends between two
	results := make([]adapter.Result, len(cs))
	if b.d.spoils() {
		return results, b.many(ctx, action, cs, results)
	}
	b.mark()
	if err := b.at.flush(work); err != nil {
		return nil, err
	}
	for i, c := range cs {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		local, err := b.one(work, action, c)
		results[i] = adapter.Result{Local: local, Err: err}
		if err == nil {
			continue
		}
		if !single(err) {
			return nil, err
		}
		// A trigger may have rolled everything back: then the mark is gone, and what follows would be written at once.
		b.release()
		if b.at.flush(work) != nil {
			return nil, err
		}
		b.mark()
	}
	return results, nil
}

// commit ends the transaction. What only shows now (a deferred foreign key) is a conflict of the whole batch.
func (b *batch) commit(ctx context.Context, action adapter.Action, cs []*adapter.Change) error {
	err := b.at.commit(context.WithoutCancel(ctx))
	if err == nil {
		return nil
	}
	switch t := b.d.fault(err); t.kind {
	case refers:
		for _, c := range cs {
			if why := b.dangling(ctx, action, c); why != "" {
				return fault.Errorf(fault.Conflict, "%s", why)
			}
		}
		return fault.Errorf(fault.Conflict, "write to %s: a foreign key that is checked at the end of a transaction points nowhere", b.m.table)
	case ioError, lost:
		return fault.Errorf(fault.UnknownOutcome, "write to database %q: %s", b.name, t.text)
	}
	return b.failed(err)
}

func (b *batch) failed(err error) error {
	b.hindered = b.hindered || b.d.fault(err).kind == busy
	return failed(b.d, "write to", b.name, err)
}

func (b *batch) close() {
	for _, s := range b.stmts {
		_ = s.Close() // it did its work
	}
}

// one carries out one change. It returns the local values where they are new.
func (b *batch) one(ctx context.Context, action adapter.Action, c *adapter.Change) (record.Fields, error) {
	if action == adapter.Delete {
		return nil, b.delete(ctx, c)
	}
	cells, err := b.cells(ctx, c)
	if err != nil {
		return nil, err
	}
	if action == adapter.Create {
		return b.insert(ctx, c, cells)
	}
	return b.update(ctx, c, cells)
}

func (b *batch) insert(ctx context.Context, c *adapter.Change, cells []cell) (record.Fields, error) {
	var names, params []string
	var args []any
	for i, x := range cells {
		names, params, args = append(names, x.column.quoted), append(params, b.d.param(i+1)), append(args, x.value)
	}
	values := "DEFAULT VALUES"
	if len(names) > 0 {
		values = "(" + strings.Join(names, ", ") + ") VALUES (" + strings.Join(params, ", ") + ")"
	}
	local, found, err := b.returning(ctx, b.d.insert()+" "+b.m.table.from+" "+values, args)
	if err != nil {
		return nil, b.explain(ctx, adapter.Create, c, cells, err)
	}
	if !found {
		return nil, fault.Errorf(fault.Conflict, "a trigger of %s ignored the new row", b.m.table)
	}
	return local, nil
}

func (b *batch) update(ctx context.Context, c *adapter.Change, cells []cell) (record.Fields, error) {
	if len(cells) == 0 {
		return nil, nil
	}
	var sets []string
	var args []any
	for i, x := range cells {
		sets, args = append(sets, x.column.quoted+" = "+b.d.param(i+1)), append(args, x.value)
	}
	where, keys, err := b.where(ctx, c, len(args))
	if err != nil {
		return nil, err
	}
	if err := b.empties(ctx, c, atWrite); err != nil {
		return nil, err
	}
	query, args := b.d.update()+" "+b.m.table.from+" SET "+strings.Join(sets, ", ")+" WHERE "+where, append(args, keys...)
	var local record.Fields
	var found bool
	if b.renames(cells) {
		local, found, err = b.returning(ctx, query, args)
	} else {
		found, err = b.exec(ctx, query, args)
	}
	if err != nil {
		return nil, b.explain(ctx, adapter.Update, c, cells, err)
	}
	if !found {
		return nil, b.missed(ctx, c)
	}
	return local, nil
}

// renames reports whether local values change with the cells.
func (b *batch) renames(cells []cell) bool {
	return slices.ContainsFunc(cells, func(x cell) bool { return slices.Contains(b.m.local, x.column) })
}

func (b *batch) delete(ctx context.Context, c *adapter.Change) error {
	where, keys, err := b.where(ctx, c, 0)
	if err != nil {
		return err
	}
	if err := b.reach(ctx, c, atWrite); err != nil {
		return err
	}
	found, err := b.exec(ctx, "DELETE FROM "+b.m.table.from+" WHERE "+where, keys)
	if err != nil {
		return b.explain(ctx, adapter.Delete, c, nil, err)
	}
	if !found {
		return b.missed(ctx, c)
	}
	return nil
}

// fieldNamed returns the side's field, constants too; nil where there is none.
func (m *model) fieldNamed(name string) *field {
	for _, fs := range [][]*field{m.fields, m.fixed} {
		for _, f := range fs {
			if f.name == name {
				return f
			}
		}
	}
	return nil
}

func (b *batch) prepare(ctx context.Context, query string) (*sql.Stmt, error) {
	if s := b.stmts[query]; s != nil {
		return s, nil
	}
	s, err := b.q.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	b.stmts[query] = s
	return s, nil
}

// exec runs a statement and reports whether it found a row.
func (b *batch) exec(ctx context.Context, query string, args []any) (bool, error) {
	s, err := b.prepare(ctx, query) //nolint:sqlclosecheck // the batch closes it
	if err != nil {
		b.revive()
		return false, err
	}
	r, err := s.ExecContext(ctx, args...)
	if err != nil {
		b.revive()
		return false, err
	}
	n, err := r.RowsAffected()
	return n > 0, err
}

// returning runs a statement and returns the local values of the row that it wrote.
func (b *batch) returning(ctx context.Context, query string, args []any) (record.Fields, bool, error) {
	if len(b.m.local) == 0 {
		found, err := b.exec(ctx, query, args)
		return nil, found, err
	}
	var exprs []string
	for _, c := range b.m.local {
		exprs = append(exprs, b.d.bare(c.quoted))
	}
	s, err := b.prepare(ctx, query+" RETURNING "+strings.Join(exprs, ", ")) //nolint:sqlclosecheck // the batch closes it
	if err != nil {
		b.revive()
		return nil, false, err
	}
	row, dest := make([]any, len(exprs)), make([]any, len(exprs))
	for i := range row {
		dest[i] = &row[i]
	}
	switch err := s.QueryRowContext(ctx, args...).Scan(dest...); {
	case errors.Is(err, sql.ErrNoRows):
		return nil, false, nil
	case err != nil:
		b.revive()
		return nil, false, err
	}
	reader := selection{d: b.d}
	var local record.Fields
	for i, c := range b.m.local {
		v, err := reader.local1(row[i])
		if err != nil {
			return nil, false, fmt.Errorf("read key %q: %w", c.name, err)
		}
		local = append(local, record.Field{Name: c.name, Value: v})
	}
	return local, true, nil
}
