package parity

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/plumbline-sync/plumbline/shared/record"
)

// network is site > device > port, each named by name and with the attribute x; nothing on either side.
func network() *kase {
	x := []attr{{Name: "x"}}
	return &kase{
		Names: map[string]string{"source": "source", "target": "target"}, Sync: true,
		Kinds: []*kind{
			{Name: "site", IDs: []string{"name"}, Attrs: x, Parents: []string{}},
			{Name: "device", IDs: []string{"name"}, Attrs: x, Parents: []string{"site"}},
			{Name: "port", IDs: []string{"name"}, Attrs: x, Parents: []string{"device"}},
		},
	}
}

// rows reads records: KIND ID[/ID..] [in KIND ID] [ATTRIBUTE=VALUE..] [flags=BITS]. What is no JSON is a text.
func (k *kase) rows(lines ...string) (rows []*row) {
	for _, line := range lines {
		words := strings.Fields(line)
		r := &row{Kind: words[0], IDs: k.ids(words[0], words[1]), Attrs: map[string]json.RawMessage{}}
		words = words[2:]
		if len(words) > 2 && words[0] == "in" {
			r.Parent = string(k.key(words[1], k.ids(words[1], words[2])))
			words = words[3:]
		}
		for _, w := range words {
			name, text, _ := strings.Cut(w, "=")
			if name == "flags" {
				var f record.Flags
				fmt.Sscan(text, &f)
				r.Flags = &f
				continue
			}
			r.Attrs[name] = value(text)
		}
		rows = append(rows, r)
	}
	return rows
}

func (k *kase) ids(kind, text string) map[string]json.RawMessage {
	ids := map[string]json.RawMessage{}
	for i, part := range strings.Split(text, "/") {
		ids[k.kind(kind).IDs[i]] = value(part)
	}
	return ids
}

func value(text string) json.RawMessage {
	if json.Valid([]byte(text)) {
		return json.RawMessage(text)
	}
	return marshal(text)
}

// both asks DiffSync and lays the case out for us.
func both(t *testing.T, k *kase, cascades bool) (*answer, *trial) {
	t.Helper()
	k.identify()
	a := startPython(t).ask(t, k)
	return a, newShop(t).lay(t, k, a, cascades)
}

// String lists what is there: KIND ID in KIND ID: attributes.
func (s state) String() string {
	var lines []string
	for _, key := range slices.Sorted(maps.Keys(s)) {
		line := record.Key(key).String()
		if p := s[key].Parent; p != "" {
			line += " in " + record.Key(p).String()
		}
		_, attrs, _ := strings.Cut(strings.TrimPrefix(s[key].Rest, "flags "), " ")
		lines = append(lines, strings.ReplaceAll(strings.TrimSpace(line+" "+attrs), " x=null", ""))
	}
	return strings.Join(lines, "\n")
}

// same fails where the texts differ, line ends and indents aside.
func same(t *testing.T, what, want, got string) {
	t.Helper()
	trim := func(s string) string {
		var lines []string
		for line := range strings.Lines(s) {
			if line = strings.TrimSpace(line); line != "" {
				lines = append(lines, line)
			}
		}
		return strings.Join(lines, "\n")
	}
	if trim(want) != trim(got) {
		t.Errorf("%s\nwant:\n%s\ngot:\n%s", what, trim(want), trim(got))
	}
}
