// Command customtarget is plumb with one target more: an inventory behind a small HTTP interface, each of whose kinds has functions that create, update and delete its objects.
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
	os.Exit(cli.Run(context.Background(), os.Args[1:], registry, os.Stdin, os.Stdout, os.Stderr))
}
