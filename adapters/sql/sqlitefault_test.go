package sql

import (
	"database/sql"
	"testing"

	_ "modernc.org/sqlite" // the driver
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/plumbline-sync/plumbline/shared/fault"
)

func TestLinked(t *testing.T) {
	if err := linked(sql.Drivers()); err != nil {
		t.Error(err)
	}
	err := linked([]string{"postgres"})
	if !fault.Is(err, fault.Invalid) || err.Error() != "a SQLite database is a file of one machine: no function can reach it" {
		t.Errorf("without the driver: %v", err)
	}
}

// TestResultCodes: our names have the numbers that the driver knows them by.
func TestResultCodes(t *testing.T) {
	for ours, theirs := range map[int]int{
		codePerm:       sqlite3.SQLITE_PERM,
		codeBusy:       sqlite3.SQLITE_BUSY,
		codeLocked:     sqlite3.SQLITE_LOCKED,
		codeNoMem:      sqlite3.SQLITE_NOMEM,
		codeReadOnly:   sqlite3.SQLITE_READONLY,
		codeInterrupt:  sqlite3.SQLITE_INTERRUPT,
		codeIOErr:      sqlite3.SQLITE_IOERR,
		codeCorrupt:    sqlite3.SQLITE_CORRUPT,
		codeFull:       sqlite3.SQLITE_FULL,
		codeCantOpen:   sqlite3.SQLITE_CANTOPEN,
		codeTooBig:     sqlite3.SQLITE_TOOBIG,
		codeMismatch:   sqlite3.SQLITE_MISMATCH,
		codeAuth:       sqlite3.SQLITE_AUTH,
		codeNotADB:     sqlite3.SQLITE_NOTADB,
		codeCheck:      sqlite3.SQLITE_CONSTRAINT_CHECK,
		codeForeignKey: sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY,
		codeNotNull:    sqlite3.SQLITE_CONSTRAINT_NOTNULL,
		codePrimaryKey: sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY,
		codeTrigger:    sqlite3.SQLITE_CONSTRAINT_TRIGGER,
		codeUnique:     sqlite3.SQLITE_CONSTRAINT_UNIQUE,
		codeRowID:      sqlite3.SQLITE_CONSTRAINT_ROWID,
		codeDataType:   sqlite3.SQLITE_CONSTRAINT_DATATYPE,
	} {
		if ours != theirs {
			t.Errorf("ours is %d, the driver's %d", ours, theirs)
		}
	}
}

// TestViolatedName: a check without a name is known by its text, whatever that ends in; an index by its name.
func TestViolatedName(t *testing.T) {
	for text, want := range map[string]string{
		"CHECK constraint failed: role <> 'edge'":  "role <> 'edge'",
		"CHECK constraint failed: known":           "known",
		"UNIQUE constraint failed: index 'by_low'": "by_low",
	} {
		if got := (&lite{}).violated(trouble{kind: check, text: text}, &table{}); got.name != want {
			t.Errorf("%s: got %q, want %q", text, got.name, want)
		}
	}
}
