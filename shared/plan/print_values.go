package plan

import (
	"strings"

	"github.com/plumbline-sync/plumbline/shared/record"
)

// attributes prints one line for each attribute that the change writes; for a create the parent first, unless the name tells it.
func (p *Printer) attributes(c *Change) {
	if c.Op == Delete {
		return
	}
	column := nameColumn
	for _, f := range c.Set {
		if shows(c, f) {
			column = max(column, Width(Visible(f.Name)))
		}
	}
	column = min(column, mostOfName)
	room := p.width() - 4 - column - 2
	if c.Op == Create && c.Parent != "" && !within(c.Parent.IDs(), c.IDs) {
		p.row(column, c.Parent.Kind(), Cut(Visible(words(c.Parent.IDs())), room))
	}
	for _, f := range c.Set {
		if !shows(c, f) {
			continue
		}
		if c.Op == Create {
			p.row(column, f.Name, Cut(Text(f.Value), room))
			continue
		}
		p.row(column, f.Name, p.change(c.Before.Get(f.Name), f.Value, room))
	}
}

// shows reports whether an attribute is printed: what a create leaves empty is not.
func shows(c *Change, f record.Field) bool { return c.Op != Create || !f.Value.IsNull() }

// within reports whether all values of a are among those of b.
func within(a, b []record.Value) bool {
	for _, x := range a {
		found := false
		for _, y := range b {
			found = found || string(x) == string(y)
		}
		if !found {
			return false
		}
	}
	return true
}

func (p *Printer) row(column int, name, value string) {
	b := &p.buf
	b.WriteString("    ")
	b.WriteString(pad(Cut(Visible(name), column), column))
	b.WriteString("  ")
	b.WriteString(value)
	b.WriteByte('\n')
}

// change shows an old and a new value in the room.
func (p *Printer) change(before, after record.Value, room int) string {
	if s, ok := p.listChange(before, after, room); ok {
		return s
	}
	old, now := Text(before), Text(after)
	if old == now {
		old, now = Visible(string(before)), Visible(string(after)) // "10" and 10
	}
	const arrow = " -> "
	if Width(old)+len(arrow)+Width(now) > room {
		half := (room - len(arrow)) / 2
		switch {
		case Width(old) <= half:
			now = Cut(now, room-len(arrow)-Width(old))
		case Width(now) <= half:
			old = Cut(old, room-len(arrow)-Width(now))
		default:
			old, now = Cut(old, half), Cut(now, room-len(arrow)-half)
		}
	}
	return old + arrow + now
}

// ListChange returns what comes and what goes of two lists of scalars, each as Text shows it; ok is false for anything else, and where only the order differs.
func ListChange(before, after record.Value) (plus, minus []string, ok bool) {
	was, ok1 := scalars(before)
	is, ok2 := scalars(after)
	if !ok1 || !ok2 {
		return nil, nil, false
	}
	count := map[string]int{}
	for _, v := range was {
		count[string(v)]--
	}
	for _, v := range is {
		count[string(v)]++
	}
	for _, v := range is {
		if count[string(v)] > 0 {
			count[string(v)]--
			plus = append(plus, Text(v))
		}
	}
	for _, v := range was {
		if count[string(v)] < 0 {
			count[string(v)]++
			minus = append(minus, Text(v))
		}
	}
	return plus, minus, len(plus)+len(minus) > 0
}

// listChange shows what comes and goes of two lists in the room; ok is false where ListChange has nothing.
func (p *Printer) listChange(before, after record.Value, room int) (string, bool) {
	plus, minus, ok := ListChange(before, after)
	if !ok {
		return "", false
	}
	var all []string
	for _, s := range plus {
		all = append(all, "+ "+s)
	}
	for _, s := range minus {
		all = append(all, "- "+s)
	}
	if s := strings.Join(all, "  "); Width(s) <= room {
		if p.Paint == nil {
			return s, true
		}
		for i := range all {
			style := Created
			if i >= len(plus) {
				style = Deleted
			}
			all[i] = p.paint(style, all[i])
		}
		return strings.Join(all, "  "), true
	}
	return Cut(strings.Join(all, "  "), room), true
}

// scalars returns the elements of a list that holds neither lists nor objects.
func scalars(v record.Value) ([]record.Value, bool) {
	if v.Kind() != record.ArrayKind {
		return nil, false
	}
	es := v.Elements()
	for _, e := range es {
		if k := e.Kind(); k == record.ArrayKind || k == record.ObjectKind {
			return nil, false
		}
	}
	return es, true
}

// Text shows a value: a string as it is unless it is empty or has blanks at its ends, a list of scalars with commas, all else as JSON.
func Text(v record.Value) string {
	switch v.Kind() {
	case record.Absent:
		return "(none)"
	case record.StringKind:
		s, _ := v.Text()
		if s == "" || strings.TrimSpace(s) != s {
			return Visible(string(v))
		}
		return Visible(s)
	case record.ArrayKind:
		es, ok := scalars(v)
		if !ok || len(es) == 0 {
			return Visible(string(v))
		}
		parts := make([]string, len(es))
		for i, e := range es {
			parts[i] = Text(e)
		}
		return strings.Join(parts, ", ")
	}
	return Visible(string(v))
}
