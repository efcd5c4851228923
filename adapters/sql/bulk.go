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

// bulkBytes bounds the values of one statement: records may be large.
const bulkBytes = 4 << 20

// errUneven is a statement for many changes that did not answer for each: rows are gone, or something kept them as they are. One by one they tell.
var errUneven = errors.New("rows were left out")

// row is a change, ready to be written.
type row struct {
	at    int // in the batch
	c     *adapter.Change
	cells []cell
	tells []*column // the row, nil for a create
	key   []any     // what is in them
	size  int
}

// many carries out changes by as few statements as can be: those that touch the same columns go together. What is refused is halved until the bad change stands alone;
// it then has a statement of its own, which tells what is wrong.
func (b *batch) many(ctx context.Context, action adapter.Action, cs []*adapter.Change, results []adapter.Result) error {
	work := context.WithoutCancel(ctx)
	groups, err := b.groups(work, action, cs, results)
	if err != nil {
		return err
	}
	for _, rows := range groups {
		for len(rows) > 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
			n, size := 0, 0
			for n < len(rows) && (n == 0 || size+rows[n].size <= bulkBytes) {
				size += rows[n].size
				n++
			}
			if err := b.halves(work, action, rows[:n], results); err != nil {
				return err
			}
			rows = rows[n:]
		}
	}
	return nil
}

// groups makes the changes ready. Nothing is written yet, so what goes wrong with one is undone by going back to the mark.
func (b *batch) groups(ctx context.Context, action adapter.Action, cs []*adapter.Change, results []adapter.Result) ([][]row, error) {
	b.mark()
	var groups [][]row
	byColumns := map[string]int{}
	for i, c := range cs {
		r, err := b.ready(ctx, action, c)
		if err != nil {
			if results[i].Err = err; !single(err) {
				return nil, err
			}
			b.back()
			continue
		}
		if action == adapter.Update && len(r.cells) == 0 {
			continue
		}
		r.at = i
		var columns strings.Builder
		for _, x := range r.cells {
			columns.WriteString(x.column.quoted)
		}
		for _, k := range r.tells {
			columns.WriteString(" " + k.quoted)
		}
		g, ok := byColumns[columns.String()]
		if !ok {
			g, groups = len(groups), append(groups, nil)
			byColumns[columns.String()] = g
		}
		groups[g] = append(groups[g], r)
	}
	b.release()
	return groups, nil
}

// single reports whether an error is about one change, so that others may go on.
func single(err error) bool {
	code := fault.Of(err)
	return code == fault.Invalid || code == fault.Conflict || code == fault.NotFound
}

func (b *batch) ready(ctx context.Context, action adapter.Action, c *adapter.Change) (row, error) {
	r := row{c: c}
	var err error
	if action != adapter.Delete {
		if r.cells, err = b.cells(ctx, c); err != nil {
			return r, err
		}
		for _, x := range r.cells {
			r.size += len(x.shown)
		}
	}
	if action != adapter.Create {
		if r.tells, r.key, err = b.tell(ctx, c); err != nil {
			return r, err
		}
	}
	switch action {
	case adapter.Delete:
		err = b.reach(ctx, c, atWrite)
	case adapter.Update:
		err = b.empties(ctx, c, atWrite)
	}
	return r, err
}

// halves carries out changes that touch the same columns.
func (b *batch) halves(ctx context.Context, action adapter.Action, rows []row, results []adapter.Result) error {
	if len(rows) == 0 {
		return nil
	}
	b.mark()
	if len(rows) == 1 {
		if err := b.at.flush(ctx); err != nil {
			return err
		}
		r := &rows[0]
		local, err := b.one(ctx, action, r.c)
		results[r.at] = adapter.Result{Local: local, Err: err}
		if err != nil {
			if !single(err) {
				return err
			}
			if action != adapter.Delete || !fault.Is(err, fault.NotFound) { // a row that is gone may have been deleted by a trigger just now
				b.back()
			}
		}
		b.release()
		return nil
	}
	s := b.statement(action, rows)
	if err := b.at.flush(ctx); err != nil {
		return err
	}
	err := b.together(ctx, s, rows, results)
	if err == nil {
		b.release()
		return nil
	}
	switch b.d.fault(err).kind {
	case unique, required, check, refers, excludes, mismatch, trigger, other:
	default:
		return b.failed(err)
	}
	b.back()
	b.release()
	half := len(rows) / 2
	if err := b.halves(ctx, action, rows[:half], results); err != nil {
		return err
	}
	return b.halves(ctx, action, rows[half:], results)
}

// statement is one for many changes.
type statement struct {
	action   adapter.Action
	query    string // "": there is none, they go one by one
	args     []any
	returned []*column
}

// statement makes the statement that carries out changes which touch the same columns. It asks nobody, so that it is made while another batch has the connection.
func (b *batch) statement(action adapter.Action, rows []row) statement {
	s := statement{action: action}
	var set []*column
	key := rows[0].tells
	values := make([]any, len(rows))
	for i, x := range rows[0].cells {
		set = append(set, x.column)
		for n := range rows {
			values[n] = rows[n].cells[i].value
		}
		s.args = append(s.args, b.d.list(values))
	}
	for i := range key {
		for n := range rows {
			values[n] = rows[n].key[i]
		}
		s.args = append(s.args, b.d.list(values))
	}
	if action == adapter.Create || action == adapter.Update && b.renames(rows[0].cells) {
		s.returned = b.m.local
	}
	s.query = b.d.bulk(action, b.m.table, set, key, s.returned)
	return s
}

// together carries out changes by one statement. The error is the driver's.
func (b *batch) together(ctx context.Context, s statement, rows []row, results []adapter.Result) error {
	if s.query == "" {
		return errUneven
	}
	locals, err := b.answers(ctx, s.query, s.args, len(rows), s.returned, s.action == adapter.Create)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(locals, func(l record.Fields) bool { return l == nil }) {
		return errUneven
	}
	for n := range rows {
		r := adapter.Result{Local: locals[n]}
		if len(s.returned) == 0 {
			r.Local = nil
		}
		results[rows[n].at] = r
	}
	return nil
}

// answers returns the local values of the rows that a statement for n changes wrote, in their order; nil where there was no row.
func (b *batch) answers(ctx context.Context, query string, args []any, n int, returned []*column, inOrder bool) ([]record.Fields, error) {
	s, err := b.prepare(ctx, query) //nolint:sqlclosecheck // the batch closes it
	if err != nil {
		return nil, err
	}
	rows, err := s.QueryContext(ctx, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // its error is Err's
	vs, dest := make([]any, 1+len(returned)), make([]any, 1+len(returned))
	for i := range vs {
		dest[i] = &vs[i]
	}
	locals, count := make([]record.Fields, n), 0
	for rows.Next() {
		if err := rows.Scan(dest...); err != nil {
			return nil, err
		}
		count++
		at, _ := vs[0].(int64)
		if inOrder {
			at = int64(count)
		}
		if at < 1 || at > int64(n) {
			return nil, errUneven
		}
		reader := selection{d: b.d}
		local := record.Fields{}
		for i, c := range returned {
			v, err := reader.local1(vs[1+i])
			if err != nil {
				return nil, err
			}
			local = append(local, record.Field{Name: c.name, Value: v})
		}
		locals[at-1] = local
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	if inOrder && count != n {
		return nil, errUneven
	}
	return locals, nil
}
