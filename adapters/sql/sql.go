// Package sql loads from and writes to SQL databases: SQLite now, with what another database does differently behind one interface (dialect).
// Models are tables, fields are columns; a column with key_of holds the key of a row of another model's table and is read and written as that row's identity.
package sql

import (
	"context"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
)

// Type returns the adapter's type, named sql.
func Type() *adapter.Type {
	return &adapter.Type{
		Name:        "sql",
		Title:       "tables of an SQL database (SQLite)",
		Icon:        "⛁",
		Config:      func() any { return &Config{} },
		ModelConfig: func() any { return &ModelConfig{} },
		FieldKeys:   []string{"column", "key_of"},
		Target:      true,
		New:         open,
	}
}

func open(_ context.Context, s adapter.Setup) (adapter.Source, error) {
	return nil, fault.Errorf(fault.Internal, "not yet")
}
