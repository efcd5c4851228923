package file

import (
	"bytes"
	"slices"
	"unicode/utf8"

	"github.com/plumbline-sync/plumbline/shared/record"
)

// badObject returns the finding for an object that is no good JSON, with the identifiers as far as they can be made out all the same.
func badObject(t *table, text []byte, where string, err error) error {
	reason := err.Error()
	if !utf8.Valid(text) {
		reason = "not valid UTF-8: " + reason
	}
	return &record.BadError{Model: t.Name, IDs: salvage(text, t.idNames()), Where: where, Reason: reason}
}

// idNames are the file's names of the model's identifiers.
func (t *table) idNames() []string {
	var ns []string
	for _, a := range t.Identifiers {
		if n := t.theirs(a.Name); n != "" {
			ns = append(ns, n)
		}
	}
	return ns
}

// theirs returns the file's name of our field; "" where it is a constant or an expression.
func (t *table) theirs(ours string) string {
	switch f := t.Mapping.Field(ours); {
	case f == nil:
		return ours
	case f.From != "":
		return f.From
	case f.Value != nil || f.Expr != "":
		return ""
	}
	return ours
}

// salvage reads the named members of an object whose text is damaged somewhere; nil unless all of them are whole, and once each.
func salvage(text []byte, names []string) record.Fields {
	var out record.Fields
	for m := range members(text) {
		if !m.ok {
			continue
		}
		n := m.text()
		if !slices.Contains(names, n) {
			continue
		}
		v, err := record.AppendCanonical(nil, m.value)
		if err != nil || out.Get(n) != nil {
			return nil
		}
		out = append(out, record.Field{Name: n, Value: v})
	}
	if len(out) != len(names) || len(names) == 0 {
		return nil
	}
	return out
}

// member is one member of an object, as it stands in the text.
type member struct {
	name, value []byte // without blanks around them
	gap, nameAt int    // where the blanks before it and its name begin
	from, to    int    // where the value stands
	ok          bool   // it has a name and a colon
}

// text returns the name, unquoted; "" where it is none.
func (m member) text() string {
	v, err := record.AppendCanonical(nil, m.name)
	if err != nil {
		return ""
	}
	s, _ := record.Value(v).Text()
	return s
}

// members yields the members of an object's text. It looks only at quotes and brackets, so it gets through text that is no JSON at all.
func members(text []byte) func(yield func(member) bool) {
	return func(yield func(member) bool) {
		i := bytes.IndexByte(text, '{')
		if i < 0 {
			return
		}
		for i++; i < len(text); i++ {
			m := member{gap: i}
			i = skipBlank(text, i)
			if i >= len(text) || text[i] == '}' {
				return
			}
			m.nameAt = i
			from := i
			if text[i] == '"' {
				end := skipString(text, i)
				m.name = text[from:end]
				i = skipBlank(text, end)
				m.ok = i < len(text) && text[i] == ':'
			}
			if m.ok {
				m.from = skipBlank(text, i+1)
				i = m.from
			}
			i = skipValue(text, i)
			if m.ok {
				m.to = i
				for m.to > m.from && isBlank(text[m.to-1]) {
					m.to--
				}
				m.value = text[m.from:m.to]
			}
			if !yield(m) {
				return
			}
			if i < len(text) && text[i] != ',' {
				return
			}
		}
	}
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

func skipBlank(text []byte, i int) int {
	for i < len(text) && isBlank(text[i]) {
		i++
	}
	return i
}

// skipString returns the index after the string that begins at i.
func skipString(text []byte, i int) int {
	for i++; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(text)
}

// skipValue returns the index of the comma or bracket that ends the value at i.
func skipValue(text []byte, i int) int {
	depth := 0
	for i < len(text) {
		switch text[i] {
		case '"':
			i = skipString(text, i)
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return i
			}
			depth--
		case ',':
			if depth == 0 {
				return i
			}
		}
		i++
	}
	return min(i, len(text))
}
