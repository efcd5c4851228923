package sql

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/plumbline-sync/plumbline/shared/fault"
)

// liteDriver is the name under which a program that links a SQLite driver registers it. This package links none: functions in the cloud have no file to open, and start faster without.
const liteDriver = "sqlite"

// linked returns Invalid where SQLite's driver is not among those of the program.
func linked(drivers []string) error {
	if slices.Contains(drivers, liteDriver) {
		return nil
	}
	return fault.Errorf(fault.Invalid, "a SQLite database is a file of one machine: no function can reach it")
}

// resulter is what the driver's errors are: the code is SQLite's result code, extended where there is more to say.
type resulter interface {
	error
	Code() int
}

// SQLite's result codes (sqlite.org/rescode.html).
const (
	codePerm      = 3
	codeBusy      = 5
	codeLocked    = 6
	codeNoMem     = 7
	codeReadOnly  = 8
	codeInterrupt = 9
	codeIOErr     = 10
	codeCorrupt   = 11
	codeFull      = 13
	codeCantOpen  = 14
	codeTooBig    = 18
	codeMismatch  = 20
	codeAuth      = 23
	codeNotADB    = 26

	codeConstraint = 19 // only ever with one of these:
	codeCheck      = codeConstraint | 1<<8
	codeForeignKey = codeConstraint | 3<<8
	codeNotNull    = codeConstraint | 5<<8
	codePrimaryKey = codeConstraint | 6<<8
	codeTrigger    = codeConstraint | 7<<8
	codeUnique     = codeConstraint | 8<<8
	codeRowID      = codeConstraint | 10<<8
	codeDataType   = codeConstraint | 12<<8
)

// decoration is what the driver puts around SQLite's message.
var decoration = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(?:[a-z ]+: )?(.*?) \(\d+\)(?: \([A-Z_]+\))?$`) })

func (d *lite) fault(err error) trouble {
	t := trouble{text: err.Error()}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		t.kind = stopped
		return t
	}
	var e resulter
	if !errors.As(err, &e) {
		return t
	}
	t.text = e.Error()
	if m := decoration().FindStringSubmatch(t.text); m != nil {
		t.text = strings.TrimPrefix(m[1], "SQL logic error: ")
	}
	switch e.Code() {
	case codeUnique, codePrimaryKey, codeRowID:
		t.kind = unique
	case codeNotNull:
		t.kind = required
	case codeCheck:
		t.kind = check
	case codeForeignKey:
		t.kind = refers
	case codeDataType:
		t.kind = mismatch
	case codeTrigger:
		if t.kind = trigger; t.text == "FOREIGN KEY constraint failed" {
			t.kind = refers // ON DELETE RESTRICT
		}
	default:
		switch e.Code() & 0xff {
		case codeBusy, codeLocked:
			t.kind, t.text = busy, "another process holds its lock"
		case codeFull:
			t.kind, t.text = full, "no room is left on its disk"
		case codeReadOnly, codePerm, codeAuth, codeCantOpen:
			t.kind = denied
			t.text += "; it and its folder must be writable for this user"
		case codeNotADB, codeCorrupt:
			t.kind, t.text = broken, t.text+"; name a database of SQLite, or move this file away or restore it"
		case codeMismatch, codeTooBig:
			t.kind = mismatch
		case codeIOErr, codeNoMem:
			t.kind = ioError
		case codeInterrupt:
			t.kind = stopped
		}
	}
	return t
}
