package main

import (
	"context"
	"fmt"
	"iter"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/adapter/typed"
)

// Type returns the adapter.
func Type() *adapter.Type {
	devices := functions("device", func(d *Device) int64 { return d.ID })
	devices.Delete = func(c Client, ctx context.Context, d *Device) error { // a device is not deleted but retired
		return c.Do(ctx, "PATCH", fmt.Sprintf("device/%d", d.ID), map[string]bool{"retired": true}, nil)
	}
	return typed.Spec[Client, Client]{
		Name: "inventory", Title: "an inventory behind HTTP", Load: load,
		Open: func(_ context.Context, s typed.Setup[Client]) (Client, error) { return s.Config, nil },
		Models: []typed.Model[Client]{
			typed.Write(functions("tenant", func(t *Tenant) int64 { return t.ID })),
			typed.Write(functions("site", func(s *Site) int64 { return s.ID })),
			typed.Write(devices),
			typed.Write(functions("port", func(p *Port) int64 { return p.ID })),
			typed.Write(functions("area", func(a *Area) int64 { return a.ID })),
		},
	}.Type()
}

// functions create, update and delete the objects of a kind.
func functions[T any](kind string, id func(*T) int64) typed.Funcs[Client, T] {
	path := func(x *T) string { return fmt.Sprintf("%s/%d", kind, id(x)) }
	return typed.Funcs[Client, T]{
		Create: func(c Client, ctx context.Context, x *T) error { return c.Do(ctx, "POST", kind, x, x) }, // the answer has the new id
		Update: func(c Client, ctx context.Context, now, _ *T) error { return c.Do(ctx, "PUT", path(now), now, nil) },
		Delete: func(c Client, ctx context.Context, x *T) error { return c.Do(ctx, "DELETE", path(x), nil, nil) },
	}
}

func load(c Client, ctx context.Context) iter.Seq2[any, error] {
	return all(list[Tenant](ctx, c, "tenant"), list[Site](ctx, c, "site"), list[Device](ctx, c, "device?retired=false"), list[Port](ctx, c, "port"), list[Area](ctx, c, "area"))
}
