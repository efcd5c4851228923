//go:build unix

package pgtest

import (
	"errors"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"syscall"
)

// nobody returns a user and a group without rights; false where this process has none itself. PostgreSQL refuses to run as root.
func nobody() (uid, gid int, ok bool) {
	if os.Getuid() != 0 {
		return 0, 0, false
	}
	for _, name := range []string{"postgres", "nobody"} {
		if u, err := user.Lookup(name); err == nil {
			uid, uerr := strconv.Atoi(u.Uid)
			gid, gerr := strconv.Atoi(u.Gid)
			return uid, gid, uerr == nil && gerr == nil
		}
	}
	return 0, 0, false
}

// lower makes a command run without rights.
func lower(c *exec.Cmd) {
	if uid, gid, ok := nobody(); ok {
		c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
	}
}

// hand gives files to the user that commands run as.
func hand(paths ...string) error {
	uid, gid, ok := nobody()
	if !ok {
		return nil
	}
	var errs []error
	for _, p := range paths {
		errs = append(errs, os.Chown(p, uid, gid))
	}
	return errors.Join(errs...)
}
