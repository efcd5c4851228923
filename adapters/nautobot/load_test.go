package nautobot

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/plumbline-sync/plumbline/shared/adapter"
)

// loads is about what is asked of the server for a load: the same records come whether their number is known or not, and no model is asked twice whether it is small.
func (b *bench) loads(t *testing.T) {
	empty(t, b.Server)
	var bodies []string
	for i := range 7 {
		bodies = append(bodies, fmt.Sprintf(`{"name": "t%d"}`, i))
	}
	call(t, b.Server, http.MethodPost, "tenancy/tenants/", "["+strings.Join(bodies, ",")+"]")
	call(t, b.Server, http.MethodPost, "dcim/locations/", `{"name": "north", "location_type": "Site", "status": "Active"}`)
	address, asked := b.recorder(t)
	for _, c := range []struct {
		name                string
		counted             bool
		schema, whole, some int // questions: for the schema, for all objects of a model, for some of its objects
	}{
		{"not counted", false, 1, 2, 4},
		{"counted", true, 1, 1, 4},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := b.open(t, address, "  page: 2\n")
			s.known.schema.lists = nil // what an earlier adapter learned
			asked()
			if c.counted {
				if n := s.Count(t.Context(), adapter.Request{Models: []*adapter.Model{s.models["tenant"], s.models["place"], s.models["port"]}}); n != 8 {
					t.Fatalf("counted %d", n)
				}
			}
			got, err := s.load("tenant", "place")
			if err != nil || len(got) != 8 || got["t6"] == nil || got["north"] == nil {
				t.Errorf("got %v, %v", got, err)
			}
			var schema, whole, some int
			questions := asked()
			for _, q := range questions {
				switch {
				case strings.Contains(q, "__type"):
					schema++
				case strings.Contains(q, "limit: "):
					whole++
				case strings.Contains(q, "$ids"):
					some++
				}
			}
			if schema != c.schema || whole != c.whole || some != c.some {
				t.Errorf("asked %d for the schema, %d for all, %d for some; want %d, %d and %d:\n%s", schema, whole, some, c.schema, c.whole, c.some, strings.Join(questions, "\n"))
			}
		})
	}
}

// resumed is about a load that is stopped in the midst of pages and goes on in another process, at every place where that is possible.
func (b *bench) resumed(t *testing.T) {
	for stop := 1; stop <= 8; stop++ {
		seen := map[string]int{}
		take := func(cursor []byte, most int) []byte {
			s := b.open(t, b.URL, "  page: 2\n")
			req := adapter.Request{Models: []*adapter.Model{s.models["tenant"], s.models["place"]}, Cursor: cursor}
			for r, err := range s.Load(t.Context(), req) {
				if err != nil {
					t.Fatal(err)
				}
				seen[text(r.Fields.Get("name"))]++
				if most--; most == 0 {
					return s.Cursor()
				}
			}
			return nil
		}
		cursor := take(nil, stop)
		if len(seen) != stop || cursor == nil {
			t.Fatalf("stopped after %d with %v", stop, seen)
		}
		take(cursor, 0)
		for name, n := range seen {
			if n != 1 || len(seen) != 8 {
				t.Errorf("stopped after %d: %s came %d times, of %d", stop, name, n, len(seen))
			}
		}
	}
}
