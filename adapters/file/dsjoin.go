package file

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"iter"

	"github.com/plumbline-sync/plumbline/shared/record"
	"github.com/plumbline-sync/plumbline/shared/spill"
)

// What an entry of the sorter is.
const (
	dsChild   = 'c' // a list names this unique id
	dsRecord  = 'r' // the record itself
	dsSpoiled = 's' // the record was there and could not be used
)

// dsRef names the parent that lists a child.
type dsRef struct {
	kind int
	uid  string
	ids  []record.Value // the parent's identifiers, nil where it lacks one
}

func (f dsRef) append(b []byte) []byte {
	b = binary.AppendUvarint(b, uint64(f.kind))
	b = binary.AppendUvarint(b, uint64(len(f.uid)))
	b = append(b, f.uid...)
	for _, v := range f.ids {
		b = binary.AppendUvarint(b, uint64(len(v)))
		b = append(b, v...)
	}
	return b
}

func parseRef(b []byte) dsRef {
	cut := func() []byte {
		n, w := binary.Uvarint(b)
		piece := bytes.Clone(b[w : w+int(n)])
		b = b[w+int(n):]
		return piece
	}
	kind, w := binary.Uvarint(b)
	b = b[w:]
	f := dsRef{kind: int(kind), uid: string(cut())}
	for len(b) > 0 {
		f.ids = append(f.ids, cut())
	}
	return f
}

// ids returns the record's identifiers, as the file has them; nil where one is missing.
func (k *dsKind) ids(fields record.Fields) []record.Value {
	var vs []record.Value
	for _, n := range k.idNames() {
		v := fields.Get(n)
		if v == nil {
			return nil
		}
		vs = append(vs, v)
	}
	return vs
}

// dsJoin walks the sorted entries, unique id by unique id.
type dsJoin struct {
	r    *dsReader
	pull func() (spill.Item, error, bool)
	stop func()
	item spill.Item
	have bool // item is the next entry

	key  []byte
	refs []dsRef // distinct lists that name the key: at most two are kept
	met  bool    // its record was met
}

func newJoin(r *dsReader) *dsJoin {
	j := &dsJoin{r: r}
	j.pull, j.stop = iter.Pull2(r.sorter.Sorted())
	return j
}

// next returns the next record, with its parent's identifiers, or the finding on it.
func (j *dsJoin) next() (*record.Record, error) {
	for {
		if !j.have {
			item, err, ok := j.pull()
			if err != nil {
				return nil, fmt.Errorf("read %q: %w", j.r.show, err)
			}
			if !ok {
				lost := j.lost()
				j.key, j.refs = nil, nil
				if lost != nil {
					return nil, lost
				}
				return nil, io.EOF
			}
			j.item, j.have = item, true
		}
		if !bytes.Equal(j.key, j.item.Key()) {
			lost := j.lost()
			j.key, j.refs, j.met = append(j.key[:0], j.item.Key()...), j.refs[:0], false
			if lost != nil {
				return nil, lost
			}
		}
		j.have = false
		what, line, payload := j.cut()
		switch what {
		case dsChild:
			f := parseRef(payload)
			if len(j.refs) == 0 || len(j.refs) == 1 && (j.refs[0].kind != f.kind || j.refs[0].uid != f.uid) {
				j.refs = append(j.refs, f)
			}
		case dsSpoiled:
			j.met = true
		default:
			j.met = true
			return j.record(line, payload)
		}
	}
}

// cut takes the entry at hand apart.
func (j *dsJoin) cut() (what byte, line int64, payload []byte) {
	b := j.item.Rec[j.item.KeyOff+j.item.KeyLen:]
	return b[0], int64(binary.BigEndian.Uint64(b[1:9])), b[9:]
}

func (j *dsJoin) kind() *dsKind { return j.r.kinds[binary.BigEndian.Uint16(j.key)] }

// lost is the finding on a list that names what is not there.
func (j *dsJoin) lost() error {
	if len(j.key) == 0 || j.met || len(j.refs) == 0 {
		return nil
	}
	k, p := j.kind(), j.refs[0]
	return record.Bad(k.Name, j.r.show, "%s %q lists %s %q, which is not in the file", j.r.kinds[p.kind].Name, p.uid, k.Name, j.key[2:])
}

// record completes a record by its parent.
func (j *dsJoin) record(line int64, text []byte) (*record.Record, error) {
	r, k := j.r, j.kind()
	uid := string(j.key[2:])
	r.rec.Model, r.rec.Pos = k.Name, line
	fields, err := r.scan.Object(text)
	if err != nil {
		return nil, badObject(k.table, text, r.rec.Position(), err)
	}
	r.fill(fields)
	switch {
	case len(j.refs) > 1:
		a, b := j.refs[0], j.refs[1]
		return nil, badFields(k.table, fields, r.rec.Position(), "%q is listed twice, by %s %q and %s %q", uid, r.kinds[a.kind].Name, a.uid, r.kinds[b.kind].Name, b.uid)
	case len(j.refs) == 0 && !k.nests:
		return nil, badFields(k.table, fields, r.rec.Position(), "%q is an orphan: no %s lists it in %q", uid, k.Parents[0].Model, r.listOf(k))
	case len(j.refs) == 1:
		if err := j.adopt(k, j.refs[0]); err != nil {
			return nil, err
		}
	}
	if r.target {
		r.rec.Local = dsLocal(uid, j.refs, r.kinds)
	}
	return &r.rec, nil
}

// dsLocal are the local values of a record: its unique id and who lists it.
func dsLocal(uid string, refs []dsRef, kinds []*dsKind) record.Fields {
	var local record.Fields
	if len(refs) > 0 {
		in := record.AppendString([]byte{'['}, kinds[refs[0].kind].Name)
		in = append(record.AppendString(append(in, ','), refs[0].uid), ']')
		local = append(local, record.Field{Name: "in", Value: in})
	}
	return append(local, record.Field{Name: "uid", Value: record.AppendString(nil, uid)})
}

func (r *dsReader) listOf(k *dsKind) string {
	for _, p := range r.kinds {
		for _, l := range p.lists {
			if l.child == k {
				return l.field
			}
		}
	}
	return k.Name + "s"
}

// adopt sets the fields that name the parent. Where the record has them itself they must agree.
func (j *dsJoin) adopt(k *dsKind, ref dsRef) error {
	parent := j.r.kinds[ref.kind]
	for _, p := range k.Parents {
		if p.Model != parent.Name {
			continue
		}
		for i, ours := range p.Fields {
			name := k.theirs(ours)
			if i >= len(ref.ids) || name == "" {
				continue
			}
			own := j.r.rec.Fields.Get(name)
			if own == nil || own.IsNull() {
				j.set(name, ref.ids[i])
			} else if !record.EqualLoose(own, ref.ids[i]) {
				return badFields(k.table, j.r.rec.Fields, j.r.rec.Position(), "%s %q lists it, but its own %s is %s", parent.Name, ref.uid, name, own)
			}
		}
	}
	return nil
}

func (j *dsJoin) set(name string, v record.Value) {
	for i := range j.r.rec.Fields {
		if j.r.rec.Fields[i].Name == name {
			j.r.rec.Fields[i].Value = v
			return
		}
	}
	j.r.rec.Fields = append(j.r.rec.Fields, record.Field{Name: name, Value: v})
}
