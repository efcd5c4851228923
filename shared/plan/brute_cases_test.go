package plan

import (
	"fmt"
	"hash/fnv"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// got returns what a plan says of each record.
func got(t *testing.T, r *Reader) (main, late map[string]string) {
	main, late = map[string]string{}, map[string]string{}
	for _, list := range []struct {
		name string
		seq  func(func(*Change, error) bool)
	}{{"", r.Changes(t.Context(), 1, 0)}, {"held", r.Held(t.Context())}, {"out", r.OutOfScope(t.Context())}} {
		for c, err := range list.seq {
			if err != nil {
				t.Fatal(err)
			}
			what := string(c.Op)
			if list.name != "" {
				what = list.name
			}
			to := main
			if c.Part {
				to = late
				if c.Clear {
					what = "clear"
				}
			}
			if _, twice := to[c.Key.String()]; twice {
				t.Errorf("%s stands twice in the plan", c.Key)
			}
			to[c.Key.String()] = what
		}
	}
	return main, late
}

func hashOf(s string) uint32 {
	h := fnv.New32()
	h.Write([]byte(s))
	return h.Sum32()
}

func TestDiffAgainstBruteForce(t *testing.T) {
	cases := 300
	if testing.Short() {
		cases = 60
	}
	for seed := range cases {
		rnd := rand.New(rand.NewPCG(uint64(seed), 1))
		b, w := randomCase(t, rnd)
		r := w.diff(slices.Collect(values(b.src)), slices.Collect(values(b.dst)))
		main, late := got(t, r)
		want, wantLate := map[string]string{}, map[string]string{}
		b.settle()
		var skips int64
		keys := map[string]bool{}
		for k := range b.src {
			keys[k] = true
		}
		for k := range b.dst {
			keys[k] = true
		}
		for _, k := range slices.Sorted(maps.Keys(keys)) {
			switch o := b.outcome(k); o {
			case "unchanged", "dropped":
			case "skip":
				skips++
			case "out":
				if b.raw(k) != Unchanged {
					want[k] = o
				}
			default:
				want[k] = o
				if l := b.lateOf(k, o); l != "" {
					wantLate[k] = l
				}
			}
		}
		if diff := cmp.Diff(want, main); diff != "" {
			t.Errorf("seed %d (-want +got)\n%s", seed, diff)
		}
		if diff := cmp.Diff(wantLate, late); diff != "" {
			t.Errorf("seed %d: deferred (-want +got)\n%s", seed, diff)
		}
		if got := r.Index().Total(); w.exact(b) && got.Skip != skips {
			t.Errorf("seed %d: skip %d, want %d", seed, got.Skip, skips)
		}
		if t.Failed() {
			t.Fatalf("seed %d\n%s\n%s", seed, b, shown(t, r))
		}
	}
}

// lateOf returns what becomes of a record's deferred attributes where they are written apart.
func (b *brute) lateOf(key, outcome string) string {
	op := b.raw(key)
	if op == Delete {
		if b.dst[key].attrs["late"] != nil && outcome == string(Delete) && b.taker(key) == "" {
			if b.reject(Update, key+" clear") {
				return ""
			}
			return "clear"
		}
		return ""
	}
	names := b.changed(key, true)
	if len(names) == 0 || op == Update && len(b.changed(key, false)) == 0 {
		return ""
	}
	if outcome == held || b.dangling(key, names) || b.reject(Update, key+" part") {
		return held
	}
	return string(Update)
}

func values(of map[string]*rec) func(func(rec) bool) {
	return func(yield func(rec) bool) {
		for _, k := range slices.Sorted(maps.Keys(of)) {
			if !yield(*of[k]) {
				return
			}
		}
	}
}

// exact reports whether every record is looked at, so that the counts are exact.
func (w *world) exact(b *brute) bool {
	for _, md := range b.j.Models {
		if md.Where != nil {
			return true
		}
	}
	return w.in.Source.Info().Flagged || w.in.Target.Info().Flagged
}

func (b *brute) String() string {
	s := fmt.Sprintf("policy %s flags %d findings %v unreadable %v\n", b.j.Policy, b.j.Flags, b.found, b.unread)
	for i, side := range []map[string]*rec{b.src, b.dst} {
		for r := range values(side) {
			s += fmt.Sprintf("%s: %s in %q %v flags %d\n", sides[i], r.key, r.parent, r.attrs, r.flags)
		}
	}
	for _, md := range b.j.Models {
		s += fmt.Sprintf("model %s flags %d policy %q where %v\n", md.Name, md.Flags, md.Policy, md.Where)
	}
	return s
}

// randomCase makes a job and two sides.
func randomCase(t *testing.T, rnd *rand.Rand) (*brute, *world) {
	maybe := func(n int) bool { return rnd.IntN(n) == 0 }
	late := func(a *job.Attribute) { a.Defer, a.References = true, "port" }
	tenant := func(a *job.Attribute) { a.References = "tenant" }
	j := newJob(model("tenant", attrs("x")), model("region", attrs("x"), under("region", "up")), model("site", attrs("x"), under("region", "region")),
		model("device", attrs("x"), attr("tenant", tenant), attr("late", late), under("site", "site")), model("port", attrs("x"), under("device", "device")))
	for _, md := range j.Models {
		if maybe(8) {
			md.Flags = []record.Flags{record.Ignore, record.SkipUnmatchedSrc, record.SkipUnmatchedDst, record.SkipChildrenOnDelete}[rnd.IntN(4)]
		}
		if maybe(10) {
			md.Policy = []job.Policy{job.UpsertOnly, job.UpdateOnly, job.CreateOnly}[rnd.IntN(3)]
		}
		if maybe(10) {
			where("x", "0")(md)
		}
	}
	if maybe(5) {
		j.Flags = []job.Flags{job.SkipUnmatchedSrc, job.SkipUnmatchedDst}[rnd.IntN(2)]
	}
	if maybe(8) {
		j.Policy = job.UpsertOnly
	}
	w := newWorld(t, j)
	if maybe(2) {
		w.in.nearbyAfter = 1
	}
	flags := maybe(3)
	b := &brute{
		j: j, found: [2]map[string]bool{{}, {}}, unread: map[string]bool{}, memo: map[string]string{}, reject: func(Op, string) bool { return false },
		takes: func(string, string) bool { return false },
	}
	b.src = randomSide(rnd, flags)
	b.dst = randomOther(rnd, b.src, flags)
	if maybe(2) {
		b.src, b.dst = b.dst, b.src
	}
	if maybe(3) {
		for i, side := range sides {
			var keys []string
			for range rnd.IntN(2) {
				keys = append(keys, fmt.Sprintf("%s %d", []string{"region", "site", "device", "port"}[rnd.IntN(4)], rnd.IntN(5)))
			}
			if maybe(4) {
				keys = append(keys, []string{"site", "device", "port"}[rnd.IntN(3)])
			}
			for _, k := range keys {
				if strings.Contains(k, " ") {
					b.found[i][k] = true
				} else {
					b.unread[k] = true
				}
			}
			r := w.findings(side, keys...)
			if i == 0 {
				w.in.SourceFindings = r
			} else {
				w.in.TargetFindings = r
			}
		}
	}
	if maybe(3) {
		salt := fmt.Sprint(rnd.Uint32())
		b.reject = func(op Op, key string) bool { return hashOf(salt+string(op)+key)%6 == 0 }
		w.audit = func(c *Change) error {
			key := c.Key.String()
			if c.Clear {
				key += " clear"
			} else if c.Part {
				key += " part"
			}
			if b.reject(c.Op, key) {
				return fault.Errorf(fault.Invalid, "no room")
			}
			return nil
		}
	}
	if maybe(2) {
		b.takes = func(parent, child string) bool { return child != "port" }
		w.in.Cascades = func(parent, child string) (bool, error) { return b.takes(parent, child), nil }
	}
	return b, w
}

var upOf = map[string]string{"region": "region", "site": "region", "device": "site", "port": "device"}

func randomFlags(rnd *rand.Rand, flags bool) record.Flags {
	if flags && rnd.IntN(8) == 0 {
		return []record.Flags{1, 2, 4, 8, 12}[rnd.IntN(5)]
	}
	return 0
}

func randomSide(rnd *rand.Rand, flags bool) map[string]*rec {
	of := map[string]*rec{}
	pick := func(kind string) string { return fmt.Sprintf("%s %d", kind, rnd.IntN(6)) }
	for _, kind := range []string{"tenant", "region", "site", "device", "port"} {
		for i := range 6 {
			if rnd.IntN(4) == 0 {
				continue
			}
			r := &rec{key: fmt.Sprintf("%s %d", kind, i), attrs: m{"x": fmt.Sprint(rnd.IntN(2))}, flags: randomFlags(rnd, flags)}
			randomParent(rnd, of, r)
			if kind == "device" {
				if rnd.IntN(3) == 0 {
					r.attrs["tenant"] = fmt.Sprint(rnd.IntN(6))
				}
				if rnd.IntN(3) == 0 {
					r.attrs["late"] = strings.Fields(pick("port"))[1]
				}
			}
			of[r.key] = r
		}
	}
	return of
}

// randomParent gives a record a parent, mostly one that exists.
func randomParent(rnd *rand.Rand, of map[string]*rec, r *rec) {
	up := upOf[kindOf(r.key)]
	if up == "" || up == "region" && rnd.IntN(3) == 0 {
		return
	}
	for range 6 {
		r.parent = fmt.Sprintf("%s %d", up, rnd.IntN(6))
		if of[r.parent] != nil || rnd.IntN(30) == 0 {
			return
		}
	}
	r.parent = ""
}

// randomOther makes a side that is much like another.
func randomOther(rnd *rand.Rand, of map[string]*rec, flags bool) map[string]*rec {
	out := map[string]*rec{}
	for _, kind := range []string{"tenant", "region", "site", "device", "port"} {
		for i := range 6 {
			key := fmt.Sprintf("%s %d", kind, i)
			r := of[key]
			if rnd.IntN(4) == 0 {
				if r != nil {
					continue
				}
				r = &rec{key: key, attrs: m{"x": "0"}}
			}
			if r == nil {
				continue
			}
			c := *r
			c.attrs = maps.Clone(r.attrs)
			if c.parent == "" || rnd.IntN(5) == 0 || out[c.parent] == nil && rnd.IntN(3) > 0 {
				randomParent(rnd, out, &c)
			}
			if rnd.IntN(5) == 0 {
				c.attrs["x"] = fmt.Sprint(rnd.IntN(2))
			}
			if kind == "device" && rnd.IntN(4) == 0 {
				c.attrs["tenant"] = fmt.Sprint(rnd.IntN(6))
			}
			if kind == "device" && rnd.IntN(4) == 0 {
				c.attrs["late"] = fmt.Sprint(rnd.IntN(6))
			}
			c.flags |= randomFlags(rnd, flags)
			out[c.key] = &c
		}
	}
	return out
}
