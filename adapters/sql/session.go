package sql

import (
	"context"
	"database/sql"
	"strings"
)

// session is the connection of one transaction that writes. It is taken, and the transaction begun, by the first statement that needs it: until then another batch has it,
// and this one is made ready. Statements that answer nothing go out with the next one, in one message.
type session struct {
	ctx     context.Context //nolint:containedctx // of the call: who waits for the connection, or to begin, stops with it
	d       dialect
	name    string // the database's
	db      *sql.DB
	conn    *sql.Conn // nil: not taken yet
	waiting []string  // statements
}

var _ querier = (*session)(nil)

// later sends a statement with the next one.
func (s *session) later(statement string) { s.waiting = append(s.waiting, statement) }

// flush takes the connection where that was not done, and sends what waits. Its error has a code.
func (s *session) flush(ctx context.Context) error {
	if s.conn == nil {
		conn, err := s.db.Conn(s.ctx)
		if err != nil {
			return failed(s.d, "write to", s.name, err)
		}
		s.conn, s.waiting = conn, append([]string{s.d.begin()}, s.waiting...)
		ctx = s.ctx // the database may have others wait, too
	}
	if len(s.waiting) == 0 {
		return nil
	}
	all := strings.Join(s.waiting, "; ")
	s.waiting = s.waiting[:0]
	if _, err := s.conn.ExecContext(ctx, all); err != nil {
		return failed(s.d, "write to", s.name, err)
	}
	return nil
}

// commit ends the transaction, if there is one. The error is the driver's.
func (s *session) commit(ctx context.Context) error {
	if s.conn == nil {
		return nil
	}
	_, err := s.conn.ExecContext(ctx, strings.Join(append(s.waiting, "COMMIT"), "; "))
	return err
}

// rollback ends the transaction without effect; where the database did that already it does nothing.
func (s *session) rollback(ctx context.Context) {
	if s.conn != nil {
		_, _ = s.conn.ExecContext(ctx, "ROLLBACK") // where there is none any more, this is an error of no interest
	}
}

// close gives the connection back.
func (s *session) close() {
	if s.conn != nil {
		_ = s.conn.Close()
	}
}

// QueryContext implements querier.
func (s *session) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if err := s.flush(ctx); err != nil {
		return nil, err
	}
	return s.conn.QueryContext(ctx, query, args...)
}

// ExecContext implements querier.
func (s *session) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if err := s.flush(ctx); err != nil {
		return nil, err
	}
	return s.conn.ExecContext(ctx, query, args...)
}

// PrepareContext implements querier.
func (s *session) PrepareContext(ctx context.Context, query string) (*sql.Stmt, error) {
	if err := s.flush(ctx); err != nil {
		return nil, err
	}
	return s.conn.PrepareContext(ctx, query)
}
