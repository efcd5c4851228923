// Package file is the adapter for files: CSV, NDJSON, JSON, YAML and DiffSync's export, one file or a folder of them.
package file

import (
	"context"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
)

// Type returns the adapter type "file".
func Type() *adapter.Type {
	return &adapter.Type{
		Name: "file", Title: "files: CSV, NDJSON, JSON, YAML, DiffSync exports", Icon: "📄", Target: true,
		Config:      func() any { return NewConfig() },
		ModelConfig: func() any { return &ModelConfig{} },
		New: func(context.Context, adapter.Setup) (adapter.Source, error) {
			return nil, fault.Errorf(fault.Internal, "file: not yet")
		},
	}
}
