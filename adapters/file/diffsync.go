package file

import (
	"encoding/binary"
	"io"
	"slices"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/record"
	"github.com/plumbline-sync/plumbline/shared/spill"
)

// A DiffSync export is {kind: {unique id: {field: value, ..}}}. A record does not say who its parent is: its parent lists it, by its unique id, in a field that is named after its kind.
// Kinds that have no parents are yielded as they are read. All others, and the lists, go through a sorter by kind and unique id, where a child meets the list that it stands in.

// dsKind is a model as the export has it.
type dsKind struct {
	*table
	index    int
	parented bool
	nests    bool // contains itself, so that it may stand at the top
	lists    []dsList
}

// dsList is a field of a kind that lists children.
type dsList struct {
	field string
	child *dsKind
}

// dsKinds returns the models of the file.
func dsKinds(cfg *Config, tables []*table) []*dsKind {
	var ks []*dsKind
	for i, t := range tables {
		ks = append(ks, &dsKind{table: t, index: i, parented: len(t.Parents) > 0})
	}
	for _, child := range ks {
		for _, p := range child.Parents {
			i := slices.IndexFunc(ks, func(k *dsKind) bool { return k.Name == p.Model })
			if i < 0 {
				continue
			}
			child.nests = child.nests || ks[i] == child
			ks[i].lists = append(ks[i].lists, dsList{field: listField(cfg, child.Name), child: child})
		}
	}
	return ks
}

// listField is the name of the field that lists children of the kind.
func listField(cfg *Config, child string) string {
	if f := cfg.ChildrenFields[child]; f != "" {
		return f
	}
	return child + "s"
}

// dsReader reads a DiffSync export.
type dsReader struct {
	lexer
	group  *group
	kinds  []*dsKind
	target bool
	kind   *dsKind // whose records are read just now
	opened bool
	count  int64
	sorter *spill.Sorter
	n      uint64
	buf    []byte
	join   *dsJoin
	scan   record.Scanner
	rec    record.Record
}

func openDiffSync(cfg *Config, g *group, from place, target bool) (reader, error) {
	in, err := open(g.on(), g.path, g.show)
	if err != nil {
		return nil, err
	}
	r := &dsReader{
		lexer: lexer{input: in}, group: g, kinds: dsKinds(cfg, g.tables), target: target,
		sorter: spill.NewSorter(spill.Options{}), rec: record.Record{Place: g.show},
	}
	err = in.bom()
	for err == nil && r.count < from.Count { // the join has no place to go on from: it is made again
		if _, err = r.read(); isBad(err) {
			err = nil
		}
	}
	if err != nil {
		_ = r.close()
		return nil, err
	}
	return r, nil
}

func (r *dsReader) place() place { return place{Count: r.count} }

func (r *dsReader) close() error {
	if r.join != nil {
		r.join.stop()
	}
	_ = r.sorter.Close()
	return r.input.close()
}

func (r *dsReader) read() (*record.Record, error) {
	for r.join == nil {
		rec, err := r.step()
		if rec != nil || err != nil {
			r.count++
			return rec, err
		}
	}
	rec, err := r.join.next()
	if err != io.EOF {
		r.count++
	}
	return rec, err
}

// step reads on by one member; a record where it is one that needs no join.
func (r *dsReader) step() (*record.Record, error) {
	switch {
	case !r.opened:
		r.opened, r.first = true, true
		return nil, r.take('{')
	case r.kind != nil:
		more, err := r.separator('}')
		if err != nil {
			return nil, err
		}
		if more {
			return r.member()
		}
		r.kind, r.first = nil, false
		return nil, nil
	}
	more, err := r.separator('}')
	if err != nil {
		return nil, err
	}
	if !more {
		if c, err := r.peek(); err != nil || c != 0 {
			return nil, r.unexpected(c, "nothing after the last bracket")
		}
		r.join = newJoin(r)
		return nil, nil
	}
	name, err := r.name()
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(r.kinds, func(k *dsKind) bool { return k.keys[0] == name })
	if i < 0 {
		if _, err = r.value(); err == errLong {
			err = nil
		}
		return nil, err
	}
	r.kind, r.first = r.kinds[i], true
	return nil, r.take('{')
}

// member reads one record of the kind at hand.
func (r *dsReader) member() (*record.Record, error) {
	k := r.kind
	r.rec.Model, r.rec.Pos = k.Name, r.line
	uid, err := r.name()
	if err != nil {
		return nil, err
	}
	text, err := r.value()
	if err == errLong {
		return nil, r.spoiled(uid, record.Bad(k.Name, r.rec.Position(), "%q is too large: %v", uid, err))
	}
	if err != nil {
		return nil, err
	}
	if len(text) == 0 || text[0] != '{' {
		return nil, r.spoiled(uid, record.Bad(k.Name, r.rec.Position(), "%q: want an object, got %s", uid, short(text)))
	}
	fields, err := r.scan.Object(text)
	if err == nil {
		err = r.listed(uid, fields)
	} else {
		err = badObject(k.table, text, r.rec.Position(), err)
	}
	if err == nil {
		err = r.flagged(fields)
	}
	if isBad(err) {
		return nil, r.spoiled(uid, err)
	}
	if err != nil {
		return nil, err
	}
	if k.parented {
		r.n++
		return nil, r.put(k, uid, dsRecord, uint64(r.rec.Pos), text)
	}
	r.fill(fields)
	if r.target {
		r.rec.Local = record.Fields{{Name: "uid", Value: record.AppendString(nil, uid)}}
	}
	return &r.rec, nil
}

// fill puts the fields into the record.
func (r *dsReader) fill(fields record.Fields) {
	r.rec.Fields, r.rec.Flags, r.rec.Local = fields, 0, nil
	if n, ok := fields.Get("model_flags").Int64(); ok {
		r.rec.Flags = record.Flags(n)
	}
}

// flagged returns a finding on the record where its flags cannot be read: without them it might be changed or deleted though they forbid it.
func (r *dsReader) flagged(fields record.Fields) error {
	v := fields.Get("model_flags")
	if n, ok := v.Int64(); v == nil || v.IsNull() || ok && n >= 0 && n <= 0xff {
		return nil
	}
	return r.bad(fields, "model_flags: want the flags' number (in Python flags.value), got %s", short(v))
}

// listed notes the children that the record lists.
func (r *dsReader) listed(uid string, fields record.Fields) error {
	for _, l := range r.kind.lists {
		v := fields.Get(l.field)
		if v == nil || v.IsNull() {
			continue
		}
		if v.Kind() != record.ArrayKind {
			return r.bad(fields, "%s: want a list of unique ids, got %s", l.field, short(v))
		}
		for _, e := range v.Elements() {
			child, ok := e.Text()
			if !ok {
				return r.bad(fields, "%s: want unique ids in quotes, got %s", l.field, short(e))
			}
			ref := dsRef{kind: r.kind.index, uid: uid, ids: r.kind.ids(fields)}
			r.n++
			if err := r.put(l.child, child, dsChild, uint64(r.rec.Pos), ref.append(nil)); err != nil {
				return err
			}
		}
	}
	return nil
}

// bad returns a finding on the record at hand.
func (r *dsReader) bad(fields record.Fields, format string, args ...any) error {
	return badFields(r.kind.table, fields, r.rec.Position(), format, args...)
}

// badFields returns a finding on a record whose fields could be read.
func badFields(t *table, fields record.Fields, where, format string, args ...any) error {
	bad := record.AsBad(record.Bad(t.Name, where, format, args...))
	for _, n := range t.idNames() {
		if v := fields.Get(n); v != nil {
			bad.IDs = append(bad.IDs, record.Field{Name: n, Value: slices.Clone(v)})
		}
	}
	return bad
}

// spoiled notes that the record is there, though it cannot be used, and returns the finding.
func (r *dsReader) spoiled(uid string, finding error) error {
	if !r.kind.parented {
		return finding
	}
	r.n++
	if err := r.put(r.kind, uid, dsSpoiled, 0, nil); err != nil {
		return err
	}
	return finding
}

// put adds an entry under kind and unique id to the sorter.
func (r *dsReader) put(k *dsKind, uid string, what byte, line uint64, payload []byte) error {
	b := binary.BigEndian.AppendUint16(r.buf[:0], uint16(k.index))
	b = append(b, uid...)
	n := len(b)
	b = append(b, what)
	b = binary.BigEndian.AppendUint64(b, line)
	r.buf = append(b, payload...)
	seq := r.n
	if what != dsChild {
		seq |= 1 << 62 // lists first
	}
	if err := r.sorter.Add(r.buf, 0, n, seq); err != nil {
		return fault.Errorf(fault.Unavailable, "read %q: %w", r.show, err)
	}
	return nil
}
