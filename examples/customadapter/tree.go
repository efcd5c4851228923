package main

import (
	"context"
	"errors"
	"io/fs"
	"iter"
	"os"
	"path/filepath"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/adapter/typed"
	"github.com/plumbline-sync/plumbline/shared/fault"
)

// Tree is a target: a folder for each vendor, which holds a file for each of its devices and one for its own name.
type Tree struct {
	Path string `json:"path" doc:"the folder" required:"true"`
}

// TreeType returns the adapter.
func TreeType() *adapter.Type {
	return typed.Spec[Tree, Tree]{
		Name: "tree", Title: "a tree of folders and files", Load: Tree.load,
		Open: func(_ context.Context, s typed.Setup[Tree]) (Tree, error) {
			return Tree{Path: filepath.Join(s.Dir, s.Config.Path)}, nil
		},
		Models: []typed.Model[Tree]{
			typed.Write(typed.Funcs[Tree, Vendor]{Create: Tree.createVendor, Update: Tree.updateVendor, Delete: Tree.deleteVendor}),
			typed.Write(typed.Funcs[Tree, Device]{Create: Tree.createDevice, Update: Tree.updateDevice, Delete: Tree.deleteDevice}),
		},
	}.Type()
}

func (t Tree) vendor(v *Vendor) string { return filepath.Join(t.Path, v.ID) }
func (t Tree) device(d *Device) string { return filepath.Join(t.Path, d.Vendor, d.ID) }

func (t Tree) load(context.Context) iter.Seq2[any, error] {
	return func(yield func(any, error) bool) {
		files, err := filepath.Glob(filepath.Join(t.Path, "*", "*"))
		for _, file := range files {
			vendor, id := filepath.Base(filepath.Dir(file)), filepath.Base(file)
			var name []byte
			if name, err = os.ReadFile(file); err != nil {
				break
			}
			x := any(Device{Vendor: vendor, ID: id, Name: string(name)})
			if id == "NAME" {
				x = Vendor{ID: vendor, Name: string(name)}
			}
			if !yield(x, nil) {
				return
			}
		}
		if err != nil {
			yield(nil, coded(err))
		}
	}
}

func (t Tree) createVendor(_ context.Context, v *Vendor) error {
	if err := os.MkdirAll(t.vendor(v), 0o750); err != nil {
		return coded(err)
	}
	return write(filepath.Join(t.vendor(v), "NAME"), v.Name, os.O_CREATE|os.O_EXCL)
}

func (t Tree) updateVendor(_ context.Context, now, _ *Vendor) error {
	return write(filepath.Join(t.vendor(now), "NAME"), now.Name, os.O_TRUNC)
}

func (t Tree) deleteVendor(_ context.Context, v *Vendor) error {
	return coded(errors.Join(os.Remove(filepath.Join(t.vendor(v), "NAME")), os.Remove(t.vendor(v))))
}

func (t Tree) createDevice(_ context.Context, d *Device) error {
	return write(t.device(d), d.Name, os.O_CREATE|os.O_EXCL)
}

func (t Tree) updateDevice(_ context.Context, now, _ *Device) error {
	return write(t.device(now), now.Name, os.O_TRUNC)
}

func (t Tree) deleteDevice(_ context.Context, d *Device) error { return coded(os.Remove(t.device(d))) }

func write(file, text string, flag int) error {
	f, err := os.OpenFile(file, os.O_WRONLY|flag, 0o600)
	if err == nil {
		_, err = f.WriteString(text)
		err = errors.Join(err, f.Close())
	}
	return coded(err)
}

// coded says what kind of error it is, so that the engine knows what to do.
func coded(err error) error {
	switch {
	case errors.Is(err, fs.ErrExist):
		return fault.Wrap(fault.Conflict, err)
	case errors.Is(err, fs.ErrNotExist):
		return fault.Wrap(fault.NotFound, err)
	}
	return fault.Wrap(fault.Unavailable, err)
}
