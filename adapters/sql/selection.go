package sql

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// selection is a SELECT over a model's table, joined to the tables that its key_of columns point into, and what its rows mean.
// Table t0 is the model's own.
type selection struct {
	d       dialect
	m       *model
	exprs   []string
	columns []string // the same, for conditions
	types   []*column
	joins   []string
	aliases int
	fields  []part // as m.fields
	local   []int  // places in the row, as m.local
	key     []int  // as m.key
	ids     []leaf // as m.Identifiers

	buf   []byte
	count int64 // rows so far
}

// part is what a field is made of: a place in the row, or a row of another table.
type part struct {
	at  int
	row *joined
	of  int // which identifier of row; -1: all of them
}

// joined is a row of another table that a column points to.
type joined struct {
	ref       *reference
	raw, hit  int // places of the column and of what it points to
	ids       []leaf
	byMembers []int // indexes into ids, sorted by name
}

// leaf is an identifier of a joined row.
type leaf struct {
	name string
	part part
	fm   *job.FieldMap
	typ  job.Type
	fold bool
}

// selectFrom returns the selection of a model.
func selectFrom(d dialect, m *model) *selection {
	s := &selection{d: d, m: m}
	rows := map[*column]*joined{}
	for _, f := range m.fields {
		s.fields = append(s.fields, s.part("t0", f, rows))
	}
	s.ids = s.leaves("t0", m, rows)
	for _, c := range m.local {
		s.local = append(s.local, s.place("t0", c))
	}
	for _, c := range m.key {
		s.key = append(s.key, s.place("t0", c))
	}
	return s
}

// place returns the place of a column in the row.
func (s *selection) place(alias string, c *column) int {
	name := alias + "." + c.quoted
	if i := slices.Index(s.columns, name); i >= 0 {
		return i
	}
	s.exprs, s.columns, s.types = append(s.exprs, s.d.bare(name)), append(s.columns, name), append(s.types, c)
	return len(s.exprs) - 1
}

// part returns what the field of the table with the alias is made of. rows has what was joined to it already.
func (s *selection) part(alias string, f *field, rows map[*column]*joined) part {
	if f.ref == nil {
		return part{at: s.place(alias, f.column)}
	}
	j := rows[f.column]
	if j == nil {
		j = s.join(alias, f.ref)
		rows[f.column] = j
	}
	p := part{row: j, of: -1}
	for i := range j.ids {
		if j.ids[i].name == f.part || len(j.ids) == 1 {
			p.of = i
		}
	}
	return p
}

func (s *selection) join(alias string, r *reference) *joined {
	s.aliases++
	to := "t" + strconv.Itoa(s.aliases)
	s.joins = append(s.joins, fmt.Sprintf("LEFT JOIN %s AS %s ON %s.%s = %s.%s", r.to.table.from, to, to, r.target.quoted, alias, r.column.quoted))
	j := &joined{ref: r, raw: s.place(alias, r.column), hit: s.place(to, r.target)}
	j.ids = s.leaves(to, r.to, map[*column]*joined{})
	for i := range j.ids {
		j.byMembers = append(j.byMembers, i)
	}
	slices.SortFunc(j.byMembers, func(a, b int) int { return strings.Compare(j.ids[a].name, j.ids[b].name) })
	return j
}

// leaves returns what the identifiers of a model are made of, whose table has the alias.
func (s *selection) leaves(alias string, m *model, rows map[*column]*joined) []leaf {
	var ls []leaf
	for _, a := range m.Identifiers {
		l := leaf{name: a.Name, fm: m.Mapping.Field(a.Name), typ: a.Type, fold: a.IgnoreCase, part: part{at: -1}}
		if l.fm == nil || l.fm.Value == nil && l.fm.Expr == "" {
			name := a.Name
			if l.fm != nil {
				name = l.fm.Theirs()
			}
			if f := m.fieldNamed(name); f != nil {
				l.part = s.part(alias, f, rows)
			}
		}
		ls = append(ls, l)
	}
	return ls
}

// query returns the statement. where and order may be empty.
func (s *selection) query(where, order string) string {
	exprs := s.exprs
	if len(exprs) == 0 {
		exprs = []string{"1"}
	}
	q := "SELECT " + strings.Join(exprs, ", ") + " FROM " + s.m.table.from + " AS t0"
	if len(s.joins) > 0 {
		q += " " + strings.Join(s.joins, " ")
	}
	if where != "" {
		q += " WHERE " + where
	}
	if order != "" {
		q += " ORDER BY " + order
	}
	return q
}

// row returns a slice to scan a row into.
func (s *selection) row() (row []any, dest []any) {
	row, dest = make([]any, max(1, len(s.exprs))), make([]any, max(1, len(s.exprs)))
	for i := range row {
		dest[i] = &row[i]
	}
	return row, dest
}

// record fills r from a row. The error is a *record.BadError. Both are valid until the next call.
func (s *selection) record(row []any, r *record.Record) error {
	s.buf = s.buf[:0]
	r.Model, r.Place, r.Pos, r.Where = s.m.Name, cmp.Or(s.m.table.name, "query"), 0, ""
	r.Fields, r.Local = r.Fields[:0], r.Local[:0]
	var bad []string
	for i, f := range s.m.fields {
		v, err := s.value(s.fields[i], row)
		if err != nil {
			bad = append(bad, f.name+": "+err.Error())
			continue
		}
		r.Fields = append(r.Fields, record.Field{Name: f.name, Value: v})
	}
	for i, c := range s.m.local {
		v, err := s.local1(row[s.local[i]])
		if err != nil {
			bad = append(bad, c.name+": "+err.Error())
			continue
		}
		r.Local = append(r.Local, record.Field{Name: c.name, Value: v})
	}
	s.count++
	switch len(s.key) {
	case 0:
		r.Pos = s.count
	case 1:
		r.Pos, _ = row[s.key[0]].(int64)
	}
	if r.Pos <= 0 {
		r.Where = s.where(row)
	}
	if bad != nil {
		return &record.BadError{Model: s.m.Name, IDs: s.idFields(r.Fields), Where: r.Position(), Reason: strings.Join(bad, "; ")}
	}
	return nil
}

// where says where a row stands by its key.
func (s *selection) where(row []any) string {
	var parts []string
	for _, at := range s.key {
		switch x := row[at].(type) {
		case nil:
			parts = append(parts, "null")
		case []byte:
			parts = append(parts, shortened(fmt.Sprintf("x'%x'", x)))
		default:
			parts = append(parts, shortened(fmt.Sprint(x)))
		}
	}
	return strings.ToValidUTF8(cmp.Or(s.m.table.name, "query")+":"+strings.Join(parts, ","), "?")
}

// idFields returns the fields that identifiers are made from.
func (s *selection) idFields(fs record.Fields) record.Fields {
	var ids record.Fields
	for _, f := range fs {
		if a := s.m.ours(f.Name); a != "" && slices.ContainsFunc(s.m.Identifiers, func(id job.Attribute) bool { return id.Name == a }) {
			ids = append(ids, f)
		}
	}
	return ids
}

// value returns the value of a part. It is valid until the next record.
func (s *selection) value(p part, row []any) (record.Value, error) {
	if p.row == nil {
		return s.keep(row[p.at], s.types[p.at])
	}
	j := p.row
	switch {
	case row[j.raw] == nil:
		return record.Value(record.Null), nil
	case row[j.hit] == nil:
		return nil, fmt.Errorf("%v is the %s of no row of %s", row[j.raw], j.ref.target.name, j.ref.to.table)
	case p.of >= 0:
		return s.leaf(j, p.of, row)
	}
	members := make([]record.Value, len(j.ids))
	for i := range j.ids {
		v, err := s.leaf(j, i, row)
		if err != nil {
			return nil, err
		}
		members[i] = v
	}
	start := len(s.buf)
	for n, i := range j.byMembers {
		s.buf = append(s.buf, "{,"[min(n, 1)])
		s.buf = record.AppendString(s.buf, j.ids[i].name)
		s.buf = append(append(s.buf, ':'), members[i]...)
	}
	s.buf = append(s.buf, '}')
	return s.buf[start:len(s.buf):len(s.buf)], nil
}

// leaf returns an identifier of a joined row, as its own model would have it.
func (s *selection) leaf(j *joined, i int, row []any) (record.Value, error) {
	v, err := s.identifier(&j.ids[i], row)
	if err != nil {
		return nil, fmt.Errorf("%v of %s: %s: %w", row[j.raw], j.ref.to.table, j.ids[i].name, err)
	}
	return v, nil
}

// identifier returns an identifier as the model has it.
func (s *selection) identifier(l *leaf, row []any) (record.Value, error) {
	if l.fm != nil && l.fm.Value != nil {
		return l.fm.Value, nil
	}
	if l.part.row == nil && l.part.at < 0 {
		return nil, errors.New("it is computed")
	}
	v, err := s.value(l.part, row)
	if err != nil {
		return nil, err
	}
	if l.fm != nil && v.IsNull() && l.fm.Default != nil {
		v = l.fm.Default
	} else if l.fm != nil && l.fm.Values != nil && !v.IsNull() {
		ours, ok := l.fm.Values[v.String()]
		if !ok {
			return nil, fmt.Errorf("%s is not among its values", shortened(string(v)))
		}
		v = ours
	}
	if v.IsNull() {
		return nil, errors.New("it is null")
	}
	return job.Convert(v, l.typ)
}

// identity returns the key of a row.
func (s *selection) identity(row []any) (record.Key, error) {
	ids := make([]record.Value, len(s.ids))
	for i := range s.ids {
		v, err := s.identifier(&s.ids[i], row)
		if err != nil {
			return "", err
		}
		if ids[i] = v; s.ids[i].fold {
			ids[i] = job.Fold(v)
		}
	}
	return record.MakeKey(s.m.Name, ids...), nil
}

// keep reads a value into the buffer.
func (s *selection) keep(v any, c *column) (record.Value, error) {
	start := len(s.buf)
	out, err := s.d.read(s.buf, v, c)
	if err != nil {
		return nil, err
	}
	s.buf = out
	return out[start:len(out):len(out)], nil
}

// local1 reads a local value: as it is stored, bytes told from text.
func (s *selection) local1(v any) (record.Value, error) {
	b, ok := v.([]byte)
	if !ok {
		return s.keep(v, nil)
	}
	start := len(s.buf)
	s.buf = append(s.buf, `{"bytes":`...)
	if _, err := s.keep(b, nil); err != nil {
		return nil, err
	}
	s.buf = append(s.buf, '}')
	return s.buf[start:len(s.buf):len(s.buf)], nil
}

// unlocal returns the driver's value of a local value.
func unlocal(d dialect, v record.Value) (any, error) {
	switch v.Kind() {
	case record.ObjectKind:
		return d.bind(v.Members().Get("bytes"), &column{class: classBytes})
	case record.StringKind:
		s, _ := v.Text()
		return s, nil
	}
	return d.bind(v, &column{})
}
