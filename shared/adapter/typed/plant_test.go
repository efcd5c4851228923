package typed_test

import (
	"context"
	"fmt"
	"iter"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/adapter/typed"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// Row is a row of racks.
type Row struct {
	_    struct{} `plumb:"rack_row,model"`
	Name string   `plumb:"name,id"`
	PK   int64    `plumb:"pk,local"`
}

// Rack stands in a row.
type Rack struct {
	Row   string  `plumb:"row,id"`
	Name  string  `plumb:"name,id"`
	Units int     `plumb:"units"`
	Note  *string `plumb:"note"`
	Extra int     `plumb:"extra,omitempty"`
	PK    int64   `plumb:"pk,local"`
	RowPK int64   `plumb:"pk,parent"`
	At    string  `plumb:",where"`
}

// plant is a system for tests.
type plant struct {
	load []any
	log  []string
}

// Type returns the adapter of a plant.
func Type(p *plant) *adapter.Type {
	return typed.Spec[struct{}, *plant]{
		Name: "plant", Title: "a plant",
		Open: func(context.Context, typed.Setup[struct{}]) (*plant, error) { return p, nil },
		Load: (*plant).all,
		Models: []typed.Model[*plant]{
			typed.Write(typed.Funcs[*plant, Row]{Create: (*plant).createRow, Delete: (*plant).deleteRow}),
			typed.Write(typed.Funcs[*plant, Rack]{Create: (*plant).createRack, Update: (*plant).updateRack}),
		},
	}.Type()
}

func (p *plant) all(context.Context) iter.Seq2[any, error] {
	return func(yield func(any, error) bool) {
		for _, x := range p.load {
			err, _ := x.(*record.BadError)
			if err != nil && !yield(nil, err) || err == nil && !yield(x, nil) {
				return
			}
		}
	}
}

func (p *plant) say(format string, args ...any) error {
	p.log = append(p.log, fmt.Sprintf(format, args...))
	return nil
}

func (p *plant) createRow(_ context.Context, r *Row) error { return p.say("create row %s", r.Name) }

func (p *plant) deleteRow(_ context.Context, r *Row) error { return p.say("delete row %d", r.PK) }

func (p *plant) createRack(_ context.Context, r *Rack) error {
	r.PK = 100
	return p.say("create rack %s %s %d in %d", r.Row, r.Name, r.Units, r.RowPK)
}

func (p *plant) updateRack(_ context.Context, now, was *Rack) error {
	return p.say("update rack %d from %d to %d", now.PK, was.Units, now.Units)
}
