package sql

import (
	"strings"
	"testing"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/faulttest"
)

// garbled is a database that is reached by a line, in plain text or by TLS.
type garbled struct {
	*bench
	line *faulttest.Line
}

// again opens the database with connections of its own, as a side, and calls f, which meets a garbled answer after so many bytes; 0: none. It returns how many bytes passed.
func (g garbled) again(side string, at int64, f func()) int64 {
	g.t.Helper()
	g.line.Cut() // what earlier connections still have to say is not to be met
	g.open(side, "", "", pgThing)
	if side == "source" { // it opens the connection
		g.load()
	} else {
		g.apply(g.change(adapter.Delete, "thing", []any{"nobody"}, nil))
	}
	before := g.line.Passed()
	if at > 0 {
		g.line.Garble(at)
	}
	f()
	g.line.Mend()
	return g.line.Passed() - before
}

// Whatever answer arrives as something else, the connection is lost: a load ends there, it is never another or shorter; a batch was not written, or nobody knows where it was the answer to the commit.
func TestPGGarbled(t *testing.T) {
	for _, mode := range []string{"disable", "require"} {
		t.Run("sslmode "+mode, func(t *testing.T) {
			g := garbled{newPG(t, "source", "CREATE TABLE things (id serial PRIMARY KEY, name text UNIQUE, v integer); INSERT INTO things (name, v) SELECT 'n' || n, n FROM generate_series(1, 5000) n", "", pgThing), faulttest.TCP(t, server(t).Address)}
			g.url = strings.NewReplacer(server(t).Address, g.line.Address, "disable", mode).Replace(g.url)
			const parts = 12
			outcomes := map[string]int{}

			var want string
			whole := g.again("source", 0, func() { want = g.load() })
			for part := range int64(parts) {
				g.again("source", 1+whole*part/parts, func() {
					var got strings.Builder
					for r, err := range g.Load(t.Context(), adapter.Request{Models: g.models}) {
						if err != nil {
							outcomes[string(fault.Of(err))]++
							if !fault.Is(err, fault.Unavailable) {
								t.Errorf("load, part %d: %s", part, coding(err))
							}
							return
						}
						got.WriteString(show(r, nil) + "\n")
					}
					if got.String() != want {
						t.Errorf("load, part %d: it ended as if nothing were wrong, with other records", part)
					}
				})
			}
			t.Logf("loads: %v", outcomes)
			if outcomes["unavailable"] < parts/2 {
				t.Error("too few met it")
			}

			clear(outcomes)
			g.again("target", 0, func() {}) // has the models
			change := g.change(adapter.Create, "thing", []any{"new"}, set("name", "new", "v", 0))
			whole = g.again("target", 0, func() { g.apply(change) })
			for part := range int64(parts) {
				g.exec("DELETE FROM things WHERE name = 'new'")
				g.again("target", 1+(whole-1)*part/(parts-1), func() { // the last byte, too, which answers the commit
					got := g.apply(change)
					outcome, _, _ := strings.Cut(got, ": ")
					outcomes[outcome]++
					switch there := g.rows("SELECT name FROM things WHERE name = 'new'") != ""; outcome {
					case "BATCH unknown_outcome":
					case "BATCH unavailable", "thing new":
						if there != (outcome == "thing new") {
							t.Errorf("create, part %d: the row is there: %v; %s", part, there, got)
						}
					default:
						t.Errorf("create, part %d: %s", part, got)
					}
				})
			}
			t.Logf("creates: %v", outcomes)
			if outcomes["BATCH unavailable"] == 0 || outcomes["BATCH unknown_outcome"] == 0 {
				t.Error("want both")
			}
		})
	}
}
