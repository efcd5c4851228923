package sql

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/plumbline-sync/plumbline/adapters/sql/pgwire"
	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
)

// postgres is the dialect of PostgreSQL: a server, reached by pgwire.
//
// Whoever reads does so in sessions that cannot write, a load in one transaction that sees one state of the database. Whoever writes does so over few connections,
// with the isolation that the database's owner set for it. Each session sets how values are written down, so that they read the same from every server.
type postgres struct {
	address pgAddress
	shown   string // the address for people
	sslmode string
	caFile  string // as the job has it; "" for none
	roots   func(ctx context.Context) ([]byte, error)
	limit   time.Duration // of a statement
}

var _ dialect = (*postgres)(nil)

const (
	pgReaders   = 4                // connections that read, at the most
	pgWriters   = 3                // connections that write, at the most: each has a transaction of its own
	pgPatience  = 10 * time.Second // how long a statement waits for somebody's lock, and a connection for its server
	pgStatement = 5 * time.Minute  // how long a statement may take unless the job says otherwise
)

func (d *postgres) describe() []adapter.Item {
	host := d.address.host
	if d.address.port != pgPort {
		host += ":" + d.address.port
	}
	items := []adapter.Item{{Name: "database", Value: d.address.database}, {Name: "host", Value: host}, {Name: "user", Value: d.address.user}, {Name: "sslmode", Value: d.sslmode}}
	if d.caFile != "" {
		items = append(items, adapter.Item{Name: "ca_file", Value: d.caFile})
	}
	return append(items, adapter.Item{Name: "statement_timeout", Value: d.limit.String()}, adapter.Item{Name: "kind", Value: "PostgreSQL"})
}

func (d *postgres) lockName() string { return d.address.lockName() }

func (d *postgres) open(ctx context.Context, write bool) (*sql.DB, error) {
	config, err := d.config(ctx, write)
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(pgwire.New(config, d.limit))
	db.SetMaxOpenConns(pgReaders)
	db.SetMaxIdleConns(pgReaders)
	if write {
		db.SetMaxOpenConns(pgWriters)
	}
	if err := db.PingContext(ctx); err != nil {
		_ = db.Close() // the reason is in err
		return nil, failed(d, "open", d.shown, err)
	}
	return db, nil
}

// settings returns what a session sets first.
func (d *postgres) settings(write bool) string {
	set := []string{
		"TimeZone = 'UTC'", "DateStyle = 'ISO, YMD'", "IntervalStyle = 'postgres'", "extra_float_digits = 1", "bytea_output = 'hex'", "xmlbinary = 'base64'",
		fmt.Sprintf("statement_timeout = %d", d.limit.Milliseconds()), fmt.Sprintf("lock_timeout = %d", pgPatience.Milliseconds()),
	}
	if !write {
		set = append(set, "default_transaction_read_only = on")
	}
	if d.address.searchPath != "" {
		var schemas []string
		for s := range strings.SplitSeq(d.address.searchPath, ",") {
			schemas = append(schemas, d.quote(unquote(strings.TrimSpace(s))))
		}
		set = append(set, "search_path = "+strings.Join(schemas, ", "))
	}
	return "SET " + strings.Join(set, "; SET ")
}

// prepare implements dialect: tables of a server are made by who owns it.
func (d *postgres) prepare(context.Context) (bool, error) { return false, nil }

// standing implements dialect.
func (d *postgres) standing(bool) (string, error) { return "", nil }

// changed implements dialect: a server does not say cheaply.
func (d *postgres) changed(context.Context, querier) (string, error) { return "", nil }

func (d *postgres) close() error { return nil }

func (d *postgres) quote(name string) string  { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
func (d *postgres) param(n int) string        { return fmt.Sprintf("$%d", n) }
func (d *postgres) bare(column string) string { return column }
func (d *postgres) begin() string             { return "BEGIN" } // reads and writes, unless the server or the user may only read
func (d *postgres) insert() string            { return "INSERT INTO" }
func (d *postgres) update() string            { return "UPDATE" }
func (d *postgres) spoils() bool              { return true }
func (d *postgres) nullsLast() bool           { return true }

// bulk implements dialect: the values come as one list of texts for each column, whatever its type, so that the statement is the same for any number of rows.
// They are cast to the column's type without its length: to a length PostgreSQL would cut a text silently, while writing it complains.
func (d *postgres) bulk(action adapter.Action, t *table, set, key, returned []*column) string {
	var lists, names, values, sets, conds, out []string
	for i, c := range append(append([]*column{}, set...), key...) {
		v := fmt.Sprintf("v%d", i)
		lists, names = append(lists, d.param(i+1)+"::text[]"), append(names, v)
		value := fmt.Sprintf("CAST(v.%s AS %s)", v, c.pg.name)
		if i < len(set) {
			values, sets = append(values, value), append(sets, c.quoted+" = "+value)
		} else {
			conds = append(conds, "t."+c.quoted+" = "+value)
		}
	}
	if len(names) == 0 {
		return ""
	}
	for _, c := range returned {
		out = append(out, "t."+c.quoted)
	}
	rows := "unnest(" + strings.Join(lists, ", ") + ") WITH ORDINALITY AS v(" + strings.Join(names, ", ") + ", n)"
	switch action {
	case adapter.Create:
		var columns []string
		for _, c := range set {
			columns = append(columns, c.quoted)
		}
		// Rows are made, and returned, in the order of the query.
		return fmt.Sprintf("INSERT INTO %s AS t (%s) SELECT %s FROM %s ORDER BY v.n RETURNING %s", t.from, strings.Join(columns, ", "), strings.Join(values, ", "), rows, strings.Join(append([]string{"0"}, out...), ", "))
	case adapter.Update:
		return fmt.Sprintf("UPDATE %s AS t SET %s FROM %s WHERE %s RETURNING %s", t.from, strings.Join(sets, ", "), rows, strings.Join(conds, " AND "), strings.Join(append([]string{"v.n"}, out...), ", "))
	}
	return fmt.Sprintf("DELETE FROM %s AS t USING %s WHERE %s RETURNING v.n", t.from, rows, strings.Join(conds, " AND "))
}

// list implements dialect: an array of texts.
func (d *postgres) list(values []any) any {
	room := 2
	for _, v := range values {
		s, _ := v.(string)
		room += len(s) + len(s)/16 + 8
	}
	out := append(make([]byte, 0, room), '{')
	for i, v := range values {
		if i > 0 {
			out = append(out, ',')
		}
		switch x := v.(type) {
		case nil:
			out = append(out, "NULL"...)
		case string:
			out = appendElement(out, x)
		case int64:
			out = strconv.AppendInt(out, x, 10)
		default:
			out = appendElement(out, fmt.Sprint(x))
		}
	}
	return pgwire.Text(append(out, '}'))
}

// violated implements dialect.
func (d *postgres) violated(t trouble, in *table) *index {
	switch t.kind {
	case unique:
		for _, x := range in.uniques {
			if x.name == t.constraint {
				return x
			}
		}
	case required:
		if c := in.byName.exact[t.column]; c != nil {
			return &index{columns: []*column{c}}
		}
	}
	return &index{name: t.constraint}
}

// postgres returns the dialect of the database that a configuration names, and the database for people.
func (c *Config) postgres(url string, s adapter.Setup) (dialect, string, error) {
	a, err := splitPostgres(url)
	if err == nil {
		err = c.fits(&a)
	}
	if err != nil {
		return nil, "", fault.Wrap(fault.Invalid, err)
	}
	d := &postgres{address: a, shown: a.String(), sslmode: a.sslmode, caFile: c.CAFile, limit: c.StatementTimeout}
	if d.limit == 0 {
		d.limit = pgStatement
	}
	if d.sslmode == "" {
		d.sslmode = "prefer"
		if d.caFile != "" {
			d.sslmode = "verify-full"
		}
	}
	if d.caFile != "" {
		if d.roots, err = certificates(s, d.caFile); err != nil {
			return nil, "", err
		}
	}
	return d, d.shown, nil
}
