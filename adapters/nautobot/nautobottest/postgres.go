package nautobottest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

// programs returns the folder of PostgreSQL's newest programs; "" where there are none.
func programs() string {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	best, dir := 0, ""
	for _, f := range found {
		bin := filepath.Dir(f)
		if n, err := strconv.Atoi(filepath.Base(filepath.Dir(bin))); err == nil && n > best {
			best, dir = n, bin
		}
	}
	return dir
}

// unprivileged is the command, run by the user postgres where this is root, whom PostgreSQL refuses.
func (s *Server) unprivileged(args ...string) []string {
	if os.Getuid() == 0 {
		return append([]string{"runuser", "-u", "postgres", "--"}, args...)
	}
	return args
}

// startPostgres makes an empty cluster and starts its server, on a socket only. Nothing is flushed to the disk: it ends with the test.
func (s *Server) startPostgres(ctx context.Context) error {
	for _, dir := range []string{"pg", "sock"} {
		if err := os.Mkdir(filepath.Join(s.dir, dir), 0o700); err != nil {
			return err
		}
	}
	data := filepath.Join(s.dir, "pg")
	if os.Getuid() == 0 {
		if err := s.run(ctx, "initdb", "chown", "postgres", data, s.dir); err != nil {
			return err
		}
	}
	if err := s.run(ctx, "initdb", s.unprivileged(filepath.Join(s.pg, "initdb"), "-D", data, "-U", "nautobot", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")...); err != nil {
		return err
	}
	args := s.unprivileged(filepath.Join(s.pg, "postgres"), "-D", data, "-p", "5432", "-k", s.dir, "-c", "listen_addresses=", "-c", "fsync=off", "-c", "full_page_writes=off",
		"-c", "synchronous_commit=off", "-c", "shared_buffers=128MB", "-c", "max_wal_size=2GB", "-c", "jit=off")
	if err := s.spawn("postgres", args[0], args[1:]...); err != nil {
		return err
	}
	return s.until(ctx, "postgres", filepath.Join(s.pg, "pg_isready"), "-q", "-h", s.dir, "-U", "nautobot")
}

func (s *Server) startRedis(ctx context.Context) error {
	sock := filepath.Join(s.dir, "redis.sock")
	if err := s.spawn("redis", "redis-server", "--port", "0", "--unixsocket", sock, "--save", "", "--appendonly", "no", "--dir", s.dir); err != nil {
		return err
	}
	return s.until(ctx, "redis", "redis-cli", "-s", sock, "ping")
}

// until runs a command until it succeeds.
func (s *Server) until(ctx context.Context, what string, args ...string) error {
	var err error
	for range 200 {
		if err = exec.CommandContext(ctx, args[0], args[1:]...).Run(); err == nil { //nolint:gosec // our own commands
			return nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	return fmt.Errorf("start %s: it does not answer: %w", what, err)
}

// database restores the kept database. Where there is none it is made, by one process at a time, and kept.
func (s *Server) database(ctx context.Context) error {
	cache, err := os.UserCacheDir()
	if err != nil { // a user without a home
		cache = os.TempDir()
	}
	cache = filepath.Join(cache, "plumbline")
	if err := os.MkdirAll(cache, 0o755); err != nil { //nolint:gosec // nothing in it is secret
		return err
	}
	name, err := snapshot()
	if err != nil {
		return err
	}
	kept := filepath.Join(cache, name+"-pg"+filepath.Base(filepath.Dir(s.pg))+".dump")
	if _, err := os.Stat(kept); err != nil {
		lock := flock.New(kept + ".lock")
		if err := lock.Lock(); err != nil {
			return err
		}
		defer func() { _ = lock.Unlock() }() // the end of the process does it too
	}
	if err := s.run(ctx, "createdb", filepath.Join(s.pg, "createdb"), "-h", s.dir, "-U", "nautobot", "nautobot"); err != nil {
		return err
	}
	_, err = os.Stat(kept)
	switch {
	case err == nil:
		return s.run(ctx, "restore", filepath.Join(s.pg, "pg_restore"), "-h", s.dir, "-U", "nautobot", "-d", "nautobot", "--no-owner", kept)
	case !errors.Is(err, os.ErrNotExist):
		return err
	}
	if err := s.run(ctx, "migrate", s.Program(), "migrate", "--no-input"); err != nil {
		return err
	}
	if _, err := s.Shell(ctx, filepath.Join(s.dir, "boot.py")); err != nil {
		return err
	}
	part := kept + ".part"
	if err := s.run(ctx, "dump", filepath.Join(s.pg, "pg_dump"), "-h", s.dir, "-U", "nautobot", "-Fc", "-f", part, "nautobot"); err != nil {
		return err
	}
	return os.Rename(part, kept)
}

// SQL runs statements in the database and returns what they print.
func (s *Server) SQL(ctx context.Context, statements string) (string, error) {
	c := exec.CommandContext(ctx, filepath.Join(s.pg, "psql"), "-qAtX", "-v", "ON_ERROR_STOP=1", "-h", s.dir, "-U", "nautobot", "-d", "nautobot", "-c", statements) //nolint:gosec // our own statements
	out, err := c.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("run SQL %q: %w\n%s", statements, err, out)
	}
	return strings.TrimSpace(string(out)), nil
}

// Empty takes all records out of the tables ("dcim_location") and out of those that refer to them.
func (s *Server) Empty(ctx context.Context, tables ...string) error {
	_, err := s.SQL(ctx, "TRUNCATE "+strings.Join(tables, ", ")+" CASCADE")
	return err
}
