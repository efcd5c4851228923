package memory

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// load makes rows the system's; s.mu is held or s is not shared yet.
func (s *System) load(rows map[int64]*Row) {
	s.rows = maps.Clone(rows)
	if s.rows == nil {
		s.rows = map[int64]*Row{}
	}
	s.byKey = map[record.Key][]int64{}
	for _, r := range sorted(s.rows) {
		s.byKey[r.Key] = append(s.byKey[r.Key], r.ID)
	}
}

func (s *System) lasting() map[int64]*Row {
	if s.opts.Staged {
		return s.saved
	}
	return s.rows
}

func (s *System) insert(r *Row) {
	s.next++
	r.ID = s.next
	s.rows[r.ID] = r
	s.byKey[r.Key] = append(s.byKey[r.Key], r.ID)
	s.version++
}

func (s *System) remove(r *Row) {
	delete(s.rows, r.ID)
	ids := s.byKey[r.Key]
	s.byKey[r.Key] = slices.DeleteFunc(slices.Clone(ids), func(id int64) bool { return id == r.ID })
	s.version++
}

// find returns the row with the key; nil where there is none.
func (s *System) find(k record.Key) *Row {
	if ids := s.byKey[k]; len(ids) > 0 {
		return s.rows[ids[0]]
	}
	return nil
}

func (s *System) commit() {
	if s.opts.Staged {
		s.saved = maps.Clone(s.rows)
	}
}

// children yields the rows whose parent is k.
func (s *System) children(k record.Key) []*Row {
	var rows []*Row
	for _, r := range s.rows {
		if r.Parent == k {
			rows = append(rows, r)
		}
	}
	return rows
}

func sorted(rows map[int64]*Row) []*Row {
	return slices.SortedFunc(maps.Values(rows), func(a, b *Row) int { return cmp.Compare(a.ID, b.ID) })
}

func sortFields(fs record.Fields) {
	slices.SortFunc(fs, func(a, b record.Field) int { return strings.Compare(a.Name, b.Name) })
}

func compare(a, b record.Key) int { return strings.Compare(string(a), string(b)) }

// keyOf returns the identity that the fields have, as the engine makes it.
func keyOf(m *adapter.Model, fs record.Fields) record.Key {
	ids := make([]record.Value, 0, len(m.Identifiers))
	for _, a := range m.Identifiers {
		ids = append(ids, theirs(m, fs, a.Name, a.IgnoreCase))
	}
	return record.MakeKey(m.Name, ids...)
}

// parentOf returns the parent that the fields name; "" for none.
func parentOf(m *adapter.Model, fs record.Fields) record.Key {
	for _, p := range m.Parents {
		var ids []record.Value
		for i, name := range p.Fields {
			v := theirs(m, fs, name, i < len(p.IgnoreCase) && p.IgnoreCase[i])
			if !v.IsNull() {
				ids = append(ids, v)
			}
		}
		if len(ids) == len(p.Fields) {
			return record.MakeKey(p.Model, ids...)
		}
	}
	return ""
}

// theirs returns the value of our field as an identifier holds it; null where there is none.
func theirs(m *adapter.Model, fs record.Fields, name string, fold bool) record.Value {
	if f := m.Mapping.Field(name); f != nil && f.From != "" {
		name = f.From
	}
	v := fs.Get(name)
	if v == nil {
		return record.Value(record.Null)
	}
	if fold {
		return job.Fold(v)
	}
	return v
}

// set returns fields with those of change laid over them.
func set(fields, change record.Fields) record.Fields {
	out := slices.Clone(fields)
	for _, f := range change {
		f.Value = slices.Clone(f.Value)
		i := slices.IndexFunc(out, func(o record.Field) bool { return o.Name == f.Name })
		if i < 0 {
			out = append(out, f)
		} else {
			out[i] = f
		}
	}
	sortFields(out)
	return out
}
