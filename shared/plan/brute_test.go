package plan

import (
	"slices"
	"strings"

	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// brute says by recursion over maps what becomes of each record, as design.md has it. It is the truth that Diff is held against.
type brute struct {
	j        *job.Job
	src, dst map[string]*rec
	found    [2]map[string]bool // findings with a key, by side
	unread   map[string]bool    // kinds with findings without one
	reject   func(op Op, key string) bool
	takes    func(parent, child string) bool
	memo     map[string]string
	referred map[string]bool // deletes that are held because of what refers to their records
}

func kindOf(key string) string { return strings.Fields(key)[0] }

func (b *brute) side(key string) map[string]*rec {
	if b.src[key] != nil {
		return b.src
	}
	return b.dst
}

// chain returns the ancestors on a side, nearest first, and how it ends: "", "missing" or "cycle".
func (b *brute) chain(of map[string]*rec, key string) (up []string, end string) {
	for p := of[key].parent; p != ""; p = of[p].parent {
		if of[p] == nil {
			return up, "missing"
		}
		if slices.Contains(up, p) || len(up) >= maxDepth {
			return up, "cycle"
		}
		up = append(up, p)
	}
	return up, ""
}

func (b *brute) drops(key string) bool {
	s, d, f := b.src[key], b.dst[key], b.j.Model(kindOf(key)).Flags
	switch {
	case d == nil && b.j.Flags&job.SkipUnmatchedSrc != 0, s == nil && b.j.Flags&job.SkipUnmatchedDst != 0:
		return true
	case d == nil && (s.flags|f)&record.SkipUnmatchedSrc != 0, s == nil && (d.flags|f)&record.SkipUnmatchedDst != 0:
		return true
	}
	return s != nil && (s.flags|f)&record.Ignore != 0 || d != nil && (d.flags|f)&record.Ignore != 0
}

func (b *brute) matches(key string) bool {
	r := b.side(key)[key]
	for _, c := range b.j.Model(kindOf(key)).Where {
		if string(record.MustOf(r.attrs[c.Field])) != string(c.Values[0]) {
			return false
		}
	}
	return true
}

func (b *brute) inScope(key string) bool {
	up, _ := b.chain(b.side(key), key)
	selfs := map[string]bool{}
	for _, k := range append([]string{key}, up...) {
		kind := kindOf(k)
		if slices.ContainsFunc(b.j.Model(kind).Parents, func(p job.Parent) bool { return p.Model == kind }) {
			selfs[kind] = selfs[kind] || b.matches(k)
		} else if !b.matches(k) {
			return false
		}
	}
	for _, ok := range selfs {
		if !ok {
			return false
		}
	}
	return true
}

// raw returns what differs.
func (b *brute) raw(key string) Op {
	s, d := b.src[key], b.dst[key]
	switch {
	case d == nil:
		return Create
	case s == nil:
		return Delete
	case s.parent != d.parent:
		return Move
	case len(b.changed(key, false))+len(b.changed(key, true)) > 0:
		return Update
	}
	return Unchanged
}

// changed returns the attributes that an update or create writes, the deferred ones or the others.
func (b *brute) changed(key string, deferred bool) (names []string) {
	s, d := b.src[key], b.dst[key]
	for _, a := range b.j.Model(kindOf(key)).Attributes {
		if a.Defer != deferred {
			continue
		}
		v, has := s.attrs[a.Name]
		if d == nil {
			if has && !(deferred && v == nil) {
				names = append(names, a.Name)
			}
			continue
		}
		if w, ok := d.attrs[a.Name]; has && ok && string(record.MustOf(v)) != string(record.MustOf(w)) {
			names = append(names, a.Name)
		}
	}
	return names
}

// settle holds, one after another, the deletes of what something that stays refers to.
func (b *brute) settle() {
	b.referred = map[string]bool{}
	for again := true; again; {
		again = false
		b.memo = map[string]string{}
		for key := range b.dst {
			if b.src[key] != nil || b.outcome(key) != string(Delete) || !b.isReferred(key) {
				continue
			}
			if t := b.taker(key); t != "" {
				key = t
			}
			b.referred[key], again = true, true
			break
		}
	}
}

// isReferred reports whether a record of the target refers to the key when the plan has been carried out, or a change of the plan wants one to.
func (b *brute) isReferred(to string) bool {
	names := func(r *rec, a job.Attribute) bool {
		v, ok := r.attrs[a.Name].(string)
		return ok && a.References+" "+v == to
	}
	for key, r := range b.dst {
		for _, a := range b.j.Model(kindOf(key)).Attributes {
			if key != to && b.outcome(key) != string(Delete) && names(r, a) && !b.writes(key, a) {
				return true
			}
		}
	}
	for key, r := range b.src {
		for _, a := range b.j.Model(kindOf(key)).Attributes {
			if names(r, a) && b.wants(key, a) {
				return true
			}
		}
	}
	return false
}

// wants reports whether the plan would give a record the source's value of an attribute, were it not for what becomes of other changes.
func (b *brute) wants(key string, a job.Attribute) bool {
	up, _ := b.chain(b.src, key)
	now, late := b.changed(key, false), b.changed(key, true)
	op := b.raw(key)
	if !slices.Contains(append(now, late...), a.Name) || !b.inScope(key) || slices.ContainsFunc(append(up, key), b.drops) || b.barred(key, op) {
		return false
	}
	for p := b.src[key].parent; op != Update && p != "" && b.dst[p] == nil; p = b.src[p].parent {
		if b.src[p] == nil || !b.inScope(p) || b.barred(p, Create) {
			return false
		}
	}
	nowhere := func(names []string) bool {
		return slices.ContainsFunc(names, func(n string) bool {
			v, _ := b.src[key].attrs[n].(string)
			to := b.j.Model(kindOf(key)).Attribute(n).References + " " + v
			return v != "" && to[0] != ' ' && b.dst[to] == nil && b.src[to] == nil
		})
	}
	return !nowhere(now) && !(a.Defer && nowhere(late))
}

// writes reports whether the plan gives a record the source's value of an attribute.
func (b *brute) writes(key string, a job.Attribute) bool {
	o := b.outcome(key)
	if o != string(Create) && o != string(Update) && o != string(Move) || !slices.Contains(b.changed(key, a.Defer), a.Name) {
		return false
	}
	return !a.Defer || o == string(Update) && len(b.changed(key, false)) == 0 || b.lateOf(key, o) == string(Update)
}

// outcome returns "create", "update", "move", "delete", "unchanged", "held", "skip", "out" or "dropped".
func (b *brute) outcome(key string) string {
	if o, ok := b.memo[key]; ok {
		return o
	}
	b.memo[key] = "?" // a cycle asks again: held, then
	o := b.work(key)
	b.memo[key] = o
	return o
}

func (b *brute) work(key string) string {
	up, _ := b.chain(b.side(key), key)
	op := b.raw(key)
	switch {
	case !b.inScope(key):
		return "out"
	case slices.ContainsFunc(up, b.drops):
		return "dropped"
	case b.drops(key):
		return "skip"
	case op == Unchanged:
		return "unchanged"
	case b.held(key, op):
		return "held"
	}
	return string(op)
}

// barred reports whether a change is held whatever becomes of others.
func (b *brute) barred(key string, op Op) bool {
	of := b.side(key)
	up, end := b.chain(of, key)
	parent := of[key].parent
	marked := func(k string) bool { return b.found[0][k] || b.found[1][k] }
	lines := append([]string{key, parent}, up...)
	for _, side := range []map[string]*rec{b.src, b.dst} {
		if side[key] != nil {
			more, _ := b.chain(side, key)
			lines = append(lines, more...)
			for _, k := range append(more, key) { // also an ancestor that is not there
				lines = append(lines, side[k].parent)
			}
		}
	}
	switch {
	case end == "cycle", slices.ContainsFunc(lines, marked):
		return true
	case parent != "" && of[parent] == nil:
		return true
	case op == Delete && slices.ContainsFunc(append(up, key), func(k string) bool { return b.unread[kindOf(k)] }):
		return true
	}
	md := b.j.Model(kindOf(key))
	act := policyAction(op)
	return !b.j.Policy.Allows(act) || md.Policy != "" && !md.Policy.Allows(act)
}

func (b *brute) held(key string, op Op) bool {
	if b.barred(key, op) {
		return true
	}
	parent := b.side(key)[key].parent
	if op == Delete {
		return b.heldDelete(key)
	}
	if (op == Create || op == Move) && parent != "" && b.dst[parent] == nil && b.outcome(parent) != "create" {
		return true
	}
	names := b.changed(key, false)
	if op == Update && len(names) == 0 {
		return b.dangling(key, b.changed(key, true)) || b.reject(Update, key)
	}
	return b.dangling(key, names) || b.reject(op, key)
}

func (b *brute) dangling(key string, names []string) bool {
	md := b.j.Model(kindOf(key))
	for _, n := range names {
		a := md.Attribute(n)
		v := b.src[key].attrs[n]
		if a.References == "" || v == nil {
			continue
		}
		to := a.References + " " + v.(string)
		if b.dst[to] == nil && (b.src[to] == nil || b.outcome(to) != "create") {
			return true
		}
	}
	return false
}

func (b *brute) cascades(key string) bool {
	return b.src[key] == nil && (b.dst[key].flags|b.j.Model(kindOf(key)).Flags)&record.SkipChildrenOnDelete != 0
}

// taker returns the topmost ancestor that takes what is below it along; "" for none.
func (b *brute) taker(key string) string {
	up, _ := b.chain(b.dst, key)
	top := ""
	for _, k := range up {
		if b.src[k] != nil {
			break // it stays, or moves away with what is below it
		}
		if b.cascades(k) {
			top = k
		}
	}
	return top
}

func (b *brute) children(key string) (down []string) {
	for k, r := range b.dst {
		if r.parent == key {
			down = append(down, k)
		}
	}
	return down
}

// stuck reports whether something below, down to any depth, keeps a delete from taking all along.
func (b *brute) stuck(key string) bool {
	for _, c := range b.children(key) {
		if b.raw(c) == Move {
			if b.outcome(c) != string(Move) {
				return true
			}
			continue
		}
		if b.raw(c) != Delete || !b.takes(kindOf(key), kindOf(c)) || b.staticHeld(c) || b.stuck(c) {
			return true
		}
	}
	return false
}

// staticHeld reports whether a delete does not happen for reasons of its own.
func (b *brute) staticHeld(key string) bool {
	up, _ := b.chain(b.dst, key)
	return !b.inScope(key) || slices.ContainsFunc(append(up, key), b.drops) || b.barred(key, Delete)
}

func (b *brute) heldDelete(key string) bool {
	if b.referred[key] {
		return true
	}
	if t := b.taker(key); t != "" {
		return b.outcome(t) != string(Delete)
	}
	if b.cascades(key) {
		return b.stuck(key) || b.reject(Delete, key)
	}
	for _, c := range b.children(key) {
		if o := b.outcome(c); o != string(Delete) && o != string(Move) {
			return true
		}
	}
	return b.reject(Delete, key)
}
