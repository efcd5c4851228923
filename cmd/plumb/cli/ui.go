package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/plumbline-sync/plumbline/shared/dashboard"
	"github.com/plumbline-sync/plumbline/shared/fault"
)

// uiPort is where the dashboard is served unless told otherwise; where that is taken, any free port.
const uiPort = 7480

// uiFlags are the flags of ui.
type uiFlags struct {
	listen    string
	port      int
	hosts     []string
	noBrowser bool
}

func (a *app) uiCommand() *cobra.Command {
	var f uiFlags
	c := &cobra.Command{
		Use:   "ui",
		Short: "Show jobs, runs and changes in a browser, and start runs there",
		Long: "ui serves the dashboard on this machine and opens the browser. It shows every job and run of the state folder, what each run would change or changed, and starts dry runs and syncs.\n" +
			"With --stack NAME it shows a stack's, with your own credentials. Nothing is served to other machines unless --listen says so; there is no login. Ctrl-C ends it; a run that it started here is stopped cleanly first.\n" +
			exitHelp(exitDone, exitFailed, exitUsage),
		Args: args(0, 0, "no arguments"),
		RunE: func(c *cobra.Command, _ []string) error {
			return a.serveUI(c.Context(), f, c.Flags().Changed("port"))
		},
	}
	c.Flags().StringVar(&f.listen, "listen", "127.0.0.1", "the address to serve on; one that is not of this machine alone lets others in, without a login")
	c.Flags().IntVar(&f.port, "port", uiPort, "the port; by default any free one where this is taken, 0: any")
	c.Flags().StringArrayVar(&f.hosts, "host", nil, "with --listen: a name under which the dashboard is reached; may be repeated")
	c.Flags().BoolVar(&f.noBrowser, "no-browser", false, "open no browser, only print the address")
	return c
}

// serveUI serves the dashboard until the context ends.
func (a *app) serveUI(ctx context.Context, f uiFlags, fixed bool) error {
	var o dashboard.Options
	settle := func() {} // waits for what was started here
	s, closed := a.open(ctx, true)
	switch {
	case closed == nil:
		defer s.done()
		starter := a.starter(ctx, s)
		o, settle = a.uiOptions(s), starter.wait
		o.Start = starter.start
	case a.onStack() && !fault.Is(closed, fault.Invalid):
		a.complain(closed)
		o = dashboard.Options{Command: a.plumbOf(reachable), Store: "stack " + a.stack.name, Closed: closed}
	default:
		return closed
	}
	l, err := listen(ctx, f, fixed)
	if err != nil {
		return err
	}
	defer l.Close()
	o.Hosts = hostsOf(l, f)
	d, err := dashboard.New(o)
	if err != nil {
		return err
	}
	address := "http://" + o.Hosts[0] + "/"
	fmt.Fprintf(a.out, "The dashboard is at %s\n", address)
	if ip := net.ParseIP(f.listen); ip == nil || !ip.IsLoopback() {
		fmt.Fprintln(a.err, "plumb: others can reach it, without a login: they see every record, and may start runs")
	}
	if !a.quiet {
		fmt.Fprintln(a.err, "Ctrl-C ends it.")
	}
	server := &http.Server{Handler: d, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: time.Minute}
	done := make(chan error, 1)
	go func() { done <- server.Serve(l) }()
	if !f.noBrowser {
		openBrowser(ctx, address)
	}
	select {
	case err = <-done:
		err = fault.Errorf(fault.Unavailable, "serve %q: %w", address, err)
	case <-ctx.Done():
		err = nil // who ends it is done with it
	}
	settle()
	last, stop := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer stop()
	_ = server.Shutdown(last) // pages that are open are of no use any more
	if err == nil && closed != nil {
		return &exitError{code: codeOf(closed)} // it was said at the start
	}
	return err
}

// listen opens the port; where none was asked for and the usual one is taken, any.
func listen(ctx context.Context, f uiFlags, fixed bool) (net.Listener, error) {
	if f.port < 0 || f.port > 65535 {
		return nil, usage("--port %d: want 0 to 65535", f.port)
	}
	var c net.ListenConfig
	l, err := c.Listen(ctx, "tcp", net.JoinHostPort(f.listen, strconv.Itoa(f.port)))
	if err != nil && !fixed {
		l, err = c.Listen(ctx, "tcp", net.JoinHostPort(f.listen, "0"))
	}
	if err != nil {
		return nil, fault.Errorf(fault.Unavailable, "listen on %q: %w; --port takes another", net.JoinHostPort(f.listen, strconv.Itoa(f.port)), err)
	}
	return l, nil
}

// hostsOf are the names that the dashboard answers to, the one to open first.
func hostsOf(l net.Listener, f uiFlags) []string {
	port := ""
	if at, ok := l.Addr().(*net.TCPAddr); ok {
		port = strconv.Itoa(at.Port)
	}
	names := append(slices.Clone(f.hosts), f.listen, "127.0.0.1", "localhost", "::1")
	if ip := net.ParseIP(f.listen); ip != nil && ip.IsUnspecified() {
		names = append(slices.Clone(f.hosts), "127.0.0.1", "localhost", "::1")
	}
	var all []string
	for _, n := range names {
		all = append(all, strings.ToLower(net.JoinHostPort(n, port)))
	}
	return all
}

// uiOptions are what the dashboard gets of the state.
func (a *app) uiOptions(s *state) dashboard.Options {
	o := dashboard.Options{Env: s.env, Command: a.plumbOf(reachable), Hide: hidden(s.dir, a.stateDir)}
	if s.stack != nil {
		s.env.Jobs = stackJobs{s}
		o.Jobs, o.Schedule, o.Store, o.Lost = stackJobs{s}.names, s.stack.schedule, "stack "+s.stack.name, s.stack.lost
		bundled := "Others that were deployed with the stack's functions cannot be seen from outside until they have run: " + a.plumb() + " plan JOB starts a dry run of one."
		o.NoJobs = "Put one there with " + a.plumb() + " push FILE. " + bundled
		o.Listed = "Listed are the jobs that were pushed into the stack or have run, and the one that its schedule starts. " + bundled
		return o
	}
	dir := cmp.Or(typed(a.jobsDir), a.jobsDir)
	o.NoJobs = "Put one into the folder " + dir + " (--jobs DIR names another), then load this page again. To try it with an example: make demo, then cd .demo and ../bin/plumb ui."
	o.Listed = "Listed are the jobs of the folder " + dir + " (--jobs DIR names another) and those that have run."
	jobs := laptopJobs{jobFiles{a.jobsDir}, a, s}
	s.env.Jobs = jobs
	o.Jobs, o.Store = jobs.names, o.Hide("state folder "+a.stateDir)
	o.Refresh = func(ctx context.Context) error { return s.env.CloseDead(ctx, s.alive) }
	return o
}

// openBrowser asks the system to open the address; where it cannot, the address is printed all the same.
func openBrowser(ctx context.Context, address string) {
	command := []string{"xdg-open", address}
	switch runtime.GOOS {
	case "darwin":
		command = []string{"open", address}
	case "windows":
		command = []string{"rundll32", "url.dll,FileProtocolHandler", address}
	}
	path, err := exec.LookPath(command[0])
	if err != nil {
		return
	}
	c := exec.CommandContext(ctx, path, command[1:]...) //nolint:gosec // a fixed command with an address of ours
	if err := c.Start(); err != nil && !errors.Is(err, exec.ErrNotFound) {
		return
	}
	go func() { _ = c.Wait() }() // how it ends is the browser's matter
}
