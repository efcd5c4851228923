// Package pgwire is a driver of PostgreSQL for database/sql that speaks the protocol's text form in both directions, so that values come and go exactly as the server prints and reads them.
// It knows no types but those of integers, which come as int64; all else is a string, null nil. In a transaction that only reads, queries go through a cursor of the server.
package pgwire

import (
	"context"
	"database/sql/driver"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

var (
	_ driver.Connector          = (*connector)(nil)
	_ driver.ConnBeginTx        = (*conn)(nil)
	_ driver.ConnPrepareContext = (*conn)(nil)
	_ driver.QueryerContext     = (*conn)(nil)
	_ driver.ExecerContext      = (*conn)(nil)
	_ driver.NamedValueChecker  = (*conn)(nil)
	_ driver.SessionResetter    = (*conn)(nil)
	_ driver.Validator          = (*conn)(nil)
	_ driver.StmtQueryContext   = (*stmt)(nil)
	_ driver.StmtExecContext    = (*stmt)(nil)

	_ driver.RowsColumnTypeDatabaseTypeName = (*rows)(nil)
)

// Grace is how much longer than the server's limit we wait for an answer before the connection counts as lost.
const Grace = 30 * time.Second

// New returns what makes connections. limit is the server's on the time of a statement: where no answer comes within it and a little more the connection counts as lost.
// config was made by pgconn.ParseConfig.
func New(config *pgconn.Config, limit time.Duration) driver.Connector {
	return &connector{config, limit}
}

// connector makes connections.
type connector struct {
	config *pgconn.Config
	limit  time.Duration // of a statement, on the server
}

// Connect implements driver.Connector.
func (c *connector) Connect(ctx context.Context) (driver.Conn, error) {
	p, err := pgconn.ConnectConfig(ctx, c.config)
	if err != nil {
		return nil, err
	}
	return &conn{p: p, limit: c.limit, prepared: map[string]*pgconn.StatementDescription{}, used: time.Now()}, nil
}

// Driver implements driver.Connector.
func (c *connector) Driver() driver.Driver { return noDriver{} }

// noDriver is there because database/sql asks for one.
type noDriver struct{}

// Open implements driver.Driver.
func (noDriver) Open(string) (driver.Conn, error) {
	return nil, errors.New("connections are made by their connector")
}

// conn is a connection. database/sql sees to it that it is used by one goroutine at a time.
type conn struct {
	p        *pgconn.PgConn
	limit    time.Duration
	prepared map[string]*pgconn.StatementDescription // by text
	reading  bool                                    // in a transaction that only reads
	cursors  int                                     // made so far
	used     time.Time
}

// maxPrepared is how many statements a connection keeps prepared; they differ by the columns that changes touch.
const maxPrepared = 100

// Prepare implements driver.Conn.
func (c *conn) Prepare(query string) (driver.Stmt, error) {
	return c.PrepareContext(context.Background(), query)
}

// PrepareContext implements driver.ConnPrepareContext. Statements stay prepared for the next who has the same text.
func (c *conn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	if d := c.prepared[query]; d != nil {
		return &stmt{c, d}, nil
	}
	ctx, done := c.limited(ctx)
	defer done()
	if len(c.prepared) >= maxPrepared {
		if _, err := c.p.Exec(ctx, "DEALLOCATE ALL").ReadAll(); err != nil {
			return nil, c.told(ctx, err)
		}
		clear(c.prepared)
	}
	d, err := c.p.Prepare(ctx, "plumbline_"+strconv.Itoa(len(c.prepared)), query, nil)
	if err != nil {
		return nil, c.told(ctx, err)
	}
	c.prepared[query] = d
	return &stmt{c, d}, nil
}

// Close implements driver.Conn.
func (c *conn) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return c.p.Close(ctx)
}

// Begin implements driver.Conn.
func (c *conn) Begin() (driver.Tx, error) {
	return c.BeginTx(context.Background(), driver.TxOptions{})
}

// BeginTx implements driver.ConnBeginTx: a transaction that only reads sees one state of the database from its first statement to its last.
func (c *conn) BeginTx(ctx context.Context, o driver.TxOptions) (driver.Tx, error) {
	begin := "BEGIN"
	if o.ReadOnly {
		begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
	}
	if _, err := c.ExecContext(ctx, begin, nil); err != nil {
		return nil, err
	}
	c.reading = o.ReadOnly
	return tx{c}, nil
}

type tx struct{ c *conn }

// Commit implements driver.Tx.
func (t tx) Commit() error { return t.end("COMMIT") }

// Rollback implements driver.Tx.
func (t tx) Rollback() error { return t.end("ROLLBACK") }

func (t tx) end(how string) error {
	t.c.reading = false
	_, err := t.c.ExecContext(context.Background(), how, nil)
	return err
}

// CheckNamedValue implements driver.NamedValueChecker: what can be written down is a parameter.
func (c *conn) CheckNamedValue(v *driver.NamedValue) error {
	_, err := text(v.Value)
	return err
}

// IsValid implements driver.Validator: a connection that is left in a transaction is not given to the next.
func (c *conn) IsValid() bool { return !c.p.IsClosed() && c.p.TxStatus() == 'I' }

// ResetSession implements driver.SessionResetter: a connection that lay idle, as in a function between two calls, is asked whether it is still there.
func (c *conn) ResetSession(ctx context.Context) error {
	if c.p.IsClosed() {
		return driver.ErrBadConn
	}
	if time.Since(c.used) < 5*time.Second {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if err := c.p.Ping(ctx); err != nil {
		return driver.ErrBadConn
	}
	return nil
}

// ErrSilent is the error of a statement whose answer never came, ErrGone is in that of one with which the connection went, as where what came was no answer: it may have been carried out.
var (
	ErrSilent = errors.New("no answer came")
	ErrGone   = errors.New("the connection is gone")
)

// limited bounds the wait for an answer: a server that is gone without a word does not tell.
func (c *conn) limited(ctx context.Context) (context.Context, context.CancelFunc) {
	c.used = time.Now()
	return context.WithTimeoutCause(ctx, c.limit+Grace, ErrSilent)
}

// told returns a statement's error, told apart where it is our own bound that passed, or where the connection went with it.
func (c *conn) told(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(context.Cause(ctx), ErrSilent):
		return ErrSilent
	case c.p.IsClosed():
		return fmt.Errorf("%w: %w", ErrGone, err)
	}
	return err
}

// ExecContext implements driver.ExecerContext. Without parameters it may be several statements; the result is the last one's.
func (c *conn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	ctx, done := c.limited(ctx)
	defer done()
	if len(args) == 0 {
		return c.script(ctx, query)
	}
	texts, err := params(args)
	if err != nil {
		return nil, err
	}
	tag, err := c.p.ExecParams(ctx, query, texts, nil, nil, nil).Close()
	return driver.RowsAffected(tag.RowsAffected()), c.told(ctx, err)
}

// script runs statements that have no parameters.
func (c *conn) script(ctx context.Context, query string) (driver.Result, error) {
	results, err := c.p.Exec(ctx, query).ReadAll()
	if err != nil {
		return nil, c.told(ctx, err)
	}
	var tag pgconn.CommandTag
	if n := len(results); n > 0 {
		tag = results[n-1].CommandTag
	}
	if strings.HasSuffix(query, "COMMIT") && tag.String() == "ROLLBACK" {
		return nil, errors.New("the transaction had come to an end before")
	}
	return driver.RowsAffected(tag.RowsAffected()), nil
}

// QueryContext implements driver.QueryerContext.
func (c *conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	texts, err := params(args)
	if err != nil {
		return nil, err
	}
	if c.reading {
		return c.declare(ctx, query, texts)
	}
	ctx, done := c.limited(ctx)
	return c.rows(ctx, done, c.p.ExecParams(ctx, query, texts, nil, nil, nil))
}

// params returns parameters in the protocol's text form; nil is null.
func params(args []driver.NamedValue) ([][]byte, error) {
	texts := make([][]byte, len(args))
	for i, a := range args {
		t, err := text(a.Value)
		if err != nil {
			return nil, err
		}
		texts[i] = t
	}
	return texts, nil
}

// Text is a parameter that is sent as it is, as a string is.
type Text []byte

func text(v any) ([]byte, error) {
	switch x := v.(type) {
	case nil:
		return nil, nil
	case string:
		return append([]byte{}, x...), nil
	case Text:
		return x, nil
	case int64:
		return strconv.AppendInt(nil, x, 10), nil
	case []byte:
		return append([]byte(`\x`), hex.EncodeToString(x)...), nil
	}
	return nil, fmt.Errorf("a parameter of type %T", v)
}

// stmt is a prepared statement.
type stmt struct {
	c *conn
	d *pgconn.StatementDescription
}

// Close implements driver.Stmt: the connection keeps it.
func (s *stmt) Close() error { return nil }

// NumInput implements driver.Stmt.
func (s *stmt) NumInput() int { return len(s.d.ParamOIDs) }

// Exec implements driver.Stmt.
func (s *stmt) Exec([]driver.Value) (driver.Result, error) { return nil, driver.ErrSkip }

// Query implements driver.Stmt.
func (s *stmt) Query([]driver.Value) (driver.Rows, error) { return nil, driver.ErrSkip }

// ExecContext implements driver.StmtExecContext.
func (s *stmt) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	texts, err := params(args)
	if err != nil {
		return nil, err
	}
	ctx, done := s.c.limited(ctx)
	defer done()
	tag, err := s.c.p.ExecPrepared(ctx, s.d.Name, texts, nil, nil).Close()
	return driver.RowsAffected(tag.RowsAffected()), s.c.told(ctx, err)
}

// QueryContext implements driver.StmtQueryContext.
func (s *stmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	texts, err := params(args)
	if err != nil {
		return nil, err
	}
	ctx, done := s.c.limited(ctx)
	return s.c.rows(ctx, done, s.c.p.ExecPrepared(ctx, s.d.Name, texts, nil, nil))
}
