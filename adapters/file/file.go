// Package file is the adapter for files: CSV, NDJSON, JSON, YAML and DiffSync's export, one file or a folder of them.
package file

import (
	"context"
	"path/filepath"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
)

// Type returns the adapter type "file".
func Type() *adapter.Type {
	return &adapter.Type{
		Name: "file", Title: "files: CSV, NDJSON, JSON, YAML, DiffSync exports", Icon: "file", Target: true,
		Config:      func() any { return NewConfig() },
		ModelConfig: func() any { return &ModelConfig{} },
		New:         newFiles,
	}
}

// files is one side made of files.
type files struct {
	cfg    *Config
	disk   disk
	path   string // absolute, or a key
	target bool
	models []*adapter.Model
	cur    *cursor // of the running load
}

func newFiles(ctx context.Context, s adapter.Setup) (adapter.Source, error) {
	cfg, ok := s.Config.(*Config)
	if !ok {
		return nil, fault.Errorf(fault.Internal, "file: config is a %T", s.Config)
	}
	f := &files{cfg: cfg, disk: local{}, target: s.Side == "target", models: s.Models}
	if _, _, isS3 := cutS3(cfg.Path); isS3 {
		b, key, err := openBucket(ctx, s, cfg.Path)
		if err != nil {
			return nil, err
		}
		f.disk, f.path = b, key
	} else if s.NoLocal {
		return nil, fault.Errorf(fault.Invalid, "path %q: a file of a laptop; a function reads and writes s3://BUCKET/KEY only", cfg.Path)
	} else {
		f.path = f.disk.join(s.Dir, cfg.Path)
	}
	if !f.target {
		return f, nil
	}
	return newTarget(f), nil
}

// Describe implements adapter.Describer.
func (f *files) Describe() []adapter.Item {
	items := []adapter.Item{{Name: "path", Value: f.cfg.Path}}
	if f.cfg.Format != "" {
		items = append(items, adapter.Item{Name: "format", Value: f.cfg.Format})
	}
	ts, err := f.resolve(f.models)
	if err != nil {
		return items
	}
	for _, t := range ts {
		if t.path != f.path {
			items = append(items, adapter.Item{Name: t.Name, Value: t.show})
		}
	}
	return items
}

// LockName implements adapter.Locker.
func (f *files) LockName() string {
	if b, ok := f.disk.(*bucket); ok {
		return b.show(f.path)
	}
	p := f.path
	if real, err := filepath.EvalSymlinks(p); err == nil {
		p = real
	}
	return "file:" + filepath.Clean(p)
}
