package load_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/load"
	"github.com/plumbline-sync/plumbline/shared/record"
)

func TestLoad(t *testing.T) {
	src := &source{items: []item{
		rec("device", "devices.csv", 2, `name="leaf-02"`, `RU="2"`, `State="Up"`, `tags="b;a"`, `Serial Number=null`, `site="AMS01"`, `colour="red"`),
		rec("site", "sites.csv", 2, `name="AMS01"`, `region="emea"`, `latitude="52.30"`),
		rec("site", "sites.csv", 3, `name="ber02"`, `latitude=1e1`),
		rec("rack", "racks.csv", 2, `site="AMS01"`, `row="7"`),
		rec("device", "devices.csv", 3, `name="leaf-01"`, `rack_site="AMS01"`, `rack_row="7"`, `site=null`, `live="yes"`),
		rec("device", "devices.csv", 4, `name="loose"`),
	}}
	src.items[4].rec.Local = record.Fields{{Name: "id", Value: record.MustOf(5)}, {Name: "etag", Value: record.MustOf("x")}}
	src.items[4].rec.Flags = record.SkipUnmatchedSrc
	in := input(t, src)
	out, err := load.Run(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "load.golden", lines(t, in.Store))
	if out.More || out.State != nil || out.Records != 6 || len(out.Findings) != 0 {
		t.Errorf("got %+v, want 6 records, no findings, no more", out)
	}
	if d := cmp.Diff(map[string]int64{"site": 2, "rack": 1, "device": 3}, out.Info.Kinds); d != "" || !out.Info.Flagged {
		t.Errorf("info %+v (-want +got):\n%s", out.Info, d)
	}
	if got := found(t, in.Store); got != "" {
		t.Errorf("findings:\n%s", got)
	}
}

func TestEmpty(t *testing.T) {
	in := input(t, &source{})
	out, err := load.Run(t.Context(), in)
	if err != nil || out.Info.Records != 0 {
		t.Fatalf("got %+v, %v", out, err)
	}
	if got := lines(t, in.Store) + found(t, in.Store); got != "" {
		t.Errorf("got %s", got)
	}
}

// TestFindings has one record for each thing that can be wrong with one; the golden is what people read.
func TestFindings(t *testing.T) {
	bad := func(model, where, reason string, ids ...string) item {
		return item{err: &record.BadError{Model: model, Where: where, Reason: reason, IDs: rec("", "", 0, ids...).rec.Fields}}
	}
	const file = "devices.csv"
	long := strings.Repeat("x", 5<<20)
	src := &source{items: []item{
		rec("device", file, 2, `name="good"`),
		rec("device", file, 3, `Serial Number="x"`),
		rec("device", file, 4, `name=null`),
		rec("device", file, 5, `name={}`),
		rec("device", file, 6, `name="no-number"`, `RU="many"`),
		rec("device", file, 7, `name="many-troubles"`, `RU=1.5`, `live="perhaps"`, `State="Sideways"`, `site="a"`, `rack_site="a"`, `rack_row=1`),
		rec("device", file, 8, `name="no-value"`, `State="Sideways"`),
		rec("device", file, 9, `name="no-split"`, `tags=["a"]`),
		rec("device", file, 10, `name="two-parents"`, `site="ams01"`, `rack_site="ams01"`, `rack_row=7`),
		rec("device", file, 11, `name="half-a-parent"`, `rack_site="ams01"`, `rack_row=null`),
		rec("device", file, 12, `name="wrong-parent"`, `rack_site="ams01"`, `rack_row="left"`),
		rec("device", file, 13, `name="large"`, `Serial Number="`+long+`"`),
		rec("rack", "racks.csv", 2, `site="ams01"`, `row="left"`),
		rec("rack", "racks.csv", 3, `row="7"`),
		rec("site", "sites.csv", 2, `name="AMS01"`),
		rec("site", "sites.csv", 3, `name="ams01"`, `region="other"`),
		rec("site", "", 0, `name="Ams01"`),
		rec("device", file, 203, `name="good"`, `Serial Number="other"`),
		rec("device", "more.csv", 2, `name="good"`),
		bad("device", "devices.csv:300", "it has 3 fields, the header has 4"),
		bad("device", "devices.csv:301", "unit is no number", `name="kept"`),
		bad("site", "", "it is cut short", `name="BER02"`),
		bad("rack", "racks.csv:9", "row cannot be read", `site="ams01"`),
		bad("rack", "racks.csv:10", "row is odd", `site="ams01"`, `row="odd"`),
		bad("rack", "racks.csv:11", "a field is too long", `site="ams01"`, `row="11"`),
	}}
	src.items[14].rec.Where = "sites.csv, the first"
	in := input(t, src)
	out, err := load.Run(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "findings.golden", found(t, in.Store))
	golden(t, "findings-kept.golden", lines(t, in.Store))
	if d := cmp.Diff(map[string]int64{"device": 15, "rack": 5, "site": 3}, out.Findings); d != "" {
		t.Errorf("counts (-want +got):\n%s", d)
	}
	if out.Records != int64(len(src.items)) {
		t.Errorf("%d records, want %d", out.Records, len(src.items))
	}
}

func TestErrors(t *testing.T) {
	three := []item{rec("site", "sites.csv", 2, `name="a"`), rec("site", "sites.csv", 3, `name="b"`), rec("site", "sites.csv", 4, `name="c"`)}
	now := time.Now()
	tests := map[string]struct {
		src      adapter.Source
		deadline time.Time
		code     fault.Code
		want     string
	}{
		"a record of another model": {
			&source{items: append(three[:3:3], rec("vlan", "vlans.csv", 7, `vid=1`))},
			time.Time{},
			fault.Invalid,
			`vlans.csv:7: the adapter yields a record of model "vlan", which was not asked for; asked for were site, rack, device`,
		},
		"a record of no model": {
			&source{items: []item{rec("", "", 0)}},
			time.Time{},
			fault.Invalid,
			`the adapter yields a record without a model's name; asked for were site, rack, device`,
		},
		"a bad record of another model": {
			&source{items: []item{{err: record.Bad("vlan", "vlans.csv:7", "it is cut short")}}},
			time.Time{},
			fault.Invalid,
			`the adapter yields a record of model "vlan", which was not asked for; asked for were site, rack, device: vlans.csv:7: it is cut short`,
		},
		"the adapter ends it": {
			&source{items: three, fail: fault.Errorf(fault.Unavailable, "read sites.csv: device gone")},
			time.Time{},
			fault.Unavailable,
			`read sites.csv: device gone (after sites.csv:4)`,
		},
		"the adapter ends it at once": {
			&source{fail: fault.Errorf(fault.Denied, "open sites.csv: permission denied")}, time.Time{}, fault.Denied, `open sites.csv: permission denied`,
		},
		"the adapter is wrong": {
			&source{items: []item{{err: errors.New("x")}}}, time.Time{}, fault.Internal, `x`,
		},
		"a deadline that it cannot meet": {
			&source{items: three}, now, fault.TimedOut,
			`the deadline passed after 1 record, and this adapter cannot stop and go on later: give it more time, or fewer records`,
		},
		"it changed while it was read": {
			&versioned{resumer: resumer{source: source{items: three}}, version: counter()},
			time.Time{},
			fault.Conflict,
			`it changed while it was read; run it again when nobody writes to it`,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			in := input(t, tt.src)
			in.Deadline = tt.deadline
			_, err := load.Run(t.Context(), in)
			if err == nil {
				t.Fatal("no error")
			}
			if d := cmp.Diff(tt.want, err.Error()); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
			if got := fault.Of(err); got != tt.code {
				t.Errorf("code is %q, want %q", got, tt.code)
			}
			if got := names(stored(t, in.Store)); len(got) > 0 {
				t.Errorf("it left %v behind", got)
			}
		})
	}
}

// counter returns other text each time.
func counter() func() string {
	n := 0
	return func() string { n++; return fmt.Sprint(n) }
}

func TestCancel(t *testing.T) {
	for _, blocked := range []bool{false, true} {
		ctx, cancel := context.WithCancel(t.Context())
		src := &source{hook: func(ctx context.Context, n int) {
			if n == 10 {
				cancel()
				if blocked {
					<-ctx.Done()
				}
			}
		}}
		for i := range 1000 {
			src.items = append(src.items, rec("site", "sites.csv", int64(i), fmt.Sprintf(`name="%d"`, i)))
		}
		in := input(t, src)
		_, err := load.Run(ctx, in)
		if !fault.Is(err, fault.Stopped) || err.Error() != "stopped after 10 records: context canceled" {
			t.Errorf("blocked %v: got %q, %v", blocked, fault.Of(err), err)
		}
		if got := names(stored(t, in.Store)); len(got) > 0 {
			t.Errorf("it left %v behind", got)
		}
		cancel()
	}
}

func TestProgress(t *testing.T) {
	src := &counted{}
	src.hook = func(context.Context, int) { time.Sleep(20 * time.Millisecond) }
	for i := range 20 {
		src.items = append(src.items, rec("site", "sites.csv", int64(i), fmt.Sprintf(`name="%d"`, i)))
	}
	in := input(t, src)
	var got []int64
	in.Progress = func(n, total int64) {
		got = append(got, n)
		if total != 20 {
			t.Errorf("total is %d, want 20", total)
		}
	}
	if _, err := load.Run(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	if len(got) < 3 || len(got) > 8 || got[len(got)-1] != 20 {
		t.Errorf("told %v, want a number every 100 ms or so, and 20 at the end", got)
	}
}

// scoper is a source that can apply conditions on any field.
type scoper struct{ source }

func (s *scoper) Scopes(*adapter.Model, string) bool { return true }

func TestScopeIsPushedDownOnlyWhereNothingElseLooks(t *testing.T) {
	src := &scoper{}
	in := input(t, src)
	where := job.Where{{Field: "name", Regexp: "^a"}, {Field: "serial", Regexp: "x"}}
	for _, m := range in.Models {
		m.Where = where // site and rack are parents, only device is not
	}
	if _, err := load.Run(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	got := map[string][]string{}
	for m, w := range src.reqs[0].Scope {
		for _, c := range w {
			got[m] = append(got[m], c.Field+" "+c.Regexp)
		}
	}
	if d := cmp.Diff(map[string][]string{"device": {"name ^a"}}, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
