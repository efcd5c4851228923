package adaptertest

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"

	"github.com/plumbline-sync/plumbline/adapters/memory"
	"github.com/plumbline-sync/plumbline/shared/record"
)

func number(digits string) any { return json.Number(digits) }

// fill puts n sites into the origin, each with two devices of three ports, and two tenants.
func (w *world) fill(n int) {
	w.Helper()
	w.put("tenant", map[string]any{"name": "t0", "rank": 1})
	w.put("tenant", map[string]any{"name": "t1", "rank": nil})
	for i := range n {
		site := fmt.Sprintf("site-%02d", i)
		w.put("site", map[string]any{"name": site, "region": "emea", "latitude": 50.5 + float64(i)/4, "note": nil})
		for d := range 2 {
			dev := fmt.Sprintf("dev-%02d-%d", i, d)
			w.device(dev, map[string]any{"site": site, "units": d, "active": d == 0, "tenant": []any{"t0", nil}[d]})
			for p := range 3 {
				w.put("port", map[string]any{"device": dev, "name": fmt.Sprintf("p%d", p), "speed": 1000 * p})
			}
		}
	}
}

// many returns n, or a fifth of it where the system is slow.
func (w *world) many(n int) int {
	if w.h.Slow {
		return n / 5
	}
	return n
}

// device puts a device into the origin; what is not said of it is a default.
func (w *world) device(name string, fields map[string]any) {
	w.Helper()
	all := map[string]any{"name": name, "site": "site-00", "role": "leaf", "units": 1, "active": true, "tags": nil, "meta": nil, "tenant": nil}
	if w.h.has(Nested) {
		all["tags"], all["meta"] = []any{"prod", "é"}, map[string]any{"rack": 7}
	}
	maps.Copy(all, fields)
	w.put("device", all)
}

// row returns the origin's record.
func (w *world) row(model string, ids ...string) *memory.Row {
	w.Helper()
	var vs []record.Value
	for _, id := range ids {
		vs = append(vs, record.MustOf(id))
	}
	key := record.MakeKey(model, vs...)
	for _, r := range w.origin.Rows() {
		if r.Key == key {
			return r
		}
	}
	w.Fatalf("the origin has no %s %v", model, ids)
	return nil
}

// set changes fields of an origin's record.
func (w *world) set(model, id string, fields map[string]any) {
	w.Helper()
	r := w.row(model, id)
	all := map[string]any{}
	for _, f := range r.Fields {
		all[f.Name] = f.Value
	}
	maps.Copy(all, fields)
	w.origin.Remove(r)
	w.put(model, all)
}

// drop removes an origin's record.
func (w *world) drop(model string, ids ...string) {
	w.Helper()
	w.origin.Remove(w.row(model, ids...))
}

// dropBelow removes a site with all that is below it.
func (w *world) dropBelow(site string) {
	w.Helper()
	gone := map[record.Key]bool{record.MakeKey("site", record.MustOf(site)): true}
	for range 3 {
		for _, r := range w.origin.Rows() {
			if gone[r.Key] || gone[r.Parent] {
				gone[r.Key] = true
				w.origin.Remove(r)
			}
		}
	}
}

// splitFields cuts a rendered record at the blanks between its fields.
func splitFields(line string) []string {
	var parts []string
	depth, quoted, from := 0, false, 0
	line = strings.TrimSuffix(line, "\n")
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '[' || c == '{':
			depth++
		case c == ']' || c == '}':
			depth--
		case c == ' ' && depth == 0:
			parts = append(parts, line[from:i])
			from = i + 1
		}
	}
	return append(parts, line[from:])
}
