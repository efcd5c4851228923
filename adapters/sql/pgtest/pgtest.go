// Package pgtest starts a real PostgreSQL server for tests, on the loopback address, in a folder of its own, as a user without rights.
package pgtest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/plumbline-sync/plumbline/shared/servertest"
)

// ErrMissing says that there is no server to be started on this machine.
var ErrMissing = errors.New("no PostgreSQL server is installed: apt-get install postgresql")

// The superuser of the servers. The password has all that a URL makes trouble about.
const (
	User     = "plumb"
	Password = `p@ss/w:r?d#1`
)

// Server is a running server. It speaks TLS, with a certificate that it signed itself for 127.0.0.1, and plain text.
type Server struct {
	// Address is where it listens, "127.0.0.1:port".
	Address string
	// CA is the file of its certificate.
	CA string

	dir   string
	sh    *exec.Cmd
	in    interface{ Close() error }
	ended chan struct{}
}

// supervise runs the server until our end of the pipe closes, also because this process died, and then removes its folder.
// Where there is a file "again" it is started anew once that is gone.
const supervise = `exec 3<&0 </dev/null; cd "$PGTEST"; (read -r x <&3; : >end; while [ -d data ] && ! kill -QUIT "$(head -n 1 data/postmaster.pid)"; do sleep 0.05; done) 2>/dev/null &
while :; do "$@"; [ -e again ] || break; while [ -e again ] && [ ! -e end ]; do sleep 0.05; done; [ -e end ] && break; done; cd /; rm -rf "$PGTEST"`

// Start starts a server, which ends with Stop or with this process. ErrMissing: it is not installed.
func Start() (*Server, error) {
	bin, err := programs()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "pgtest-")
	if err != nil {
		return nil, err
	}
	s := &Server{dir: dir, CA: filepath.Join(dir, "cert.pem"), ended: make(chan struct{})}
	if err := s.start(bin); err != nil {
		_ = os.RemoveAll(dir)
		return nil, fmt.Errorf("start PostgreSQL: %w", err)
	}
	return s, nil
}

// Run starts a server, which ends with the test. The test is skipped where PostgreSQL is not installed.
func Run(t testing.TB) *Server {
	t.Helper()
	s, err := Start()
	if errors.Is(err, ErrMissing) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func (s *Server) start(bin string) error {
	data, log := filepath.Join(s.dir, "data"), filepath.Join(s.dir, "log")
	pw, key := filepath.Join(s.dir, "pw"), filepath.Join(s.dir, "key.pem")
	if err := errors.Join(os.WriteFile(pw, []byte(Password+"\n"), 0o600), servertest.Certificate(s.CA, key), hand(s.dir, pw, s.CA, key)); err != nil {
		return err
	}
	init := command(filepath.Join(bin, "initdb"), "-D", data, "-U", User, "--auth=scram-sha-256", "--pwfile="+pw, "-E", "UTF8", "--locale=C", "-N")
	if out, err := init.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, out)
	}
	l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	s.Address = l.Addr().String()
	_, port, _ := net.SplitHostPort(s.Address)
	if err := l.Close(); err != nil {
		return err
	}
	args := []string{"-c", supervise, "sh", filepath.Join(bin, "postgres"), "-D", data, "-p", port}
	for _, o := range []string{
		"listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=100", "shared_buffers=32MB",
		"ssl=on", "ssl_cert_file=" + s.CA, "ssl_key_file=" + key, "deadlock_timeout=100ms", "autovacuum=off", "max_prepared_transactions=2",
	} {
		args = append(args, "-c", o)
	}
	out, err := os.Create(log)
	if err != nil {
		return err
	}
	defer out.Close()
	s.sh = command("sh", args...)
	s.sh.Env = append(s.sh.Env, "PGTEST="+s.dir)
	s.sh.Stdout, s.sh.Stderr = out, out
	if s.in, err = s.sh.StdinPipe(); err != nil {
		return err
	}
	if err := s.sh.Start(); err != nil {
		return err
	}
	go func() { _ = s.sh.Wait(); close(s.ended) }()
	for deadline := time.Now().Add(30 * time.Second); ; {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		p, err := pgconn.Connect(ctx, s.URL("postgres"))
		if err == nil {
			err = p.Close(ctx)
			cancel()
			return err
		}
		cancel()
		select {
		case <-s.ended:
			deadline = time.Time{}
		case <-time.After(20 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			said, _ := io.ReadAll(io.NewSectionReader(out, 0, 1<<20)) // the file may be gone with its folder
			return fmt.Errorf("it does not answer: %w: %s", err, said)
		}
	}
}

// programs returns the folder of the newest installed server.
func programs() (string, error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if p, err := exec.LookPath("initdb"); err == nil {
		found = append(found, p)
	}
	if len(found) == 0 {
		return "", ErrMissing
	}
	newest := slices.MaxFunc(found, func(a, b string) int { return len(a) - len(b) + strings.Compare(a, b) })
	return filepath.Dir(newest), nil
}

// command returns a command that runs as a user without rights.
func command(name string, args ...string) *exec.Cmd {
	c := exec.Command(name, args...) //nolint:gosec,noctx // the server's own programs; they end with their input
	c.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C", "TZ=UTC"}
	c.Dir = "/"
	lower(c)
	return c
}

// Stop ends the server and removes its folder.
func (s *Server) Stop() error {
	err := s.in.Close()
	<-s.ended
	return errors.Join(err, os.RemoveAll(s.dir))
}

// URL returns the address of a database for the superuser, without TLS.
func (s *Server) URL(database string) string {
	return "postgres://" + url.UserPassword(User, Password).String() + "@" + s.Address + "/" + database + "?sslmode=disable"
}

// PasswordVariable is the variable that Reference's password is in; who uses that sets it.
const PasswordVariable = "PGTEST_PASSWORD"

// Reference returns the address of a database as a job has it: the password is a reference to PasswordVariable.
func (s *Server) Reference(database string) string {
	return "postgres://" + User + ":${env:" + PasswordVariable + "}@" + s.Address + "/" + database + "?sslmode=disable"
}

// Database makes an empty database, which ends with the test, and returns its name.
func (s *Server) Database(t testing.TB, options ...string) string {
	t.Helper()
	name := "t" + strings.ToLower(rand.Text())
	s.Exec(t, "postgres", "CREATE DATABASE "+name+" "+strings.Join(options, " "))
	t.Cleanup(func() { s.Exec(t, "postgres", "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)") })
	return name
}

// Exec runs statements in a database, as the superuser.
func (s *Server) Exec(t testing.TB, database, statements string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), time.Minute)
	defer cancel()
	p, err := pgconn.Connect(ctx, s.URL(database))
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close(ctx)
	if _, err := p.Exec(ctx, statements).ReadAll(); err != nil {
		t.Fatalf("%v in %s", err, statements)
	}
}

// Crash has the server lose a process of its own: it cuts off everybody, recovers from its log and starts again. It returns when the server answers.
func (s *Server) Crash() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	p, err := pgconn.Connect(ctx, s.URL("postgres"))
	if err != nil {
		return err
	}
	other, err := pgconn.Connect(ctx, s.URL("postgres"))
	if err != nil {
		return errors.Join(err, p.Close(ctx))
	}
	one, err := os.FindProcess(int(p.PID()))
	if err == nil {
		err = one.Kill()
	}
	if err != nil {
		return errors.Join(err, p.Close(ctx), other.Close(ctx))
	}
	for { // until the server saw it, and cut off the other one, too: before that it answers as ever
		if _, err := other.Exec(ctx, "SELECT 1").ReadAll(); err != nil {
			break
		}
	}
	_ = p.Close(ctx) // there is nobody any more
	return s.back(ctx)
}

// Restart stops the server as its owner does, cutting off everybody, and starts it again after a while. It returns when the server answers.
func (s *Server) Restart(down time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	again, state := filepath.Join(s.dir, "again"), filepath.Join(s.dir, "data", "postmaster.pid")
	text, err := os.ReadFile(state) //nolint:gosec // our own
	if err != nil {
		return err
	}
	line, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(line)
	if err != nil {
		return err
	}
	if err := os.WriteFile(again, nil, 0o600); err != nil {
		return err
	}
	server, err := os.FindProcess(pid)
	if err == nil {
		err = server.Signal(os.Interrupt)
	}
	for err == nil && ctx.Err() == nil {
		if _, err := os.Stat(state); err != nil {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	time.Sleep(down)
	if err = errors.Join(err, os.Remove(again)); err != nil {
		return err
	}
	return s.back(ctx)
}

// back waits until the server answers.
func (s *Server) back(ctx context.Context) error {
	var err error
	for ctx.Err() == nil {
		var p *pgconn.PgConn
		if p, err = pgconn.Connect(ctx, s.URL("postgres")); err == nil {
			return p.Close(ctx)
		}
		time.Sleep(10 * time.Millisecond)
	}
	return fmt.Errorf("the server does not come back: %w", err)
}
