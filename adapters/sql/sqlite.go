package sql

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
)

// lite is the dialect of SQLite: a database in one file.
//
// Readers open the file for writing but forbid themselves to write (query_only): only so can they roll back what a killed writer left half-done beside the file,
// and clean up the files of a write-ahead log. They never create it.
type lite struct {
	path   string // absolute
	shown  string // for people
	target bool
	schema string // absolute path of the file with the statements; "" for none

	memory  *sql.DB // what the schema would make, once it was asked for
	address string  // of memory
}

var _ dialect = (*lite)(nil)

// lite returns the dialect of the file that a configuration names, and the file for people.
func (c *Config) lite(url string, s adapter.Setup) (dialect, string, error) {
	if s.NoLocal {
		return nil, "", fault.Errorf(fault.Invalid, "url: SQLite is a file of one machine, which no function can reach")
	}
	if err := linked(sql.Drivers()); err != nil {
		return nil, "", err
	}
	file, err := splitURL(url)
	if err == nil {
		err = c.fits(nil)
	}
	if err != nil {
		return nil, "", fault.Wrap(fault.Invalid, err)
	}
	path := within(s.Dir, file)
	shown := path
	if rel, err := filepath.Rel(s.Dir, path); err == nil && filepath.IsLocal(rel) {
		shown = rel
	}
	d := &lite{path: path, shown: shown, target: s.Side == "target"}
	if c.Schema != "" {
		if s.Side == "source" {
			return nil, "", fault.Errorf(fault.Invalid, "schema: only a target makes its database (got %q)", c.Schema)
		}
		d.schema = within(s.Dir, c.Schema)
	}
	return d, shown, nil
}

// wait is how long a statement waits for another process's lock before it gives up, in milliseconds; the engine then tries again.
const wait = "10000"

func (d *lite) describe() []adapter.Item {
	items := []adapter.Item{{Name: "file", Value: d.shown}, {Name: "database", Value: "SQLite"}}
	if d.schema != "" {
		items = append(items, adapter.Item{Name: "schema", Value: filepath.Base(d.schema)})
	}
	return items
}

func (d *lite) lockName() string { return "sqlite:" + canonical(d.path) }

// canonical resolves links in a path, of a file that does not exist yet as far as it does.
func canonical(path string) string {
	for range 40 { // as many links as a kernel follows
		if p, err := filepath.EvalSymlinks(path); err == nil {
			return p
		}
		to, err := os.Readlink(path)
		if err != nil {
			break
		}
		path = within(filepath.Dir(path), to)
	}
	dir := filepath.Dir(path)
	if dir == path {
		return path
	}
	return filepath.Join(canonical(dir), filepath.Base(path))
}

func (d *lite) open(ctx context.Context, write bool) (*sql.DB, error) {
	switch info, err := os.Stat(d.path); {
	case errors.Is(err, fs.ErrNotExist) && !write && d.schema != "":
		return d.imagined(ctx)
	case errors.Is(err, fs.ErrNotExist) && d.schema != "":
		return nil, fault.Errorf(fault.NotFound, "open database %q: it is not there and was not made from the schema", d.shown)
	case errors.Is(err, fs.ErrNotExist):
		hint := ""
		if d.target {
			hint = "; make it, or name a file of CREATE TABLE statements with `schema:` and sync makes it"
		}
		return nil, fault.Errorf(fault.NotFound, "open database %q: there is no such file%s", d.shown, hint)
	case errors.Is(err, fs.ErrPermission):
		return nil, fault.Errorf(fault.Denied, "open database %q: %w", d.shown, pathless(err))
	case err != nil:
		return nil, fault.Errorf(fault.Unavailable, "open database %q: %w", d.shown, pathless(err))
	case info.IsDir():
		return nil, fault.Errorf(fault.Invalid, "open database %q: it is a folder", d.shown)
	}
	opts := []string{"mode=rw"}
	if !write {
		opts = append(opts, "_pragma=query_only(1)")
	}
	return d.connect(ctx, fileURL(d.path, opts...), write)
}

// fileURL returns SQLite's address of a file.
func fileURL(path string, opts ...string) string {
	p := filepath.ToSlash(path)
	if !strings.HasPrefix(p, "/") {
		p = "/" + p // C:/ on Windows
	}
	opts = append([]string{"_pragma=busy_timeout(" + wait + ")", "_pragma=foreign_keys(1)"}, opts...)
	return "file://" + (&url.URL{Path: p}).EscapedPath() + "?" + strings.Join(opts, "&")
}

// connect opens the pool and reads the file's first page.
func (d *lite) connect(ctx context.Context, address string, write bool) (*sql.DB, error) {
	db, err := sql.Open(liteDriver, address)
	if err != nil {
		return nil, fault.Errorf(fault.Internal, "open database %q: %w", d.shown, err)
	}
	db.SetMaxOpenConns(4)
	if write {
		db.SetMaxOpenConns(1)
	}
	var n int
	if err := db.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema").Scan(&n); err != nil {
		_ = db.Close() // the reason is in err
		return nil, d.failed("open", err)
	}
	return db, nil
}

// imagined returns the database that the schema would make, in memory.
func (d *lite) imagined(ctx context.Context) (*sql.DB, error) {
	if d.memory == nil {
		// The connection that made it holds it as long as the adapter lives.
		address := fileURL("/"+rand.Text(), "vfs=memdb")
		db, err := d.connect(ctx, address, true)
		if err != nil {
			return nil, err
		}
		if err := d.run(ctx, db); err != nil {
			_ = db.Close() // nothing is lost by it
			return nil, err
		}
		d.memory, d.address = db, address
	}
	return d.connect(ctx, d.address+"&_pragma=query_only(1)", false)
}

// close forgets the database in memory.
func (d *lite) close() error {
	if d.memory == nil {
		return nil
	}
	return d.memory.Close()
}

// run executes the schema file.
func (d *lite) run(ctx context.Context, db *sql.DB) error {
	text, err := os.ReadFile(d.schema)
	if err != nil {
		return fault.Errorf(fault.NotFound, "read schema %q: %w", filepath.Base(d.schema), pathless(err))
	}
	if _, err := db.ExecContext(ctx, string(text)); err != nil {
		if t := d.fault(err); t.kind == full || t.kind == ioError || t.kind == stopped {
			return d.failed("make", err)
		}
		return fault.Errorf(fault.Invalid, "run schema %q: %s", filepath.Base(d.schema), d.fault(err).text)
	}
	return nil
}

// prepare makes the file from the schema: beside its place, then renamed, so that nobody sees half of it.
func (d *lite) prepare(ctx context.Context) (made bool, err error) {
	if _, err := os.Stat(d.path); d.schema == "" || !errors.Is(err, fs.ErrNotExist) {
		return false, nil // open says what is wrong with it
	}
	part := d.path + ".new"
	sweep := func() {
		for _, end := range []string{"", "-journal", "-wal", "-shm"} {
			_ = os.Remove(part + end) // what a killed process left, mostly nothing
		}
	}
	sweep()
	defer sweep()
	db, err := d.connect(ctx, fileURL(part, "mode=rwc", "_pragma=synchronous(0)"), true)
	if err != nil {
		return false, err
	}
	err = d.run(ctx, db)
	if cerr := db.Close(); err == nil && cerr != nil {
		err = d.failed("make", cerr)
	}
	if err != nil {
		return false, err
	}
	if err := settle(part); err != nil {
		return false, fault.Errorf(fault.Unavailable, "make database %q: %w", d.shown, pathless(err))
	}
	// A link does not replace what somebody else made meanwhile, as a rename would; not every file system has links.
	if err = os.Link(part, d.path); errors.Is(err, fs.ErrExist) {
		return false, nil
	} else if err != nil {
		err = os.Rename(part, d.path)
	}
	if err != nil {
		return false, fault.Errorf(fault.Denied, "make database %q: %w", d.shown, pathless(err))
	}
	_ = settle(filepath.Dir(d.path)) // not every system can flush a folder
	return true, nil
}

// settle waits until a file is on the disk.
func settle(path string) error {
	f, err := os.OpenFile(path, os.O_RDONLY, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// changed reads the counter in the file's head that every transaction raises. A write-ahead log keeps changes elsewhere: then it cannot be told.
// It is read through SQLite: to open and close the file beside it would drop the locks that this process holds on it.
func (d *lite) changed(ctx context.Context, q querier) (string, error) {
	var mode, counter string
	err := each(ctx, q, "SELECT hex(substr(data, 19, 2)), hex(substr(data, 25, 4)) FROM sqlite_dbpage WHERE pgno = 1", nil, func() error { return nil }, &mode, &counter)
	if err != nil {
		return "", d.failed("read", err)
	}
	if mode != "0101" {
		return "", nil
	}
	return counter, nil
}

func (d *lite) quote(name string) string  { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
func (d *lite) param(int) string          { return "?" }
func (d *lite) bare(column string) string { return "+" + column }

func (d *lite) begin() string   { return "BEGIN IMMEDIATE" }
func (d *lite) insert() string  { return "INSERT OR ABORT INTO" }
func (d *lite) update() string  { return "UPDATE OR ABORT" }
func (d *lite) spoils() bool    { return false }
func (d *lite) nullsLast() bool { return false }

// bulk implements dialect: a statement for each change costs nothing where the database is in this process.
func (d *lite) bulk(adapter.Action, *table, []*column, []*column, []*column) string { return "" }
func (d *lite) list([]any) any                                                      { return nil }

// failed returns the error of an operation on the whole database, coded.
func (d *lite) failed(op string, err error) error { return failed(d, op, d.shown, err) }

// pathless drops the path from an error of package os, which stands in the message already.
func pathless(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err
	}
	if l, ok := errors.AsType[*os.LinkError](err); ok {
		return l.Err
	}
	return err
}

// violated implements dialect. SQLite names table and columns, a unique index only where it is one of expressions, a check by its name.
func (d *lite) violated(t trouble, in *table) *index {
	_, what, _ := strings.Cut(t.text, ": ")
	named := func(cs []*column) string {
		ns := make([]string, len(cs))
		for i, c := range cs {
			ns[i] = in.name + "." + c.name
		}
		return strings.Join(ns, ", ")
	}
	switch t.kind {
	case unique:
		for _, x := range in.uniques {
			if named(x.columns) == what {
				return x
			}
		}
	case required:
		for _, c := range in.columns {
			if named([]*column{c}) == what {
				return &index{columns: []*column{c}}
			}
		}
	}
	if name, ok := strings.CutPrefix(what, "index '"); ok {
		what = strings.TrimSuffix(name, "'")
	}
	return &index{name: what}
}

// standing implements dialect.
func (d *lite) standing(target bool) (string, error) {
	if _, err := os.Stat(d.path); errors.Is(err, fs.ErrNotExist) {
		if err := writable(filepath.Dir(d.path)); err != nil {
			return "", fault.Errorf(fault.Denied, "make database %q: its folder: %w", d.shown, err)
		}
		return ", which sync makes from " + filepath.Base(d.schema), nil
	}
	if !target {
		return "", nil
	}
	for _, p := range []string{d.path, filepath.Dir(d.path)} {
		if err := writable(p); err != nil {
			return "", fault.Errorf(fault.Denied, "write to database %q: %q: %w", d.shown, filepath.Base(p), err)
		}
	}
	return "", nil
}
