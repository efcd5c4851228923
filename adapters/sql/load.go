package sql

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"reflect"
	"slices"
	"strings"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// errEnough ends a load that the caller has had enough of.
var errEnough = errors.New("enough")

// Load implements adapter.Source: all models in one read transaction, each by one statement, in the order of its key.
func (a *database) Load(ctx context.Context, req adapter.Request) iter.Seq2[*record.Record, error] {
	return func(yield func(*record.Record, error) bool) {
		if err := a.load(ctx, req, yield); err != nil && !errors.Is(err, errEnough) {
			yield(nil, err)
		}
	}
}

func (a *database) load(ctx context.Context, req adapter.Request, yield func(*record.Record, error) bool) error {
	db, l, err := a.reading(ctx)
	if err != nil {
		return err
	}
	if err := l.err(); err != nil {
		return err
	}
	from, err := a.resume(req, l)
	if err != nil {
		return err
	}
	tx, err := db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return failed(a.d, "read", a.name, err)
	}
	defer func() { _ = tx.Rollback() }() // it only read
	for i, am := range req.Models {
		if i < from.at {
			continue
		}
		m := l.find(am.Name)
		if m == nil {
			return fault.Errorf(fault.Internal, "load model %q: the adapter was made without it", am.Name)
		}
		if i > from.at {
			from.key = nil
		}
		s := selectFrom(a.d, m)
		if err := a.rows(ctx, tx, s, from.key, newScope(m, req.Scope[m.Name]), yield); err != nil {
			return err
		}
		a.cursor = position{model: m.Name, done: true}
	}
	return nil
}

// rows yields the records of one model, those after the key where there is one.
func (a *database) rows(ctx context.Context, q querier, s *selection, after []any, sc *scope, yield func(*record.Record, error) bool) error {
	conds, args := sc.conditions(a.d, after)
	order, cond := ordering(a.d, s.m, len(after) > 0, len(args))
	if cond != "" {
		conds, args = append(conds, cond), append(args, after...)
	}
	rows, err := q.QueryContext(ctx, s.query(strings.Join(conds, " AND "), order), args...)
	if err != nil {
		return a.loadFailed(s.m, err)
	}
	defer func() { _ = rows.Close() }() // its error is Err's
	var r record.Record
	give := func(row []any, shared bool) error {
		err := s.record(row, &r)
		a.cursor = position{model: s.m.Name, key: pick(row, s.key)}
		if shared {
			a.cursor.key = nil // what comes after the key would not be all that is left
		}
		if err == nil && !sc.match(&r) {
			return nil
		}
		if err != nil && !yield(nil, err) || err == nil && !yield(&r, nil) {
			return errEnough
		}
		return nil
	}
	// A declared key may be that of several rows: of those each waits until it is known whether the next one has it too.
	declared, held := s.m.options().Key != "", false
	row, dest := s.row()
	last, lastDest := s.row()
	for rows.Next() {
		if err := rows.Scan(dest...); err != nil {
			return a.loadFailed(s.m, err)
		}
		switch {
		case !declared:
			err = give(row, false)
		case held:
			err = give(last, reflect.DeepEqual(pick(last, s.key), pick(row, s.key)))
		}
		if err != nil {
			return err
		}
		row, dest, last, lastDest, held = last, lastDest, row, dest, declared
	}
	if err := rows.Err(); err != nil {
		return a.loadFailed(s.m, err)
	}
	if held {
		return give(last, false)
	}
	return nil
}

func (a *database) loadFailed(m *model, err error) error {
	return fmt.Errorf("load model %q: %w", m.Name, failed(a.d, "read", a.name, err))
}

// pick returns the values at the places; nil where there is none or one is null.
func pick(row []any, places []int) []any {
	if len(places) == 0 {
		return nil
	}
	vs := make([]any, len(places))
	for i, at := range places {
		if vs[i] = row[at]; vs[i] == nil {
			return nil
		}
	}
	return vs
}

// ordering returns the order of a model's rows, and with after the condition that a row comes after a key given as parameters n+1 and on.
func ordering(d dialect, m *model, after bool, n int) (order, cond string) {
	if len(m.key) == 0 {
		return "", ""
	}
	var cols, params []string
	for i, c := range m.key {
		cols, params = append(cols, "t0."+c.quoted), append(params, d.param(n+i+1))
	}
	order = strings.Join(cols, ", ")
	switch {
	case !after:
	case len(cols) == 1:
		cond = cols[0] + " > " + params[0]
		if d.nullsLast() && !m.key[0].notNull { // as the key of a view may be
			cond = "(" + cond + " OR " + cols[0] + " IS NULL)"
		}
	default:
		cond = "(" + order + ") > (" + strings.Join(params, ", ") + ")"
	}
	return order, cond
}

// enoughToGuess is from how many rows on the database's own estimate is taken for their number.
const enoughToGuess = 100_000

// Count implements adapter.Counter; views and queries are not counted.
func (a *database) Count(ctx context.Context, req adapter.Request) int64 {
	db, l, err := a.reading(ctx)
	if err != nil || l.err() != nil {
		return -1
	}
	var total, n int64
	for _, am := range req.Models {
		m := l.find(am.Name)
		if m == nil || m.table.view || req.Scope[am.Name] != nil {
			return -1
		}
		if n = m.table.estimate; n < enoughToGuess {
			if err := db.QueryRowContext(ctx, "SELECT count(*) FROM "+m.table.from).Scan(&n); err != nil {
				return -1
			}
		}
		total += n
	}
	return total
}

// Version implements adapter.Versioner.
func (a *database) Version(ctx context.Context) (string, error) {
	db, _, err := a.reading(ctx)
	if err != nil {
		return "", err
	}
	return a.d.changed(ctx, db)
}

func modelIndex(ms []*adapter.Model, name string) int {
	return slices.IndexFunc(ms, func(m *adapter.Model) bool { return m.Name == name })
}
