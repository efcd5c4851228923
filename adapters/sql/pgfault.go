package sql

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"strconv"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/plumbline-sync/plumbline/adapters/sql/pgwire"
)

// fault implements dialect, by the codes of the manual's appendix A.
func (d *postgres) fault(err error) trouble {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return d.refusal(e)
	}
	t := trouble{text: err.Error()}
	var connect *pgconn.ConnectError
	connecting := errors.As(err, &connect)
	switch {
	case errors.Is(err, pgwire.ErrSilent):
		t.kind, t.text = lost, "no answer came within "+(d.limit+pgwire.Grace).String()
		return t
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded) && !connecting:
		t.kind = stopped
		return t
	}
	var unsigned x509.UnknownAuthorityError
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	var verify *tls.CertificateVerificationError
	var network *net.OpError
	var lookup *net.DNSError
	switch {
	case errors.As(err, &unsigned), errors.As(err, &name), errors.As(err, &invalid), errors.As(err, &verify):
		t.kind, t.text = broken, "the server's certificate: "+certificate(err)+"; see ca_file and sslmode"
	case connecting && strings.Contains(t.text, "server refused TLS connection"):
		t.kind, t.text = broken, "the server speaks no TLS, which sslmode "+d.sslmode+" asks for"
	case errors.As(err, &lookup):
		t.kind, t.text = lost, "host "+lookup.Name+": "+lookup.Err
	case errors.Is(err, context.DeadlineExceeded):
		t.kind, t.text = lost, "the server does not answer within "+pgPatience.String()
	case errors.As(err, &network):
		t.kind, t.text = lost, network.Err.Error()
		if s := errors.Unwrap(network.Err); s != nil {
			t.text = s.Error()
		}
		if errors.Is(err, syscall.ECONNREFUSED) {
			t.text += ": no server listens at this address and port"
		}
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed), errors.Is(err, pgconn.ErrConnClosed), errors.Is(err, pgwire.ErrGone), pgconn.SafeToRetry(err), connecting:
		t.kind, t.text = lost, "the connection is gone"
		if connecting {
			t.text = "no connection: " + root(err).Error()
		}
	}
	return t
}

// certificate returns the words of crypto/x509 without those around them.
func certificate(err error) string {
	if v, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		err = v.Err
	}
	return strings.TrimPrefix(root(err).Error(), "x509: ")
}

// root returns the innermost of an error's chain, of several the first.
func root(err error) error {
	for {
		inner := errors.Unwrap(err)
		if several, ok := err.(interface{ Unwrap() []error }); ok && len(several.Unwrap()) > 0 { //nolint:errorlint // it is taken apart here
			inner = several.Unwrap()[0]
		}
		if inner == nil {
			return err
		}
		err = inner
	}
}

// refusal classifies what the server said.
func (d *postgres) refusal(e *pgconn.PgError) trouble {
	t := trouble{text: e.Message, constraint: e.ConstraintName, column: e.ColumnName}
	switch e.Code {
	case "23505":
		t.kind = unique
	case "23502":
		t.kind = required
	case "23514":
		t.kind = check
	case "23503", "23001":
		t.kind = refers
	case "23P01":
		t.kind = excludes
	case "40001", "40P01", "55P03":
		t.kind = busy
	case "57014":
		t.kind = busy
		if strings.Contains(e.Message, "statement timeout") {
			t.text = "a statement took longer than statement_timeout (" + d.limit.String() + ")"
		}
	case "25006":
		t.kind, t.text = denied, "it may only be read: a standby, or set so for the database or the user ("+e.Message+")"
	case "42501":
		t.kind, t.text = denied, e.Message+"; grant it to user "+strconv.Quote(d.address.user)
	case "57P01", "57P02", "57P03":
		t.kind, t.text = lost, "the server is stopping, starting, or ended the connection ("+e.Message+"); once it is up, do it again"
	case "25P03", "25P04":
		t.kind = lost
	case "3D000":
		t.kind = missing
	case "53100":
		t.kind = full
	case "P0001":
		t.kind = trigger
	default:
		switch e.Code[:min(2, len(e.Code))] {
		case "22":
			t.kind = mismatch
		case "27":
			t.kind = trigger
		case "28":
			t.kind = denied
		case "08", "57", "53":
			t.kind = lost
		case "58", "XX":
			t.kind = ioError
		}
	}
	// A trigger may raise an error with any code; then it names no constraint.
	if e.ConstraintName == "" && strings.HasPrefix(e.Code, "23") && e.Code != "23502" && strings.Contains(e.Where, "PL/pgSQL") {
		t.kind = trigger
	}
	return t
}
