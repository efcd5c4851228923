package sql

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
)

// config returns how connections are made. What the URL does not say of a password is taken from PGPASSWORD or ~/.pgpass, as by PostgreSQL's own programs.
func (d *postgres) config(ctx context.Context, write bool) (*pgconn.Config, error) {
	var text strings.Builder
	set := func(name, value string) {
		fmt.Fprintf(&text, "%s='%s' ", name, strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(value))
	}
	a := &d.address
	set("host", a.host)
	set("port", a.port)
	set("user", a.user)
	set("dbname", a.database)
	set("sslmode", d.sslmode)
	set("sslrootcert", "")
	set("connect_timeout", fmt.Sprint(int(pgPatience.Seconds())))
	set("application_name", "plumbline")
	set("client_encoding", "UTF8")
	set("target_session_attrs", "any")
	if a.password != "" {
		set("password", a.password)
	}
	config, err := pgconn.ParseConfig(text.String())
	if err != nil {
		// Its text may hold what was parsed; what is wrong with the URL was told before, so this is about PG* variables or files.
		return nil, fault.Errorf(fault.Invalid, "open database %q: a variable PG.., ~/.pgpass or ~/.pg_service.conf cannot be used", d.shown)
	}
	config.AfterConnect = func(ctx context.Context, p *pgconn.PgConn) error {
		_, err := p.Exec(ctx, d.settings(write)).ReadAll()
		return err
	}
	if d.roots == nil {
		return config, nil
	}
	pem, err := d.roots(ctx)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fault.Errorf(fault.Invalid, "ca_file: want certificates in PEM form (got %q, which holds none)", d.caFile)
	}
	for _, t := range append([]*tls.Config{config.TLSConfig}, fallbacks(config)...) {
		if t != nil {
			t.RootCAs = pool
		}
	}
	return config, nil
}

func fallbacks(config *pgconn.Config) []*tls.Config {
	var ts []*tls.Config
	for _, f := range config.Fallbacks {
		ts = append(ts, f.TLSConfig)
	}
	return ts
}

// certificates returns what reads the file of ca_file: beside the job, or in a bucket.
func certificates(s adapter.Setup, file string) (func(ctx context.Context) ([]byte, error), error) {
	at, ok := strings.CutPrefix(file, "s3://")
	if !ok {
		if s.NoLocal {
			return nil, fault.Errorf(fault.Invalid, "ca_file: a function reads s3://BUCKET/KEY only (got %q)", file)
		}
		return func(context.Context) ([]byte, error) {
			b, err := os.ReadFile(within(s.Dir, file))
			if err != nil {
				return nil, fault.Errorf(fault.NotFound, "read ca_file %q: %w", filepath.ToSlash(file), pathless(err))
			}
			return b, nil
		}, nil
	}
	bucket, key, _ := strings.Cut(at, "/")
	if s.Buckets == nil {
		return nil, fault.Errorf(fault.Invalid, "ca_file: this program was not given access to S3 (got %q)", file)
	}
	return func(ctx context.Context) ([]byte, error) {
		store, err := s.Buckets(ctx, bucket)
		if err != nil {
			return nil, fmt.Errorf("read ca_file %q: %w", file, err)
		}
		r, err := store.Open(ctx, key)
		if err != nil {
			return nil, fmt.Errorf("read ca_file %q: %w", file, err)
		}
		b, err := io.ReadAll(io.LimitReader(io.NewSectionReader(r, 0, r.Size()), 16<<20))
		return b, errors.Join(err, r.Close())
	}, nil
}
