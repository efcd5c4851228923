package pgwire

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/jackc/pgx/v5/pgconn"
)

// rows are the rows of a query, read off the connection one by one. Those of a cursor are asked for fetch by fetch:
// a limit of the server's on the time of a statement then counts for each, however slow the reader is.
type rows struct {
	c      *conn
	ctx    context.Context //nolint:containedctx // of the statement: it ends with Close
	done   context.CancelFunc
	rr     *pgconn.ResultReader
	names  []string
	oids   []uint32
	cursor string // "": not one
	outer  context.Context
	count  int // of this fetch
}

// fetch is how many rows of a cursor are asked for at once. They are not kept: it bounds how often the server is asked, not memory.
const fetch = 2000

// declare opens a cursor in the running transaction and fetches its first rows.
func (c *conn) declare(ctx context.Context, query string, texts [][]byte) (driver.Rows, error) {
	c.cursors++
	name := "plumbline_" + strconv.Itoa(c.cursors)
	inner, done := c.limited(ctx)
	_, err := c.p.ExecParams(inner, "DECLARE "+name+" NO SCROLL CURSOR FOR "+query, texts, nil, nil, nil).Close()
	err = c.told(inner, err)
	done()
	if err != nil {
		return nil, err
	}
	r := &rows{c: c, cursor: name, outer: ctx}
	r.fetch()
	return r.opened()
}

func (r *rows) fetch() {
	r.ctx, r.done = r.c.limited(r.outer) //nolint:fatcontext // each fetch has its own
	r.rr, r.count = r.c.p.ExecParams(r.ctx, "FETCH "+strconv.Itoa(fetch)+" FROM "+r.cursor, nil, nil, nil, nil), 0
}

// rows returns the rows of a statement that was sent.
func (c *conn) rows(ctx context.Context, done context.CancelFunc, rr *pgconn.ResultReader) (driver.Rows, error) {
	return (&rows{c: c, ctx: ctx, done: done, rr: rr}).opened()
}

// opened reads what columns there are. A statement that is refused has none: its error is told at once.
func (r *rows) opened() (driver.Rows, error) {
	for _, f := range r.rr.FieldDescriptions() {
		r.names, r.oids = append(r.names, f.Name), append(r.oids, f.DataTypeOID)
	}
	if r.names == nil {
		if err := r.Close(); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// Columns implements driver.Rows.
func (r *rows) Columns() []string { return r.names }

// ColumnTypeDatabaseTypeName implements driver.RowsColumnTypeDatabaseTypeName: the type's number.
func (r *rows) ColumnTypeDatabaseTypeName(i int) string {
	return strconv.FormatUint(uint64(r.oids[i]), 10)
}

// Close implements driver.Rows.
func (r *rows) Close() error {
	_, err := r.rr.Close()
	err = r.c.told(r.ctx, err)
	r.done()
	if r.cursor != "" && err == nil {
		_, err = r.c.ExecContext(r.outer, "CLOSE "+r.cursor, nil)
	}
	return err
}

// Next implements driver.Rows.
func (r *rows) Next(dest []driver.Value) error {
	for !r.rr.NextRow() {
		_, err := r.rr.Close()
		err = r.c.told(r.ctx, err)
		r.done()
		if err != nil {
			return err
		}
		if r.cursor == "" || r.count < fetch {
			return io.EOF
		}
		r.fetch()
	}
	r.count++
	for i, text := range r.rr.Values() {
		v, err := value(text, r.oids[i])
		if err != nil { // no server says that
			return fmt.Errorf("%w: column %q: %w", ErrGone, r.names[i], err)
		}
		dest[i] = v
	}
	return nil
}

// The numbers of the integer types (pg_type.dat).
const (
	oidInt8 = 20
	oidInt2 = 21
	oidInt4 = 23
)

// value returns what a text of the protocol stands for: null, an integer, else the text.
func value(text []byte, oid uint32) (any, error) {
	switch {
	case text == nil:
		return nil, nil
	case oid == oidInt8 || oid == oidInt4 || oid == oidInt2:
		n, err := strconv.ParseInt(string(text), 10, 64)
		if err != nil {
			return nil, errors.New("no integer")
		}
		return n, nil
	}
	return string(text), nil
}
