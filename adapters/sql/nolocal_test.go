package sql_test

import (
	"strings"
	"testing"

	"github.com/plumbline-sync/plumbline/adapters/sql"
	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/secret"
)

// TestNoLocal: where there are no local files, SQLite is refused before anything is looked at.
func TestNoLocal(t *testing.T) {
	for _, side := range []string{"source", "target"} {
		config := &sql.Config{URL: secret.Clear("sqlite:assets.db")}
		_, err := sql.Type().New(t.Context(), adapter.Setup{Config: config, NoLocal: true, Side: side, Dir: t.TempDir()})
		if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "SQLite is a file of one machine, which no function can reach") {
			t.Errorf("%s: %v", side, err)
		}
	}
}
