package nautobottest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// guard runs a program that must not outlive us: when its input ends, whatever ended us, it sends the signal.
const guard = `exec 3<&0 </dev/null
"$@" 3<&- & child=$!
(read -r _ <&3; kill -TERM $child) 2>/dev/null &
exec 3<&-
wait $child`

// spawn starts a program that runs until Down. What it prints goes to a file named after it.
func (s *Server) spawn(name, program string, args ...string) error {
	log, err := os.Create(filepath.Join(s.dir, name+".log"))
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }()                                                     // the child has its own
	c := exec.Command("bash", append([]string{"-c", guard, "guard", program}, args...)...) //nolint:gosec,noctx // our own programs; they end with their input
	c.Env, c.Dir, c.Stdout, c.Stderr = s.Environ(), s.dir, log, log
	in, err := c.StdinPipe()
	if err != nil {
		return err
	}
	if err := c.Start(); err != nil {
		return fmt.Errorf("start %s: %w", name, err)
	}
	s.stops = append(s.stops, func() {
		_ = in.Close() // it ends then
		late := time.AfterFunc(20*time.Second, func() { _ = c.Process.Kill() })
		_ = c.Wait() // its exit code says nothing about the test
		late.Stop()
	})
	return nil
}

// run runs a program to its end.
func (s *Server) run(ctx context.Context, name string, args ...string) error {
	c := exec.CommandContext(ctx, args[0], args[1:]...) //nolint:gosec // our own programs
	c.Env, c.Dir = s.Environ(), s.dir
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", name, err, out[max(0, len(out)-2000):])
	}
	return nil
}

// Shell runs a file of Python inside Nautobot and returns what it prints. It takes seconds.
func (s *Server) Shell(ctx context.Context, file string) (string, error) {
	return s.Command(ctx, "shell", "-c", fmt.Sprintf("exec(open(%q).read())", file))
}

// Command runs nautobot-server and returns what it prints.
func (s *Server) Command(ctx context.Context, args ...string) (string, error) {
	c := exec.CommandContext(ctx, s.Program(), args...) //nolint:gosec // our own commands
	c.Env, c.Dir = s.Environ(), s.dir
	out, err := c.CombinedOutput()
	if err != nil {
		return string(out), fmt.Errorf("nautobot-server %v: %w\n%s", args, err, out[max(0, len(out)-2000):])
	}
	return string(out), nil
}

// Environ returns the environment of Nautobot's commands.
func (s *Server) Environ() []string {
	return append(os.Environ(), "PYTHONPATH="+s.appFolder(), "NAUTOBOT_ROOT="+s.dir, "NAUTOBOT_CONFIG="+s.Config, "NO_PROXY=127.0.0.1", "no_proxy=127.0.0.1")
}
