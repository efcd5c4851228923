package parity

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"

	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// generator makes random cases. What it leaves out, because the two differ there by design, has a test of its own in differences_test.go:
// texts with "__" and identifiers that only str() makes equal, names that siblings share, members of objects in another order than their names',
// numbers in a spelling that is not ours, and self-containing kinds that stand at the top.
type generator struct {
	*rand.Rand
	k     *kase
	moves bool
}

// generate returns the case of a seed. Every fourth has records that moved.
func generate(seed uint64) *kase {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 11)), moves: seed%4 == 3}
	g.k = &kase{Seed: seed, Names: map[string]string{"source": "source", "target": "target"}, Arrange: true, Sync: !g.moves}
	if g.chance(0.3) {
		g.k.Names = map[string]string{"source": "CMDB", "target": "Nautobot (prod)"}
	}
	flagged := seed%2 == 1
	g.kinds(flagged)
	if flagged || g.chance(0.2) {
		g.k.Flags = job.Flags(g.pick(0, 0, 0, 2, 4, 6, 8, 10, 1, 5))
	}
	whole := g.tree(flagged)
	other := g.mutate(whole, flagged)
	g.k.Source, g.k.Target = whole, other
	if g.chance(0.5) {
		g.k.Source, g.k.Target = other, whole
	}
	for side, rows := range map[string][]*row{"source": g.k.Source, "target": g.k.Target} {
		for _, r := range rows {
			for _, a := range g.k.kind(r.Kind).Attrs {
				if a.Only != "" && a.Only != side {
					delete(r.Attrs, a.Name)
				}
			}
		}
	}
	g.k.identify()
	return g.k
}

func (g *generator) chance(p float64) bool { return g.Float64() < p }

func (g *generator) pick(of ...int) int { return of[g.IntN(len(of))] }

// kinds makes six kinds: at least one at the top, some below one or two others, one of those maybe in itself.
func (g *generator) kinds(flagged bool) {
	self := 2 + g.IntN(6) // from 6 on: none
	for i, name := range []string{"site", "rack", "device", "module", "port", "tenant"} {
		m := &kind{Name: name, IDs: []string{"name"}, Parents: []string{}}
		if i > 0 && g.chance(0.85) {
			for range g.pick(1, 1, 1, 2) {
				if p := g.k.Kinds[g.IntN(i)].Name; !slices.Contains(m.Parents, p) {
					m.Parents = append(m.Parents, p)
				}
			}
		}
		if i == self && len(m.Parents) > 0 {
			m.Parents = append(m.Parents, name)
		}
		switch g.IntN(5) {
		case 0:
			m.IDs = []string{"name", "unit"}
		case 1:
			m.IDs, m.Short = []string{"unit", "name"}, []string{"name", "unit"}
		case 2, 3:
			if len(m.Parents) != 1 {
				break
			}
			m.IDs = nil
			for _, id := range g.k.kind(m.Parents[0]).IDs {
				m.IDs = append(m.IDs, m.Parents[0]+"_"+id)
			}
			m.IDs = append(m.IDs, "name")
			if g.chance(0.7) {
				m.Short = []string{"name"}
			}
		}
		for _, a := range []string{"role", "speed", "tags", "note", "owner"}[:g.IntN(5)] {
			x := attr{Name: a}
			if g.chance(0.08) {
				x.Only = []string{"source", "target"}[g.IntN(2)]
			}
			m.Attrs = append(m.Attrs, x)
		}
		if flagged && g.chance(0.25) {
			m.Flags = record.Flags(g.pick(1, 2, 4, 8, 12, 16, 2, 16))
		}
		g.k.Kinds = append(g.k.Kinds, m)
	}
}

// tree makes the records of one side, parents before children.
func (g *generator) tree(flagged bool) (rows []*row) {
	for _, m := range g.k.Kinds {
		for range g.IntN(7) {
			if r := g.row(m, rows, flagged); r != nil {
				rows = append(rows, r)
			}
		}
	}
	return rows
}

// row makes a new record below one of those that are there; nil where it needs a parent and there is none, or where it is there already.
func (g *generator) row(m *kind, there []*row, flagged bool) *row {
	r := &row{Kind: m.Name, IDs: map[string]json.RawMessage{}, Attrs: map[string]json.RawMessage{}}
	for _, id := range m.IDs {
		r.IDs[id] = g.name()
	}
	for _, a := range m.Attrs {
		r.Attrs[a.Name] = g.value(2)
	}
	if !g.place(r, m, there) {
		return nil
	}
	if flagged && g.chance(0.12) {
		f := m.Flags | record.Flags(g.pick(0, 1, 2, 4, 8, 12, 16, 3, 10, 20))
		r.Flags = &f
	}
	return r
}

// place hangs a record below one of those that are there, which gives it its key.
func (g *generator) place(r *row, m *kind, there []*row) bool {
	if len(m.Parents) > 0 {
		var above []*row
		for _, p := range there {
			if slices.Contains(m.Parents, p.Kind) {
				above = append(above, p)
			}
		}
		if len(above) == 0 {
			return false
		}
		g.under(r, above[g.IntN(len(above))])
	}
	r.Key = string(g.k.key(r.Kind, r.IDs))
	return !has(there, r.Key)
}

func has(rows []*row, key string) bool {
	return slices.ContainsFunc(rows, func(r *row) bool { return r.Key == key })
}

// under makes p the record's parent.
func (g *generator) under(r, p *row) {
	r.Parent = p.Key
	for id, v := range p.IDs {
		if name := p.Kind + "_" + id; r.IDs[name] != nil {
			r.IDs[name] = v
		}
	}
	r.Key = string(g.k.key(r.Kind, r.IDs))
}

// mutate makes the other side: mostly the same.
func (g *generator) mutate(rows []*row, flagged bool) (out []*row) {
	renamed := map[string]*row{} // by the key in rows
	for _, r := range rows {
		m := g.k.kind(r.Kind)
		if g.chance(0.15) || r.Parent != "" && renamed[r.Parent] == nil {
			continue // gone, or what it hung below is
		}
		n := &row{Kind: r.Kind, Key: r.Key, IDs: maps.Clone(r.IDs), Attrs: maps.Clone(r.Attrs), Parent: r.Parent, Flags: r.Flags}
		if p := renamed[r.Parent]; p != nil {
			g.under(n, p)
		}
		if g.moves && r.Parent != "" && g.chance(0.2) && !g.place(n, m, out) || has(out, n.Key) {
			continue
		}
		for _, a := range m.Attrs {
			if g.chance(0.15) {
				n.Attrs[a.Name] = g.value(2)
			}
		}
		if flagged && g.chance(0.1) {
			f := m.Flags | record.Flags(g.pick(0, 1, 2, 4, 8, 16))
			n.Flags = &f
		}
		renamed[r.Key] = n
		out = append(out, n)
	}
	for _, m := range g.k.Kinds {
		for range g.pick(0, 0, 1, 2) {
			r := g.row(m, out, flagged)
			if r != nil && (g.moves || !has(rows, r.Key)) {
				out = append(out, r)
			}
		}
	}
	return out
}

// name returns a value for an identifier.
func (g *generator) name() json.RawMessage {
	switch g.IntN(40) {
	case 0, 1, 2, 3, 4, 5:
		return json.RawMessage(fmt.Sprint(1000 + g.IntN(30)))
	case 6:
		return json.RawMessage([]string{"2.5", "1e-05", "-0.125", "123456789012345678901", "true", "false"}[g.IntN(6)])
	case 7:
		return json.RawMessage([]string{`["a",1]`, `["\u00a0\u0007'"]`, `{"a":null,"b":1e-07}`, `[]`}[g.IntN(4)])
	}
	names := []string{"ams01", "ams01-r2", "Lyon Sud", "münchen", "e0/1", "a.b", "it's", `19" rack`, "x_y", "日本", "naïve:1", "O'Hare \"T5\"", "  pad ", "\\srv\\a", "tab\there", "C", "true", "None", "😀", "#1", "{}", "0x1f"}
	text := names[g.IntN(len(names))]
	if g.chance(0.6) {
		text += fmt.Sprint("-", g.IntN(40))
	}
	return marshal(text)
}

// value returns an attribute's value: often one that Python takes for equal to another.
func (g *generator) value(depth int) json.RawMessage {
	plain := []string{
		"null", "true", "false", "0", "1", "-7", "1500", "9007199254740993", "-123456789012345678901234567890", "0.5", "-2.75", "1e-07", "123456789.25", "3.14e-05", "0.1",
		`""`, `"leaf"`, `"Leaf"`, `"1"`, `"true"`, `"a__b"`, `"_"`, `"it's"`, `"say \"hi\""`, `"both ' and \""`, `"line\nbreak"`, `"tab\t"`, `"\u0007\u007f\u00a0\u00ad"`, `"é ü 日本 😀"`, `"back\\slash"`,
		`"\u200b\u2028\ufeff"`, `"2026-11-25T12:00:00Z"`, `"10.0.0.0/8"`, `"{}"`, `"(no diffs)"`,
	}
	if depth == 0 || g.chance(0.75) {
		return json.RawMessage(plain[g.IntN(len(plain))])
	}
	n := g.IntN(4)
	if g.chance(0.6) {
		list := []json.RawMessage{}
		for range n {
			list = append(list, g.value(depth-1))
		}
		return marshal(list)
	}
	object := map[string]json.RawMessage{} // which Go writes sorted by name
	for _, name := range []string{"a", "b c", "it's", "ü"}[:n] {
		object[name] = g.value(depth - 1)
	}
	return marshal(object)
}

func marshal(v any) json.RawMessage {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return text
}
