// Package typed makes adapters of plain Go: a struct with tags for each model, a function that yields the structs, and for a target functions that create, update and delete them.
//
//	type Device struct {
//		Name   string `plumb:"name,id"`    // an identifier
//		Serial string `plumb:"serial"`     // an attribute
//		PK     int64  `plumb:"pk,local"`   // a local value: carried, never compared
//		SitePK int64  `plumb:"pk,parent"`  // on a write: the parent's local value pk; "pk,ref=site" that of the record which the field site refers to
//	}
//
// Pointers are null where they are nil; `omitempty` makes a field absent where it is zero; a text tagged ",where" says for people where the record stands.
// A model is named as its struct, in snake_case, or by a tag `plumb:"name,model"` on a blank field.
package typed

import (
	"context"
	"iter"
	"log/slog"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
)

// Setup is what one side is made from.
type Setup[C any] struct {
	Config C      // filled from the job, secrets resolved
	Dir    string // relative paths start here; absolute
	Side   string // "source" or "target"
	Log    *slog.Logger
}

// Spec describes an adapter whose config is a C and whose opened system is an S. Functions take the system first, so that its methods fit: (*client).load.
type Spec[C, S any] struct {
	Name  string // as a job names it; lower case
	Title string // one line for people
	// Config holds the defaults. Its fields have json and doc tags, as adapter.Type.Config says.
	Config C
	// Open connects to the system. It reads no records. An S with a method Close() error is closed at the end.
	Open func(ctx context.Context, s Setup[C]) (S, error)
	// Load yields structs of the models, or pointers to them, in any order. An error made by record.Bad is a finding on one record, any other ends the load.
	Load func(sys S, ctx context.Context) iter.Seq2[any, error]
	// Models are what the system keeps.
	Models []Model[S]
	// Create, Update and Delete are for models that have none of their own; what they get are pointers to the models' structs.
	Create func(sys S, ctx context.Context, x any) error
	Update func(sys S, ctx context.Context, now, was any) error
	Delete func(sys S, ctx context.Context, x any) error
}

// Source describes an adapter that only loads: load yields structs of the models, each of which is given by an empty one.
func Source[C any](name, title string, config C, load func(ctx context.Context, s Setup[C]) iter.Seq2[any, error], models ...any) *adapter.Type {
	sp := Spec[C, Setup[C]]{
		Name: name, Title: title, Config: config,
		Open: func(_ context.Context, s Setup[C]) (Setup[C], error) { return s, nil },
		Load: func(s Setup[C], ctx context.Context) iter.Seq2[any, error] { return load(ctx, s) },
	}
	for _, m := range models {
		sp.Models = append(sp.Models, Model[Setup[C]]{shape: shapeOf(m)})
	}
	return sp.Type()
}

// Type returns the adapter type. It panics where a struct's tags make no sense: that shows at the start of the program.
func (sp Spec[C, S]) Type() *adapter.Type {
	t := &adapter.Type{Name: sp.Name, Title: sp.Title, Target: sp.writes()}
	t.Config = func() any {
		c := sp.Config
		return &c
	}
	t.New = func(ctx context.Context, s adapter.Setup) (adapter.Source, error) {
		c, ok := s.Config.(*C)
		if !ok {
			return nil, fault.Errorf(fault.Internal, "adapter %q: config is a %T", sp.Name, s.Config)
		}
		for _, m := range sp.Models {
			if m.shape.err != nil {
				return nil, fault.Errorf(fault.Internal, "adapter %q: %w", sp.Name, m.shape.err)
			}
		}
		if err := sp.fits(s.Models); err != nil {
			return nil, err
		}
		sys, err := sp.Open(ctx, Setup[C]{Config: *c, Dir: s.Dir, Side: s.Side, Log: s.Log})
		if err != nil {
			return nil, err
		}
		src := &source[C, S]{spec: &sp, sys: sys}
		p := adapter.Parts{Source: src, Rest: src}
		if t.Target {
			p.Writer = &writer[C, S]{src}
		}
		return adapter.Compose(p), nil
	}
	return t
}

func (sp *Spec[C, S]) writes() bool {
	for _, m := range sp.Models {
		if m.create != nil || m.update != nil || m.delete != nil {
			return true
		}
	}
	return sp.Create != nil || sp.Update != nil || sp.Delete != nil
}

// model returns the model with the name; nil where there is none.
func (sp *Spec[C, S]) model(name string) *Model[S] {
	for i := range sp.Models {
		if sp.Models[i].shape.name == name {
			return &sp.Models[i]
		}
	}
	return nil
}
