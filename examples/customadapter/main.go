// Command customadapter is plumb with two adapters more: a source, the PCI id registry as Debian's package pci.ids has it, and a target, a tree of folders. It changes nothing in Plumbline itself.
package main

import (
	"context"
	"os"

	"github.com/plumbline-sync/plumbline/adapters"
	"github.com/plumbline-sync/plumbline/cmd/plumb/cli"
)

func main() {
	registry := adapters.All()
	registry.Add(Type())
	registry.Add(TreeType())
	os.Exit(cli.Run(context.Background(), os.Args[1:], registry, os.Stdin, os.Stdout, os.Stderr))
}
