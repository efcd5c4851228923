package plan

import (
	"encoding/binary"

	"github.com/plumbline-sync/plumbline/shared/finding"
	"github.com/plumbline-sync/plumbline/shared/record"
	"github.com/plumbline-sync/plumbline/shared/snapshot"
	"github.com/plumbline-sync/plumbline/shared/spill"
)

// A draft's path leads from its parent to the root, on the source where that has the record, else on the target. It is climbed for all drafts at once, level by level:
// lookups sorted by key are merged with the snapshots, and each asks for the next one up.

// Which path a lookup climbs.
const (
	onlySource byte = iota // the path: the draft's record is on the source
	onlyTarget             // the path: it is on the target only
	second                 // the target's path of a record that is on both: asked for findings only
)

// lookup notes the first lookup of a draft's path.
func (w *differ) lookup(n uint64, which byte, parent []byte, d *draft) error {
	if len(parent) == 0 {
		return nil
	}
	c := climbFrom(d)
	return w.ask(w.level, parent, n, which, &c)
}

func (w *differ) ask(s *spill.Sorter, key []byte, n uint64, which byte, c *climb) error {
	w.rec = append(w.rec[:0], key...)
	w.rec = binary.BigEndian.AppendUint64(w.rec, n)
	w.rec = append(w.rec, which)
	w.rec = c.append(w.rec)
	return s.Add(w.rec, 0, len(key), n)
}

// ancestor is what the snapshots say of one key.
type ancestor struct {
	key                []byte
	kind               *kind
	onSource, onTarget bool
	drops, matches     bool
	cascades           bool // it is on the target only, and its delete takes along what is below
	parents            [2][]byte
	flags              [2]record.Flags
	finding            string // why it is held; "": no finding
	trace              [2]byte
}

// resolver climbs.
type resolver struct {
	w       *differ
	cursors [2]*snapshot.Cursor
	found   [2]*finding.Cursor
	cur     ancestor
	out     *spill.Sorter // what the paths tell, by number of the draft
	rec     []byte
}

// resolve climbs all paths.
func (w *differ) resolve() (*spill.Sorter, error) {
	r := &resolver{w: w, out: w.sorter(memoryLookup)}
	level := w.level
	for level.Len() > 0 {
		// Each level begins at the first kind again, so cursors begin anew.
		r.begin()
		next := w.sorter(memoryLookup)
		err := r.climbAll(level, next)
		level.Close()
		level = next
		if err != nil {
			next.Close()
			return r.out, err
		}
	}
	return r.out, level.Close()
}

// begin makes new cursors.
func (r *resolver) begin() {
	r.cursors = [2]*snapshot.Cursor{r.w.in.Source.Cursor(), r.w.in.Target.Cursor()}
	r.found = [2]*finding.Cursor{}
}

func (r *resolver) climbAll(level, next *spill.Sorter) error {
	var c climb
	r.cur.key = nil
	i := 0
	for it, err := range level.Sorted() {
		if err != nil {
			return err
		}
		if i++; i&0xfff == 0 {
			if err := r.w.ctx.Err(); err != nil {
				return err
			}
		}
		key := it.Key()
		if r.cur.key == nil || string(r.cur.key) != string(key) {
			if err := r.find(key); err != nil {
				return err
			}
		}
		rest := it.Rec[it.KeyOff+it.KeyLen:]
		n, which := binary.BigEndian.Uint64(rest), rest[8]
		if !c.read(rest[9:]) {
			return errDraft()
		}
		up := r.step(&c, which)
		if up != nil {
			err = r.w.ask(next, up, n, which, &c)
		} else {
			err = r.end(n, which, &c)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// find looks up one key on both sides.
func (r *resolver) find(key []byte) error {
	a := &r.cur
	*a = ancestor{key: append(a.key[:0], key...), kind: r.w.ks.of(key), parents: [2][]byte{a.parents[0][:0], a.parents[1][:0]}}
	if a.kind == nil {
		return nil
	}
	var lines [2]record.Line
	for i, c := range r.cursors {
		l, ok, err := c.Find(r.w.ctx, record.Key(key))
		if err != nil {
			return err
		}
		if ok {
			lines[i] = l
			p := cutLine(l)
			a.parents[i], a.flags[i] = append(a.parents[i], p.parent...), p.flags
		}
	}
	a.onSource, a.onTarget = lines[0] != nil, lines[1] != nil
	if a.onSource || a.onTarget {
		a.drops = r.w.ks.dropped(a.kind, a.onSource, a.onTarget, a.flags)
		a.matches = a.kind.matches(lines[0], lines[1])
		if r.w.forms {
			a.trace = r.w.traceOf(a, lines)
		}
	}
	a.cascades = !a.onSource && a.onTarget && (a.kind.flags|a.flags[1])&record.SkipChildrenOnDelete != 0
	return r.findings(a)
}

func (r *resolver) findings(a *ancestor) error {
	for i, rd := range r.w.findings() {
		if rd == nil {
			continue
		}
		if r.found[i] == nil {
			r.found[i] = rd.Cursor()
		}
		_, ok, err := r.found[i].Held(r.w.ctx, record.Key(a.key))
		if err != nil {
			return err
		}
		if ok {
			a.finding = record.Key(a.key).String() + " could not be used on the " + sides[i]
			return nil
		}
	}
	return nil
}

// step adds the ancestor to a path and returns the next key up; nil where the path ends.
func (r *resolver) step(c *climb, which byte) []byte {
	a := &r.cur
	if a.finding != "" && c.bits&aboveFinding == 0 {
		c.bits |= aboveFinding
		c.why = []byte(a.finding)
	}
	side := 0
	there := a.onSource
	if which != onlySource {
		side, there = 1, a.onTarget
	}
	if !there {
		if c.levels == 0 {
			c.bits |= orphan
		}
		if c.bits&createRun != 0 {
			c.bits |= parentBad
		}
		return nil
	}
	if c.levels >= maxDepth || a.kind.self && contains(c.path, a.key) {
		c.bits |= cycle
		c.why = []byte(members(c.path, a.key))
		return nil
	}
	c.path = append(append(c.path[:len(c.path):len(c.path)], a.key...), 0)
	c.levels++
	if r.w.forms {
		c.trace = append(c.trace[:len(c.trace):len(c.trace)], a.trace[side])
	}
	if which != second {
		r.judge(c, which)
	}
	if len(a.parents[side]) == 0 {
		return nil
	}
	return a.parents[side]
}

// judge adds what flags, scope and policy say of the ancestor.
func (r *resolver) judge(c *climb, which byte) {
	a := &r.cur
	if a.drops {
		c.bits |= aboveDropped
	}
	if int(c.run) != a.kind.index {
		if c.bits&inRun == 0 {
			c.bits |= aboveOut
		}
		c.leaveRun()
		c.run = uint16(a.kind.index)
		c.bits &^= inRun
	}
	if a.matches {
		c.bits |= inRun
		c.bits &^= loose
	}
	if which == onlyTarget {
		if r.w.unreadable[a.kind] != "" {
			c.bits |= aboveUnknown
		}
		if c.levels == 1 {
			c.bits |= deleteRun
		}
		if a.onSource {
			c.bits &^= deleteRun // it stays, or moves away with what is below it
		}
		if a.cascades && c.bits&deleteRun != 0 {
			c.cascade = c.levels
		}
		return
	}
	if a.onTarget {
		c.bits &^= createRun
		return
	}
	if c.levels == 1 {
		c.bits |= parentCreated | createRun
	}
	if c.bits&createRun != 0 && !a.kind.allows[Create] {
		c.bits |= parentBad
	}
	if c.bits&createRun != 0 && !a.matches {
		c.bits |= loose
	}
}

func (r *resolver) end(n uint64, which byte, c *climb) error {
	c.finish()
	r.rec = binary.BigEndian.AppendUint64(r.rec[:0], n)
	r.rec = append(r.rec, which)
	r.rec = c.append(r.rec)
	return r.out.Add(r.rec, 0, 9, n)
}
