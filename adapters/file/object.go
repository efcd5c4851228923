package file

import (
	"bytes"
	"slices"

	"github.com/plumbline-sync/plumbline/shared/record"
)

// objectStyle is how an object is laid out: what stands before each name, around the colon and before the closing bracket.
type objectStyle struct{ open, gap, colon, end string }

var (
	compact = objectStyle{colon: ":"}
	spaced  = objectStyle{gap: " ", colon: ": "}
)

// learn returns the style of an object's text; spaced where it shows none.
func learn(text []byte) objectStyle {
	s, n := spaced, 0
	for m := range members(text) {
		if !m.ok {
			return spaced
		}
		gap := string(text[m.gap:m.nameAt])
		if n == 0 {
			s.open, s.gap = gap, gap
			if gap == "" {
				s.gap = " "
				if text[m.nameAt+len(m.name)] == ':' && m.from == m.nameAt+len(m.name)+1 {
					s.gap = ""
				}
			}
		} else {
			s.gap = gap
		}
		s.colon = string(text[m.nameAt+len(m.name) : m.from])
		s.end = string(text[m.to:])
		if i := bytes.IndexByte(text[m.to:], '}'); i >= 0 {
			s.end = s.end[:i]
		}
		if n++; n == 2 {
			break
		}
	}
	if n == 2 {
		s.end = tail(text)
	}
	return s
}

// tail returns the blanks before the last closing bracket.
func tail(text []byte) string {
	end := bytes.LastIndexByte(text, '}')
	from := end
	for from > 0 && isBlank(text[from-1]) {
		from--
	}
	return string(text[from:max(end, from)])
}

// flat returns the style without line ends.
func (s objectStyle) flat() objectStyle {
	drop := func(t string) string {
		if bytes.ContainsAny([]byte(t), "\r\n") {
			return " "
		}
		return t
	}
	return objectStyle{drop(s.open), drop(s.gap), drop(s.colon), drop(s.end)}
}

// object returns the text of an object of the fields, in the order of names; others follow as they come.
func (s objectStyle) object(fields record.Fields, order []string) []byte {
	b := []byte{'{'}
	for i, f := range ordered(fields, order) {
		if i == 0 {
			b = append(b, s.open...)
		} else {
			b = append(append(b, ','), s.gap...)
		}
		b = record.AppendString(b, f.Name)
		b = append(append(b, s.colon...), f.Value...)
	}
	if len(fields) > 0 {
		b = append(b, s.end...)
	}
	return append(b, '}')
}

// ordered returns the fields in the order of names; others follow as they come.
func ordered(fields record.Fields, names []string) record.Fields {
	out := slices.Clone(fields)
	place := func(f record.Field) int {
		if i := slices.Index(names, f.Name); i >= 0 {
			return i
		}
		return len(names)
	}
	slices.SortStableFunc(out, func(a, b record.Field) int { return place(a) - place(b) })
	return out
}

// apply returns an object's text with the edit's fields set and its lists changed. All else keeps its bytes.
func (e *edit) apply(text []byte, order []string) []byte {
	out := make([]byte, 0, len(text)+64)
	done := map[string]bool{}
	style, copied := learn(text), 0
	for m := range members(text) {
		name := m.text()
		v := e.set.Get(name)
		if v == nil {
			v = e.list(name, m.value)
		}
		done[name] = true
		if v == nil {
			continue
		}
		out = append(append(out, text[copied:m.from]...), v...)
		copied = m.to
	}
	end := max(copied, bytes.LastIndexByte(text, '}'))
	var added record.Fields
	for _, f := range e.set {
		if !done[f.Name] {
			added = append(added, f)
		}
	}
	for _, l := range e.lists {
		if !done[l.field] {
			done[l.field] = true
			added = append(added, record.Field{Name: l.field, Value: e.list(l.field, []byte("[]"))})
		}
	}
	if len(added) == 0 {
		return append(out, text[copied:]...)
	}
	for end > copied && isBlank(text[end-1]) {
		end--
	}
	out = append(out, text[copied:end]...)
	for _, f := range ordered(added, order) {
		if out[len(out)-1] == '{' {
			out = append(out, style.open...)
		} else {
			out = append(append(out, ','), style.gap...)
		}
		out = record.AppendString(out, f.Name)
		out = append(append(out, style.colon...), f.Value...)
	}
	return append(out, text[end:]...)
}

// list returns a list of unique ids with the edit's changes to it; nil where there are none.
func (e *edit) list(field string, old []byte) record.Value {
	var gone, come []string
	for _, l := range e.lists {
		if l.field != field {
			continue
		}
		if l.sign == '+' {
			gone = slices.DeleteFunc(gone, func(u string) bool { return u == l.uid })
			come = append(come, l.uid)
		} else {
			come = slices.DeleteFunc(come, func(u string) bool { return u == l.uid })
			gone = append(gone, l.uid)
		}
	}
	if len(gone)+len(come) == 0 {
		return nil
	}
	drop := map[string]bool{}
	for _, u := range gone {
		drop[u] = true
	}
	b := []byte{'['}
	put := func(v []byte) {
		if len(b) > 1 {
			b = append(b, ", "...)
		}
		b = append(b, v...)
	}
	canon, err := record.AppendCanonical(nil, old)
	if err != nil {
		canon = []byte("[]")
	}
	for _, v := range record.Value(canon).Elements() {
		if u, _ := v.Text(); !drop[u] {
			put(v)
			drop[u] = true // the same once more is no child more
		}
	}
	slices.Sort(come)
	for _, u := range come {
		if !drop[u] {
			put(record.AppendString(nil, u))
		}
	}
	return append(b, ']')
}
