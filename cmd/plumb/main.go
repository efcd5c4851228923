// Command plumb keeps two systems in line: see `plumb help`.
package main

import (
	"context"
	"os"

	"github.com/plumbline-sync/plumbline/adapters"
	"github.com/plumbline-sync/plumbline/cmd/plumb/cli"
)

func main() {
	os.Exit(cli.Run(context.Background(), os.Args[1:], adapters.All(), os.Stdin, os.Stdout, os.Stderr))
}
