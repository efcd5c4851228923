package cli

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/plumbline-sync/plumbline/shared/fault"
)

// interruptible returns a context that Ctrl-C (SIGINT) and SIGTERM cancel, with a cause that says so to a person; the second signal has its default effect.
func interruptible(ctx context.Context, stderr io.Writer) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		select {
		case <-ctx.Done():
		case s := <-signals:
			by := "Ctrl-C"
			if s != os.Interrupt {
				by = "signal " + s.String()
			}
			if terminal(stderr) {
				_, _ = io.WriteString(stderr, "\r") // it has echoed ^C: progress goes up from the first column
			}
			cancel(fault.Errorf(fault.Stopped, "by %s", by))
		}
		signal.Stop(signals)
	}()
	return ctx, func() { cancel(nil) }
}
