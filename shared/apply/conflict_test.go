package apply

import (
	"fmt"
	"testing"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/record"
)

func site(code string) rec { return rec{attrs: attrs("code", code, "note", "n")} }

// TestSwap exchanges unique values: in pairs, in rings, and handed on along a chain that ends in a new record.
func TestSwap(t *testing.T) {
	sites := func(codes ...string) side {
		s := side{}
		for i, c := range codes {
			if c != "" {
				s[key("site", fmt.Sprint("s", i))] = site(c)
			}
		}
		return s
	}
	tests := map[string]struct{ have, want side }{
		"pair":               {sites("a", "b"), sites("b", "a")},
		"ring":               {sites("a", "b", "c", "d"), sites("b", "c", "d", "a")},
		"chain":              {sites("a", "b", "c", ""), sites("b", "c", "d", "a")},
		"moves":              {sites("a", "b", ""), sites("c", "a", "b")},
		"to what is deleted": {sites("a", "b"), sites("b", "")},
	}
	for name, tt := range tests {
		for shape, f := range map[string]*fake{"one at a time": {}, "batches": {size: 10, finds: true}, "whole": {size: 10, whole: true}, "staged": {size: 2, staged: true}} {
			t.Run(name+"/"+shape, func(t *testing.T) {
				n := newFake()
				n.tells, n.size, n.whole, n.finds, n.staged = true, f.size, f.whole, f.finds, f.staged
				r := newRig(t, tt.want, tt.have, n)
				out := r.mustRun()
				r.same()
				r.wantResults(out, map[adapter.Status]int64{adapter.Done: int64(len(r.plan.cs))})
			})
		}
	}
}

// TestSwapKilled kills swaps anywhere.
func TestSwapKilled(t *testing.T) {
	have := side{key("site", "a"): site("1"), key("site", "b"): site("2"), key("site", "c"): site("3")}
	want := side{key("site", "a"): site("2"), key("site", "b"): site("1"), key("site", "c"): site("4"), key("site", "d"): site("3")}
	for at := 1; at < 80; at++ {
		f := newFake()
		f.tells, f.finds = true, true
		r := newRig(t, want, have, f)
		r.killed(uint64(at), at%40+1)
		r.same()
		r.sound()
	}
}

// TestSwapImpossible fails both and says so, and leaves the target as it was.
func TestSwapImpossible(t *testing.T) {
	have := side{key("site", "a"): site("1"), key("site", "b"): site("2")}
	want := side{key("site", "a"): site("2"), key("site", "b"): site("1")}
	tests := map[string]struct {
		tells, notNull bool
		journal        []string
	}{
		"the target cannot tell": {false, false, []string{
			`update site a: failed: refused twice: [code] is taken; the target cannot say which fields are in conflict, so where values change hands none could be set to null first`,
			`update site b: failed: refused twice: [code] is taken; the target cannot say which fields are in conflict, so where values change hands none could be set to null first`,
		}},
		"no null": {true, true, []string{
			`update site a: failed: refused twice: [code] is taken; site b holds what it wants, and wants another value itself, but could not be set to null first: code must not be null`,
			`update site b: failed: refused twice: [code] is taken; site a holds what it wants, and wants another value itself, but could not be set to null first: code must not be null`,
		}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			f := newFake()
			f.tells, f.notNull = tt.tells, tt.notNull
			r := newRig(t, want, have, f)
			out := r.mustRun()
			r.want = have
			r.same()
			r.wantJournal(tt.journal...)
			r.wantResults(out, map[adapter.Status]int64{adapter.Failed: 2})
		})
	}
}

// TestPutBack gives back what a record let go of in vain: someone else took what it was to get.
func TestPutBack(t *testing.T) {
	have := side{key("site", "a"): site("1"), key("site", "b"): site("2")}
	want := side{key("site", "a"): site("2"), key("site", "b"): site("1")}
	f := newFake()
	f.tells = true
	f.fault = func(c *call) error {
		if c.action == adapter.Update && !c.after && c.cs[0].Key == key("site", "b") && string(c.cs[0].Set.Get("code")) == `"1"` {
			return fault.Errorf(fault.Conflict, "b is locked")
		}
		return nil
	}
	r := newRig(t, want, have, f)
	r.mustRun()
	// b is not in conflict about a field, so nobody knew that it lets go.
	r.wantJournal(
		`update site a: failed: refused twice: [code] is taken`,
		`update site b: failed: refused twice: b is locked; the target cannot say which fields are in conflict, so where values change hands none could be set to null first`)
	r.want = have
	r.same()

	f = newFake()
	f.tells = true
	n := 0
	f.fault = func(c *call) error {
		if c.action == adapter.Update && !c.after && c.cs[0].Key == key("site", "b") && string(c.cs[0].Set.Get("code")) == `"1"` {
			if n++; n > 1 {
				return fault.Wrap(fault.Conflict, &conflictError{[]string{"code"}})
			}
		}
		return nil
	}
	r = newRig(t, want, have, f)
	r.mustRun()
	r.wantJournal(
		`update site a: done`,
		`update site b: failed: refused twice: [code] is taken; code is null on the target now: what was there before could not be put back: [code] is taken`)
}

// TestWaiting lets what depends on a conflict wait and go with it.
func TestWaiting(t *testing.T) {
	have := side{key("site", "old"): site("1"), key("device", "gone"): {parent: key("site", "old"), attrs: attrs("serial", "x")}}
	want := side{
		key("site", "new"):   site("1"),
		key("device", "d"):   {parent: key("site", "new"), attrs: attrs("serial", "x", "primary", "d/p0", "tenant", "t")},
		key("port", "d/p0"):  {parent: key("device", "d"), attrs: attrs("speed", "1")},
		key("tenant", "t"):   {attrs: attrs("label", "l")},
		key("site", "other"): site("2"),
	}
	for name, shape := range shapes {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, want, have, shape())
			out := r.mustRun()
			r.same()
			r.wantResults(out, map[adapter.Status]int64{adapter.Done: 7})
		})
	}
}

// TestSkipped skips what depends on a failure and says why.
func TestSkipped(t *testing.T) {
	have := side{
		key("site", "keep"):   site("1"),
		key("device", "m"):    {parent: key("site", "keep"), attrs: attrs("serial", "m", "tenant", "told")},
		key("tenant", "told"): {attrs: attrs("label", "x")},
		key("site", "gone"):   site("8"),
		key("device", "g"):    {parent: key("site", "gone"), attrs: attrs("serial", "g")},
		key("port", "g/p"):    {parent: key("device", "g"), attrs: attrs("speed", "1")},
		key("device", "away"): {parent: key("site", "left"), attrs: attrs("serial", "w")},
		key("site", "left"):   site("7"),
	}
	want := side{
		key("site", "keep"):    site("1"),
		key("device", "m"):     {parent: key("site", "keep"), attrs: attrs("serial", "m", "tenant", "bad")},
		key("device", "away"):  {parent: key("site", "bad"), attrs: attrs("serial", "w")},
		key("site", "bad"):     site("2"),
		key("tenant", "bad"):   {attrs: attrs("label", "x")},
		key("device", "below"): {parent: key("site", "bad"), attrs: attrs("serial", "b", "primary", "below/p")},
		key("port", "below/p"): {parent: key("device", "below"), attrs: attrs("speed", "1")},
	}
	f := newFake()
	f.fault = func(c *call) error {
		for _, x := range c.cs {
			n := x.Name
			if x.Action == adapter.Create && n == "bad" || n == "g/p" {
				return fault.Errorf(fault.Invalid, "%s is refused", n)
			}
		}
		return nil
	}
	r := newRig(t, want, have, f)
	out := r.mustRun()
	r.wantJournal(
		`create tenant bad: failed: bad is refused`,
		`create site bad: failed: bad is refused`,
		`create device below: skipped: its parent site bad was not created: bad is refused`,
		`create port below/p: skipped: its parent device below was not created: its parent site bad was not created: bad is refused`,
		`move device away: skipped: its parent site bad was not created: bad is refused`,
		`update device m: skipped: tenant bad that tenant refers to was not created: bad is refused`,
		`update device below: skipped: it was not created: its parent site bad was not created: bad is refused`,
		`delete port g/p: failed: g/p is refused`,
		`delete device g: skipped: what hangs below it, or refers to it, is still there: port g/p: g/p is refused`,
		`delete site gone: skipped: what hangs below it, or refers to it, is still there: device g: what hangs below it, or refers to it, is still there: port g/p: g/p is refused`,
		`delete site left: skipped: what hangs below it, or refers to it, is still there: device away: its parent site bad was not created: bad is refused`,
		`delete tenant told: skipped: what hangs below it, or refers to it, is still there: device m: tenant bad that tenant refers to was not created: bad is refused`,
	)
	r.wantResults(out, map[adapter.Status]int64{adapter.Failed: 3, adapter.Skipped: 8})

	// A later call of the same run changes nothing of that; a run that resumes it tries again.
	out = r.mustRun()
	r.wantResults(out, map[adapter.Status]int64{adapter.Failed: 3, adapter.Skipped: 8})
	f.fault = nil
	r.in.Earlier, r.in.Journal, r.fresh = []string{r.in.Journal}, "runs/r2/journal/", cursorOf(f)
	out = r.mustRun()
	r.same()
	r.wantResults(out, map[adapter.Status]int64{adapter.Done: 11})
}

// TestTaken is what becomes of creates that find their identity taken.
func TestTaken(t *testing.T) {
	p := key("site", "p")
	dev := func(serial string) rec { return rec{parent: p, attrs: attrs("serial", serial, "role", "leaf")} }
	tests := map[string]struct {
		finds   bool
		there   rec
		known   bool // the parent is there already
		journal string
	}{
		"equal":               {true, dev("1"), true, `create device d: adopted: an equal record was there already`},
		"unequal":             {true, dev("2"), true, `create device d: failed: it is there already, with other values: serial is "2", not "1"`},
		"elsewhere":           {true, rec{parent: key("site", "q"), attrs: dev("1").attrs}, true, `create device d: failed: it is there already, with other values: its parent is site q, not site p`},
		"below a new parent":  {true, dev("2"), false, `create device d: adopted: it was there already and was updated: serial`},
		"moved to new parent": {true, rec{parent: key("site", "q"), attrs: dev("3").attrs}, false, `create device d: adopted: it was there already and was updated: its parent, serial`},
		"target cannot look":  {false, dev("1"), true, `create device d: failed: refused twice: [name] is taken`},
	}
	for name, tt := range tests {
		for _, size := range []int{0, 4} {
			t.Run(fmt.Sprint(name, "/", size), func(t *testing.T) {
				have := side{key("site", "q"): site("q")}
				want := side{key("site", "q"): site("q"), p: site("1"), key("device", "d"): dev("1")}
				if tt.known {
					have[p] = site("1")
				}
				f := newFake()
				f.finds, f.size = tt.finds, size
				r := newRig(t, want, have, f)
				// The system makes the record by itself, after the plan was made.
				sneak := side{key("device", "d"): tt.there}
				other := newFake()
				sneak.into(other)
				f.rows[key("device", "d")] = other.rows[key("device", "d")]
				r.mustRun()
				j := r.journal(r.in.Journal)
				if got := j[len(j)-1]; got != tt.journal {
					t.Errorf("got  %s\nwant %s", got, tt.journal)
				}
			})
		}
	}
}

// TestHalving finds the bad records in batches that are refused whole, and takes no others down.
func TestHalving(t *testing.T) {
	want := side{}
	for i := range 100 {
		want[key("site", fmt.Sprintf("%03d", i))] = site(fmt.Sprint(i))
	}
	for _, code := range []fault.Code{fault.Invalid, fault.Conflict} {
		f := newFake()
		f.size = 32
		f.fault = func(c *call) error {
			for _, x := range c.cs {
				if x.Name == "013" || x.Name == "077" {
					return fault.Errorf(code, "one of them is bad")
				}
			}
			return nil
		}
		r := newRig(t, want, side{}, f)
		out := r.mustRun()
		r.wantResults(out, map[adapter.Status]int64{adapter.Done: 98, adapter.Failed: 2})
	}
}

// TestGone takes deletes of nothing as done, and says of updates of nothing that they failed.
func TestGone(t *testing.T) {
	have := side{key("site", "a"): site("1"), key("site", "b"): site("2")}
	want := side{key("site", "a"): site("9")}
	f := newFake()
	r := newRig(t, want, have, f)
	clear(f.rows)
	r.mustRun()
	r.wantJournal(
		`update site a: failed: there is no site a`,
		`delete site b: done: it was gone already`)
}

// TestUnsayable fails a change whose values the target's mapping cannot say, and no other.
func TestUnsayable(t *testing.T) {
	want := side{key("site", "a"): site("1"), key("tenant", "t"): {attrs: attrs("label", "x")}}
	r := newRig(t, want, side{}, newFake())
	r.in.Models[1].Mapping.Fields = append(r.in.Models[1].Mapping.Fields, jobField("code", map[string]record.Value{"Up": record.MustOf("up")}))
	r.mustRun()
	r.wantJournal(
		`create tenant t: done`,
		`create site a: failed: code: "1" is not among its values: "up"`)
}
