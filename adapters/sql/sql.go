// Package sql loads from and writes to SQL databases, SQLite and PostgreSQL; what one does differently from another is behind one interface (dialect).
// Models are tables, fields are columns; a column with key_of holds the key of a row of another model's table and is read and written as that row's identity.
package sql

import (
	"context"
	"database/sql"
	"errors"
	"sync"

	"github.com/plumbline-sync/plumbline/shared/adapter"
)

// Type returns the adapter's type, named sql.
func Type() *adapter.Type {
	return &adapter.Type{
		Name:        "sql",
		Title:       "tables of an SQL database (PostgreSQL, SQLite)",
		Icon:        "database",
		Config:      func() any { return &Config{} },
		ModelConfig: func() any { return &ModelConfig{} },
		FieldKeys:   []string{"column", "key_of"},
		Target:      true,
		New:         open,
	}
}

var (
	_ adapter.Source     = (*database)(nil)
	_ adapter.Batcher    = (*database)(nil)
	_ adapter.Concurrent = (*database)(nil)
	_ adapter.Resumer    = (*database)(nil)
	_ adapter.Scoper     = (*database)(nil)
	_ adapter.Versioner  = (*database)(nil)
	_ adapter.Counter    = (*database)(nil)
	_ adapter.Auditor    = (*database)(nil)
	_ adapter.Finder     = (*database)(nil)
	_ adapter.Conflicter = (*database)(nil)
	_ adapter.Describer  = (*database)(nil)
	_ adapter.Pinger     = (*database)(nil)
	_ adapter.Preparer   = (*database)(nil)
	_ adapter.Locker     = (*database)(nil)
	_ adapter.Cascader   = (*database)(nil)
	_ adapter.Closer     = (*database)(nil)
)

// database is one side's adapter. The database is opened when it is first asked for something.
type database struct {
	d     dialect
	name  string // for people
	setup adapter.Setup

	mu     sync.Mutex
	read   *sql.DB // only reads; nil until asked for
	write  *sql.DB // also writes; nil until asked for
	layout *layout // as read found it

	cursor position // of the running load
}

func open(_ context.Context, s adapter.Setup) (adapter.Source, error) {
	c := s.Config.(*Config)
	url, err := c.URL.Reveal()
	if err != nil {
		return nil, err
	}
	make := c.lite
	if isPostgres(url) {
		make = c.postgres
	}
	d, name, err := make(url, s)
	if err != nil {
		return nil, err
	}
	return &database{d: d, name: name, setup: s}, nil
}

// Describe implements adapter.Describer.
func (a *database) Describe() []adapter.Item { return a.d.describe() }

// LockName implements adapter.Locker.
func (a *database) LockName() string { return a.d.lockName() }

// Prepare implements adapter.Preparer.
func (a *database) Prepare(ctx context.Context) error {
	made, err := a.d.prepare(ctx)
	if err != nil {
		return err
	}
	if made {
		a.setup.Log.Info("made the database from the schema", "file", a.name)
		a.mu.Lock()
		defer a.mu.Unlock()
		return a.forget()
	}
	return nil
}

// Workers implements adapter.Concurrent. There is one more than connections that write: while a server works on their batches the next is made ready.
func (a *database) Workers() int {
	if a.d.spoils() {
		return pgWriters + 1
	}
	return 1
}

// Close implements adapter.Closer.
func (a *database) Close() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	return errors.Join(a.forget(), a.d.close())
}

// forget closes the connections; the next who needs one opens it again.
func (a *database) forget() error {
	var errs []error
	for _, db := range []*sql.DB{a.read, a.write} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	a.read, a.write, a.layout = nil, nil, nil
	return errors.Join(errs...)
}

// reading returns connections to read from and where the models are.
func (a *database) reading(ctx context.Context) (*sql.DB, *layout, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.layout != nil {
		return a.read, a.layout, nil
	}
	if a.read == nil {
		db, err := a.d.open(ctx, false)
		if err != nil {
			return nil, nil, err
		}
		a.read = db
	}
	l, err := a.look(ctx, a.read)
	if err != nil {
		return nil, nil, err
	}
	a.layout = l
	return a.read, l, nil
}

// look reads the catalog and finds the models in it.
func (a *database) look(ctx context.Context, q querier) (*layout, error) {
	c, err := a.d.catalog(ctx, q)
	if err != nil {
		return nil, err
	}
	queries := map[string]*table{}
	for _, am := range a.setup.Models {
		o := (&model{Model: am}).options()
		if o.Query == "" {
			continue
		}
		if queries[am.Name], err = a.d.result(ctx, q, o.Query); err != nil {
			queries[am.Name] = &table{broken: a.d.fault(err).text}
		}
	}
	return newLayout(c, a.setup.Models, queries, a.setup.Side == "target"), nil
}

// writing returns the connections that write, and where the models are.
func (a *database) writing(ctx context.Context) (*sql.DB, *layout, error) {
	_, l, err := a.reading(ctx)
	if err == nil {
		err = l.err()
	}
	if err != nil {
		return nil, nil, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.write == nil {
		db, err := a.d.open(ctx, true)
		if err != nil {
			return nil, nil, err
		}
		a.write = db
	}
	return a.write, l, nil
}
