package plan

// Where the kinds that have others below them have few records, and there are enough drafts for it to pay, what was learned of those records is kept in memory, a table of bounded size,
// and a draft's path is climbed at once: it need not wait in a sorter until its ancestors are looked up.

const (
	nearbyRecords = 8192 // the most records of such kinds, both sides together
	nearbyAfter   = 512  // the drafts from which on it pays
)

// nearby climbs paths at once.
type nearby struct {
	resolver
	table map[string]*ancestor
	memo  [3]climbed // by which
}

// climbed is the path climbed last: drafts that follow each other often have the same parent.
type climbed struct {
	parent []byte
	kind   *kind
	begin  bits
	up     climb
}

// mayBeNearby reports whether the table would be small enough.
func (w *differ) mayBeNearby() bool {
	si, ti := w.in.Source.Info(), w.in.Target.Info()
	var n int64
	for _, k := range w.ks.list {
		if k.parents {
			n += si.Kinds[k.model.Name] + ti.Kinds[k.model.Name]
		}
	}
	return n <= nearbyRecords
}

func newNearby(w *differ) *nearby {
	n := &nearby{resolver: resolver{w: w}, table: map[string]*ancestor{}}
	n.begin()
	return n
}

// path climbs a draft's path into up.
func (n *nearby) path(which byte, parent []byte, d *draft, up *climb) error {
	c := climbFrom(d)
	if len(parent) == 0 {
		if c.bits&inRun == 0 {
			c.bits |= aboveOut
		}
		up.set(&c)
		return nil
	}
	m := &n.memo[which]
	if m.kind == d.kind && m.begin == c.bits && string(m.parent) == string(parent) {
		up.set(&m.up)
		return nil
	}
	n.forget()
	m.parent, m.kind, m.begin = append(m.parent[:0], parent...), d.kind, c.bits
	for key := parent; key != nil; {
		a := n.table[string(key)]
		if a == nil {
			n.cur = ancestor{}
			if err := n.find(key); err != nil {
				return err
			}
			a = new(ancestor)
			*a = n.cur
			n.table[string(key)] = a
		}
		n.cur = *a
		key = n.step(&c, which)
	}
	c.finish()
	m.up.set(&c)
	up.set(&c)
	return nil
}

// forget drops the table's memory of missing records, which may be many, when it grows too large.
func (n *nearby) forget() {
	if len(n.table) > 2*nearbyRecords {
		n.table = map[string]*ancestor{}
	}
}
