package plan

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-sync/plumbline/shared/record"
)

var update = flag.Bool("update", false, "write the goldens anew")

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got)\n%s", name, diff)
	}
}

// network is a plan with something of everything.
func network(t *testing.T) *Reader {
	j := newJob(model("site", attrs("region")), model("device", attrs("rack", "role", "serial", "tags", "asset", "comments"), under("site", "site")),
		model("interface", ids("device", "name"), attrs("mtu", "mode"), under("device", "device")))
	w := newWorld(t, j)
	long := strings.Repeat("a very long comment that nobody reads ", 8)
	return w.diff([]rec{
		{key: "site ams01", attrs: m{"region": "emea"}},
		{key: "site ber01", attrs: m{"region": "emea"}},
		{key: "site ber02", attrs: m{"region": nil}},
		{key: "device ams01-leaf-01", parent: "site ams01", attrs: m{"role": "leaf", "tags": []string{"prod", "evpn"}, "asset": 10, "comments": long}},
		{key: "device ams01-leaf-07", parent: "site ams01", attrs: m{"rack": "ams01-r02", "role": "leaf", "serial": "FDO2317A0B9", "tags": []string{}, "asset": nil}},
		{key: "device ber02-edge-01", parent: "site ber02", attrs: m{"role": "edge", "serial": ""}},
		{key: "device evil\x1b[2J\u202egnp", parent: "site ams01", attrs: m{"role": "a\nb\u0085", "comments": "日本語のとても長いコメントは切り詰められる必要がある日本語のとても長いコメントは切り詰められる"}},
		{key: "device " + strings.Repeat("long-", 30) + "end", parent: "site ams01", attrs: m{"role": "x"}},
		{key: "interface ams01-leaf-01 Ethernet1", parent: "device ams01-leaf-01", attrs: m{"mtu": 9000, "mode": []any{[]int{1}}}},
	}, []rec{
		{key: "site ams01", attrs: m{"region": "emea"}},
		{key: "site ber01", attrs: m{"region": "emea"}},
		{key: "site ber02", attrs: m{"region": "apac"}},
		{key: "site ams09"},
		{key: "device ams01-leaf-01", parent: "site ams01", attrs: m{"role": "spine", "tags": []string{"staging", "evpn"}, "asset": "10", "comments": "short"}},
		{key: "device ber02-edge-01", parent: "site ber01", attrs: m{"role": "edge", "serial": " x"}},
		{key: "device kept-1", parent: "site ams09", flags: record.SkipUnmatchedDst},
		{key: "device kept-2", parent: "site ams09", flags: record.SkipUnmatchedDst},
		{key: "interface ams01-leaf-01 Ethernet1", parent: "device ams01-leaf-01", attrs: m{"mtu": 1500, "mode": []any{[]int{2}}}},
		{key: "interface ams01-leaf-01 Ethernet9", parent: "device ams01-leaf-01", attrs: m{"mtu": 1500}},
	})
}

func TestPrintGoldens(t *testing.T) {
	r := network(t)
	paint := func(s Style, text string) string { return "<" + string(s) + ">" + text + "</>" }
	for name, p := range map[string]*Printer{"plan.txt": {}, "plan-70.txt": {Width: 70}, "plan-colour.txt": {Paint: paint}} {
		var b bytes.Buffer
		p.W = &b
		changes, held, err := p.Plan(t.Context(), r, Filter{})
		if err != nil {
			t.Fatal(err)
		}
		b.WriteByte('\n')
		if err := p.Summary(r.Index()); err != nil {
			t.Fatal(err)
		}
		if changes != r.Index().Changes() || held != 1 {
			t.Errorf("%s: %d changes, %d held", name, changes, held)
		}
		width := p.width()
		for l := range strings.SplitSeq(b.String(), "\n") {
			if p.Paint == nil && Width(l) > width {
				t.Errorf("%s: a line of %d columns: %s", name, Width(l), l)
			}
			if !utf8.ValidString(l) || strings.ContainsAny(l, "\x1b\u202e\u0085\r\t") {
				t.Errorf("%s: a line that fools a terminal: %q", name, l)
			}
		}
		golden(t, name, b.String())
	}
}

func TestFilter(t *testing.T) {
	r := network(t)
	for _, c := range []struct {
		filter Filter
		want   string
	}{
		{Filter{Models: []string{"site"}}, "~ site ber02,- site ams09"},
		{Filter{Actions: []string{"delete"}}, "- interface ams01-leaf-01 Ethernet9"},
		{Filter{Actions: []string{"held"}}, "- site ams09"},
		{Filter{Actions: []string{"move", "delete"}, Match: "EDGE"}, "> device ber02-edge-01"},
		{Filter{Match: "ams01-*-0?"}, "+ device ams01-leaf-07,~ device ams01-leaf-01"},
		{Filter{Match: "Ethernet9"}, "- interface ams01-leaf-01 Ethernet9"},
		{Filter{Attributes: []string{"asset"}}, "+ device ams01-leaf-07,~ device ams01-leaf-01"},
		{Filter{Models: []string{"site"}, Actions: []string{"create"}}, ""},
	} {
		var got []string
		for _, seq := range []func(func(*Change, error) bool){r.Changes(t.Context(), 1, 0), r.Held(t.Context())} {
			for ch, err := range seq {
				if err != nil {
					t.Fatal(err)
				}
				if c.filter.Keeps(ch) {
					sign, _ := signOf(ch.Op)
					got = append(got, sign+" "+ch.Model()+" "+ch.identity())
				}
			}
		}
		if diff := cmp.Diff(c.want, strings.Join(got, ",")); diff != "" {
			t.Errorf("%+v (-want +got)\n%s", c.filter, diff)
		}
	}
	if err := (&Filter{Models: []string{"sites"}}).Check(r.Index()); err == nil || !strings.Contains(err.Error(), "site, device, interface") {
		t.Errorf("a model that is none: %v", err)
	}
	if err := (&Filter{Actions: []string{"remove"}}).Check(r.Index()); err == nil || !strings.Contains(err.Error(), "delete") {
		t.Errorf("an action that is none: %v", err)
	}
}

func TestCut(t *testing.T) {
	for _, c := range []struct {
		in    string
		width int
		want  string
	}{
		{"short", 10, "short"}, {"0123456789", 10, "0123456789"}, {"0123456789a", 10, "0123…6789a"}, {"日本語日本語", 7, "日…語"}, {"abc", 1, "…"}, {"abc", 0, ""}, {"", 0, ""},
	} {
		if got := Cut(c.in, c.width); got != c.want {
			t.Errorf("Cut(%q, %d) = %q, want %q", c.in, c.width, got, c.want)
		}
	}
}

func TestVisible(t *testing.T) {
	for in, want := range map[string]string{
		"plain ü 日本": "plain ü 日本", "a\x1b[31mb": `a\x1b[31mb`, "a\u202eb": `a\u202eb`, "a\u200bb": `a\u200bb`, "\xff": `\xff`, "a\r\n\tb": `a\r\n\tb`, "a\u2028b": `a\u2028b`, "a\u00a0b": `a\u00a0b`, "\U000e0041": `\U000e0041`,
	} {
		if got := Visible(in); got != want {
			t.Errorf("Visible(%q) = %s, want %s", in, got, want)
		}
	}
}

func TestThousands(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", -1234567: "-1,234,567"} {
		if got := Thousands(n); got != want {
			t.Errorf("Thousands(%d) = %s", n, got)
		}
	}
}
