package file

import (
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/record"
	"github.com/plumbline-sync/plumbline/shared/spill"
)

// What an entry of a stage is. Entries are sorted by model and row key; of one key rows come first, then changes as they came.
const (
	opRow    = 'R' // a row of the file, with its number
	opCreate = 'c'
	opUpdate = 'u'
	opDelete = 'd'
	opList   = 'l' // a child joins or leaves a list of this row (diffsync)
)

// stage holds the changes to one file until they are committed.
type stage struct {
	cfg     *Config
	group   *group
	kinds   []*dsKind // diffsync only
	version string    // of the file when the first change came
	sorter  *spill.Sorter
	n       uint64
	names   []string // fields that some change gives a value
	buf     []byte
}

const sortMemory = 4 << 20

func newStage(cfg *Config, g *group) (*stage, error) {
	v, err := version(g.on(), g.path, g.show)
	if err != nil {
		return nil, err
	}
	s := &stage{cfg: cfg, group: g, version: v, sorter: spill.NewSorter(spill.Options{Memory: sortMemory})}
	if g.format == "diffsync" {
		s.kinds = dsKinds(cfg, g.tables)
	}
	return s, nil
}

func (s *stage) close() { _ = s.sorter.Close() }

// add stages a change. It returns the record's new local values, nil where they stay.
func (s *stage) add(t *table, c *adapter.Change) (record.Fields, error) {
	for _, f := range c.Set {
		if !f.Value.IsNull() && !slices.Contains(s.names, f.Name) {
			s.names = append(s.names, f.Name)
		}
	}
	op := map[adapter.Action]byte{adapter.Create: opCreate, adapter.Update: opUpdate, adapter.Delete: opDelete}[c.Action]
	if s.kinds != nil {
		return s.addMember(t, op, c)
	}
	return nil, s.put(t, string(c.Key), op, appendFields(nil, c.Set))
}

// put adds an entry.
func (s *stage) put(t *table, key string, op byte, payload []byte) error {
	s.n++
	return s.entry(t, key, op, 1<<62|s.n, payload)
}

func (s *stage) entry(t *table, key string, op byte, seq uint64, payload []byte) error {
	b := binary.BigEndian.AppendUint16(s.buf[:0], uint16(slices.Index(s.group.tables, t)))
	b = append(b, key...)
	n := len(b)
	s.buf = append(append(b, op), payload...)
	if err := s.sorter.Add(s.buf, 0, n, seq); err != nil {
		return fault.Errorf(fault.Unavailable, "stage changes: %w", err)
	}
	return nil
}

// addMember stages a change to a DiffSync export: the record under its unique id, and who lists it.
func (s *stage) addMember(t *table, op byte, c *adapter.Change) (record.Fields, error) {
	k := s.kinds[slices.Index(s.group.tables, t)]
	uid, ok := c.Local.Get("uid").Text()
	if !ok {
		uid = uniqueID(t, c.IDs)
	}
	if err := s.put(t, uid, op, appendFields(nil, k.stored(c.Set))); err != nil {
		return nil, err
	}
	var from, to dsRef
	was, is := s.lister(c.Local.Get("in"), &from), c.Action != adapter.Delete && s.parent(c, &to)
	if was && (c.Action == adapter.Delete || c.Move) {
		if err := s.list(from, k, '-', uid); err != nil {
			return nil, err
		}
	}
	if is && (c.Action == adapter.Create || c.Move) {
		if err := s.list(to, k, '+', uid); err != nil {
			return nil, err
		}
	}
	switch {
	case c.Action == adapter.Delete || c.Action == adapter.Update && !c.Move:
		return nil, nil
	case !is:
		return dsLocal(uid, nil, s.kinds), nil
	}
	return dsLocal(uid, []dsRef{to}, s.kinds), nil
}

// lister reads the local value that says who lists a record.
func (s *stage) lister(in record.Value, f *dsRef) bool {
	e := in.Elements()
	if len(e) != 2 {
		return false
	}
	kind, _ := e[0].Text()
	f.uid, _ = e[1].Text()
	f.kind = slices.IndexFunc(s.kinds, func(k *dsKind) bool { return k.Name == kind })
	return f.kind >= 0
}

// parent says who is to list the record of a change.
func (s *stage) parent(c *adapter.Change, f *dsRef) bool {
	if c.Parent == nil {
		return false
	}
	f.kind = slices.IndexFunc(s.kinds, func(k *dsKind) bool { return k.Name == c.Parent.Key.Kind() })
	if f.kind < 0 {
		return false
	}
	var ok bool
	if f.uid, ok = c.Parent.Local.Get("uid").Text(); !ok {
		f.uid = joinIDs(c.Parent.Key.IDs())
	}
	return true
}

// list stages that a child joins (+) or leaves (-) the list of a parent.
func (s *stage) list(parent dsRef, child *dsKind, sign byte, uid string) error {
	payload := append([]byte{sign}, listField(s.cfg, child.Name)...)
	payload = append(append(payload, 0), uid...)
	return s.put(s.kinds[parent.kind].table, parent.uid, opList, payload)
}

// stored returns the fields that an export keeps: a field that does nothing but name the parent is not among them, the parent's list says it.
func (k *dsKind) stored(set record.Fields) record.Fields {
	return slices.DeleteFunc(slices.Clone(set), func(f record.Field) bool {
		only := false
		for _, p := range k.Parents {
			for _, ours := range p.Fields {
				if k.theirs(ours) == f.Name {
					only = k.Attribute(ours) == nil
				}
			}
		}
		return only
	})
}

// uniqueID is DiffSync's unique id of a record: Python's str() of its identifiers.
func uniqueID(t *table, ids record.Fields) string {
	var vs []record.Value
	for _, n := range t.idNames() {
		vs = append(vs, ids.Get(n))
	}
	return joinIDs(vs)
}

func joinIDs(ids []record.Value) string {
	s := ""
	for i, v := range ids {
		if i > 0 {
			s += "__"
		}
		s += record.Python(v)
	}
	return s
}

// appendFields appends fields in a form that cutFields reads.
func appendFields(b []byte, fs record.Fields) []byte {
	for _, f := range fs {
		b = binary.AppendUvarint(b, uint64(len(f.Name)))
		b = append(b, f.Name...)
		b = binary.AppendUvarint(b, uint64(len(f.Value)))
		b = append(b, f.Value...)
	}
	return b
}

// cutFields reads fields that appendFields wrote; they point into b.
func cutFields(b []byte) (record.Fields, error) {
	var fs record.Fields
	cut := func() ([]byte, bool) {
		n, w := binary.Uvarint(b)
		if w <= 0 || uint64(len(b)-w) < n {
			return nil, false
		}
		piece := b[w : w+int(n) : w+int(n)]
		b = b[w+int(n):]
		return piece, true
	}
	for len(b) > 0 {
		name, ok := cut()
		value, ok2 := cut()
		if !ok || !ok2 {
			return nil, fmt.Errorf("a staged change is damaged")
		}
		fs = append(fs, record.Field{Name: string(name), Value: record.Value(value)})
	}
	return fs, nil
}
