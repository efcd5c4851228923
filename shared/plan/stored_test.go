package plan

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// many makes two sides with every kind of change in numbers.
func many(n int) (source, target []rec) {
	for i := range n {
		s := rec{key: fmt.Sprintf("device d%05d", i), parent: fmt.Sprintf("rack r%d", i%7), attrs: m{"x": i}}
		t := rec{key: s.key, parent: s.parent, attrs: m{"x": i}, local: m{"id": i}}
		switch i % 5 {
		case 0:
			t.attrs = m{"x": -i}
		case 1:
			t.parent = fmt.Sprintf("rack r%d", (i+1)%7)
		case 2:
			source = append(source, s)
			continue
		case 3:
			target = append(target, t)
			continue
		}
		source, target = append(source, s), append(target, t)
	}
	for i := range 7 {
		r := rec{key: fmt.Sprintf("rack r%d", i), attrs: m{"x": 1}}
		source, target = append(source, r), append(target, r)
	}
	return source, target
}

func TestEqualInputGivesEqualBytes(t *testing.T) {
	source, target := many(3000)
	var first map[string][]byte
	for range 2 {
		w := newWorld(t, treeJob())
		w.diff(source, target)
		got := w.store.(*memory).data
		if first == nil {
			first = got
			continue
		}
		for _, name := range []string{"plan.ndjson.zst", "plan.index"} {
			if len(got[name]) == 0 || !bytes.Equal(first[name], got[name]) {
				t.Errorf("%s differs between two diffs of the same input", name)
			}
		}
	}
}

func TestPathsClimbedAtOnceGiveTheSamePlan(t *testing.T) {
	source, target := many(3000)
	var plans []string
	for _, after := range []uint64{1, 700, 1 << 40} {
		w := newWorld(t, treeJob())
		w.in.nearbyAfter = after
		plans = append(plans, shown(t, w.diff(source, target)))
	}
	for _, p := range plans[1:] {
		if diff := cmp.Diff(plans[0], p); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	}
}

func TestAPlanIsReadableWithoutUs(t *testing.T) {
	w := newWorld(t, treeJob())
	w.diff([]rec{{key: "rack a", attrs: m{"x": 1}}}, []rec{{key: "rack b", attrs: m{"x": 2}, local: m{"id": 9}}})
	d, err := zstd.NewReader(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	text, err := d.DecodeAll(w.store.(*memory).data["plan.ndjson.zst"], nil)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	want := []string{
		`{"n":1,"op":"create","key":["rack","a"],"name":"a","set":{"x":1}}`,
		`{"n":2,"op":"delete","key":["rack","b"],"name":"b","before":{"x":2},"local":{"id":9}}`,
	}
	if diff := cmp.Diff(want, lines[:2]); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if !strings.HasPrefix(lines[2], `{"plan":{"version":1,"job":"test"`) {
		t.Errorf("the last line does not describe the plan: %s", lines[2])
	}
}

func TestDamageIsFound(t *testing.T) {
	source, target := many(300)
	w := newWorld(t, treeJob())
	w.diff(source, target)
	data := w.store.(*memory).data
	read := func() error {
		r, err := Open(w.ctx, w.store, "plan")
		if err != nil {
			return err
		}
		defer r.Close()
		for _, err := range r.Changes(w.ctx, 1, 0) {
			if err != nil {
				return err
			}
		}
		return r.Verify(w.ctx)
	}
	if err := read(); err != nil {
		t.Fatal(err)
	}
	rnd := rand.New(rand.NewPCG(1, 1))
	for _, name := range []string{"plan.ndjson.zst", "plan.index"} {
		good := data[name]
		for i := range 200 {
			bad := bytes.Clone(good)
			if i%4 == 0 {
				bad = bad[:rnd.IntN(len(bad))]
			} else {
				bad[rnd.IntN(len(bad))] ^= byte(1 + rnd.IntN(255))
			}
			data[name] = bad
			if err := read(); !fault.Is(err, fault.Invalid) {
				t.Fatalf("%s altered: %v, want an error that it is damaged", name, err)
			}
		}
		data[name] = good
	}
	delete(data, "plan.index")
	if err := read(); !fault.Is(err, fault.NotFound) {
		t.Errorf("without its index: %v", err)
	}
}

func TestChangesByOrdinal(t *testing.T) {
	source, target := many(500)
	w := newWorld(t, treeJob())
	r := w.diff(source, target)
	var n int64
	for c, err := range r.Changes(w.ctx, 0, 0) {
		if n++; err != nil || c.N != n {
			t.Fatalf("change %d has ordinal %d, %v", n, c.N, err)
		}
		again, err := Parse(c.AppendJSON(nil))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c, again); diff != "" {
			t.Fatalf("change %d, written and parsed (-want +got)\n%s", n, diff)
		}
	}
	if n != r.Index().Last() || n != 399 {
		t.Errorf("%d changes, the index says %d", n, r.Index().Last())
	}
	for _, c := range [][3]int64{{1, 2, 1}, {399, 400, 399}, {398, 0, 398}, {0, 5, 1}, {7, 7, 0}, {500, 600, 0}} {
		first := int64(0)
		for ch, err := range r.Changes(w.ctx, c[0], c[1]) {
			if err != nil {
				t.Fatal(err)
			}
			first = ch.N
			break
		}
		if first != c[2] {
			t.Errorf("Changes(%d, %d) begins with %d, want %d", c[0], c[1], first, c[2])
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		`{"n":1,"op":"create","key":["rack","a"],"name":"a","set":{"x":1}}`,
		`{"op":"move","key":["d","a"],"name":"a","path":[["r","1"]],"parent":["r","1"],"from":["r","2"],"ids":["A"],"before":{},"set":{},"local":{"id":1},"references":[["t",["t","x"]]],"held":{"code":"audit","detail":"no"}}`,
		`{"op":"delete","key":["d","a"],"name":"a","before":{},"deferred":true,"clear":true,"part":true,"cascade":["r","1"]}`, `{`, `{}`, `{"op":"create"}`, `{"op":"create","key":[}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		text, err := record.AppendCanonical(nil, line)
		if err != nil {
			return // a plan holds canonical JSON only: all else is damage, which the container finds
		}
		if c, err := Parse(text); err == nil && c.Key == "" {
			t.Errorf("a change without a key: %s", line)
		}
	})
}

func TestParseRefusesWhatIsNoChange(t *testing.T) {
	for _, s := range []string{``, `{`, `[]`, `{}`, `{"op":"create"}`, `{"op":"drop","key":["a","b"]}`, `{"plan":{}}`, `{"op" "create"}`} {
		if c, err := Parse([]byte(s)); !fault.Is(err, fault.Invalid) {
			t.Errorf("Parse(%s) = %v, %v; want Invalid", s, c, err)
		}
	}
}
