package main

import (
	"bufio"
	"context"
	"fmt"
	"iter"
	"os"
	"strings"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/adapter/typed"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// Config is what a job says of a registry.
type Config struct {
	Path string `json:"path,omitempty" doc:"the registry's file"`
}

// Vendor makes devices.
type Vendor struct {
	ID   string `plumb:"id,id"`
	Name string `plumb:"name"`
}

// Device is a chip of a vendor.
type Device struct {
	Vendor string `plumb:"vendor,id"`
	ID     string `plumb:"id,id"`
	Name   string `plumb:"name"`
}

// Subsystem is a board that somebody built around a device.
type Subsystem struct {
	Vendor string `plumb:"vendor,id"`
	Device string `plumb:"device,id"`
	ID     string `plumb:"id,id"`
	Name   string `plumb:"name"`
}

// Type returns the adapter.
func Type() *adapter.Type {
	return typed.Source("pciids", "the PCI id registry", Config{Path: "/usr/share/misc/pci.ids"}, load, Vendor{}, Device{}, Subsystem{})
}

// load reads the registry: vendors at the line's start, their devices behind one tab, the devices' subsystems behind two.
func load(_ context.Context, s typed.Setup[Config]) iter.Seq2[any, error] {
	return func(yield func(any, error) bool) {
		file, err := os.Open(s.Config.Path)
		if err != nil {
			yield(nil, err)
			return
		}
		defer func() { _ = file.Close() }()
		var vendor, device string
		lines := bufio.NewScanner(file)
		for n := 1; lines.Scan() && !strings.HasPrefix(lines.Text(), "C "); n++ { // what follows are classes, not devices
			text := strings.TrimLeft(lines.Text(), "\t")
			id, name, ok := strings.Cut(text, "  ")
			var x any
			switch tabs := len(lines.Text()) - len(text); {
			case text == "" || text[0] == '#':
				continue
			case !ok:
				err = record.Bad("", fmt.Sprintf("%s:%d", s.Config.Path, n), "want an id, two blanks and a name, got %q", text)
			case tabs == 0:
				vendor, x = id, &Vendor{ID: id, Name: name}
			case tabs == 1:
				device, x = id, &Device{Vendor: vendor, ID: id, Name: name}
			default:
				x = &Subsystem{Vendor: vendor, Device: device, ID: id, Name: name}
			}
			if !yield(x, err) {
				return
			}
			err = nil
		}
		if err := lines.Err(); err != nil {
			yield(nil, err)
		}
	}
}
