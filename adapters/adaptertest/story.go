package adaptertest

import (
	"fmt"
	"strings"

	"github.com/plumbline-sync/plumbline/shared/run"
)

var story = []chapter{
	{"an empty system is empty", nil, func(w *world) {
		w.ok(w.sync(pull))
		if got := w.copy.String(); got != "" {
			w.Errorf("it yields %s", got)
		}
	}},
	{"it says what it is", nil, abilities},
	{"a record is created and reads back", nil, func(w *world) {
		w.put("site", map[string]any{"name": "ams01", "region": "emea", "latitude": 52.3, "note": nil})
		w.settled()
	}},
	{"records below records, and records that refer to others", nil, func(w *world) {
		w.fill(3)
		w.settled()
	}},
	{"an update changes what changed and nothing else", nil, func(w *world) {
		w.fill(3)
		w.settled()
		w.set("device", "dev-01-1", map[string]any{"role": "spine", "units": nil})
		w.set("device", "dev-02-0", map[string]any{"active": nil, "tenant": "t1"})
		r := w.ok(w.sync(push))
		if c := counts(r); c != (run.Counts{Update: 2}) {
			w.Errorf("planned %+v, want 2 updates", c)
		}
		w.laws()
	}},
	{"texts come back as they were", nil, func(w *world) {
		texts := []string{"x", " blanks around ", "a,b;c", `quotes "here" 'and' there`, "ünïcödé 漢字 \U0001f600", "null", "NaN", "true", "007", "1e3", "-", "#hash", "[]", "{\"a\": 1}", "\u00e9 and e\u0301", strings.Repeat("long ", 20000)}
		if w.h.has(EmptyText) {
			texts = append(texts, "")
		}
		if w.h.has(Control) {
			texts = append(texts, "tab\ttab", "two\nlines", "r\r\nn", "\x01\x7f\u2028", "back\\slash")
		}
		for i, s := range texts {
			w.put("site", map[string]any{"name": fmt.Sprintf("site %02d", i), "region": s, "latitude": nil, "note": "n"})
		}
		w.settled()
	}},
	{"identifiers of any text", nil, func(w *world) {
		ids := []string{"a,b", `q"q`, "ü", "漢", "a__b", "A", "a", "x/y", "100", "é", "e\u0301", "%", "'"}
		if w.h.has(Blanks) {
			ids = append(ids, " a")
		}
		for _, s := range ids {
			w.put("site", map[string]any{"name": s, "region": "r", "latitude": nil, "note": nil})
			w.put("device", map[string]any{"name": "d" + s, "site": s, "role": "r", "units": nil, "active": nil, "tags": nil, "meta": nil, "tenant": nil})
		}
		w.settled()
	}},
	{"numbers stay exact", nil, func(w *world) {
		w.fill(1)
		for i, n := range []any{0, -1, int64(9007199254740993), int64(-9007199254740993), int64(9223372036854775807)} {
			w.device(fmt.Sprintf("n-%d", i), map[string]any{"units": n})
		}
		for i, n := range []any{0.1, -2.5e-7, 52.370216, 1e15} {
			w.put("site", map[string]any{"name": fmt.Sprintf("at-%d", i), "region": nil, "latitude": n, "note": nil})
		}
		w.settled()
	}},
	{"numbers of 400 digits", []Feature{BigNumbers}, func(w *world) {
		w.put("tenant", map[string]any{"name": "big", "rank": number(strings.Repeat("7", 400))})
		w.settled()
	}},
	{"fractions of many digits", []Feature{Fractions}, func(w *world) {
		w.put("site", map[string]any{"name": "exact", "region": nil, "latitude": number("0.12345678901234567891"), "note": nil})
		w.settled()
	}},
	{"lists and objects", []Feature{Nested}, func(w *world) {
		w.fill(1)
		for i, tags := range []any{[]any{}, []any{"a", "b"}, []any{"", nil, 1, true, []any{map[string]any{"k": "v"}}}} {
			w.device(fmt.Sprintf("l-%d", i), map[string]any{"tags": tags, "meta": map[string]any{"z": tags, "a": nil, "é": 1.5}})
		}
		w.settled()
		w.set("device", "l-1", map[string]any{"tags": []any{"b", "a"}, "meta": map[string]any{}})
		w.settled()
	}},
	{"a move is one change, and what is below goes along", nil, func(w *world) {
		w.fill(3)
		w.settled()
		w.set("device", "dev-00-0", map[string]any{"site": "site-02"})
		w.set("device", "dev-00-1", map[string]any{"site": "site-01", "role": "moved"})
		r := w.ok(w.sync(push))
		if c := counts(r); c != (run.Counts{Move: 2}) {
			w.Errorf("planned %+v, want 2 moves", c)
		}
		w.laws()
	}},
	{"deletes take children first", nil, func(w *world) {
		w.fill(4)
		w.settled()
		w.drop("port", "dev-01-0", "p1")
		w.settled()
		w.dropBelow("site-02")
		w.settled()
		w.origin.Clear()
		w.settled()
	}},
	{"moves, creates, updates and deletes at once", nil, func(w *world) {
		w.fill(4)
		w.settled()
		w.dropBelow("site-03")
		w.put("site", map[string]any{"name": "site-09", "region": "new", "latitude": 1, "note": nil})
		w.device("dev-09", map[string]any{"site": "site-09", "tenant": "t0"})
		w.set("device", "dev-01-1", map[string]any{"site": "site-09"})
		w.set("site", "site-00", map[string]any{"region": nil, "note": "changed"})
		w.settled()
	}},
	{"a kind that contains itself", []Feature{SelfParents}, func(w *world) {
		for i, up := range []any{nil, "a0", "a1", "a2", "a1"} {
			w.put("area", map[string]any{"name": fmt.Sprintf("a%d", i), "area": up, "note": nil})
		}
		w.settled()
		w.set("area", "a3", map[string]any{"area": "a4"})
		w.set("area", "a2", map[string]any{"area": nil})
		w.settled()
		w.drop("area", "a3")
		w.settled()
	}},
	{"a record that is refused does not take others down", []Feature{Refusals}, refusals},
	{"a record that cannot be used is left alone on the other side", nil, findings},
	{"many records", nil, func(w *world) {
		n := w.many(60)
		w.fill(n)
		w.settled()
		for i := range n / 3 {
			w.set("device", fmt.Sprintf("dev-%02d-0", i), map[string]any{"role": "changed"})
		}
		for i := n - n/3; i < n; i++ {
			w.dropBelow(fmt.Sprintf("site-%02d", i))
		}
		w.settled()
	}},
	{"a load that stops anywhere goes on where it was", nil, cursors},
	{"a load that is stopped by a deadline goes on", nil, deadlines},
	{"a sync that dies anywhere is carried on", nil, deaths},
}
