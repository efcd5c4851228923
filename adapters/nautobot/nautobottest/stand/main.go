// Command stand runs the Nautobot of the tests for a person: it prints its address and token, and takes it down again at an interrupt.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/plumbline-sync/plumbline/adapters/nautobot/nautobottest"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1) //nolint:gocritic // stop only forgets the signals
	}
}

// run starts a server, and ends it with ctx. It is called in the module's folder.
func run(ctx context.Context) error {
	root, err := os.Getwd()
	if err != nil {
		return err
	}
	if why := nautobottest.Missing(root); why != "" {
		return errors.New(why)
	}
	fmt.Println("Nautobot comes up; the first time it makes its database, which takes minutes.")
	s, err := nautobottest.Up(ctx, root)
	if err != nil {
		return err
	}
	defer s.Down()
	fmt.Printf("export PLUMB_NAUTOBOT_URL=%s\nexport PLUMB_NAUTOBOT_TOKEN=%s\nCtrl-C takes it down, with all that is in it.\n", s.URL, nautobottest.Token)
	<-ctx.Done()
	return nil
}
