package mapping

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/plumbline-sync/plumbline/shared/record"
)

// Entry is one line of the data mappings that people see.
type Entry struct {
	Model  string `json:"model"`
	Ours   string `json:"ours"`
	Theirs string `json:"theirs,omitempty"` // "" for an expression, and for a constant that is only read
	How    string `json:"how,omitempty"`    // `split ";"`, `values Up: active, Down: offline`, ...; "" for a plain field
}

// Entries returns a line for each field of the model: identifiers, parent fields, attributes, sorted by name; then the constants for fields of theirs that the model has not.
func (t *Mapping) Entries() []Entry {
	es := make([]Entry, 0, len(t.slots)+len(t.extra))
	for i := range t.slots {
		s := &t.slots[i]
		e := Entry{Model: t.model, Ours: s.name, Theirs: s.from, How: s.how(t.target)}
		if s.value != nil && !t.target {
			e.Theirs = ""
		}
		es = append(es, e)
	}
	for i := range t.extra {
		s := &t.extra[i]
		es = append(es, Entry{Model: t.model, Theirs: s.from, How: s.how(t.target)})
	}
	return es
}

// Label names one of our fields, by its position in Names, for people: with their name for it where that is another.
func (t *Mapping) Label(slot int) string {
	s := &t.slots[slot]
	if s.from == "" || s.from == s.name {
		return s.name
	}
	return s.name + " (" + s.from + ")"
}

func (s *slot) how(target bool) string {
	switch {
	case s.fm == nil:
		return ""
	case s.value != nil && target:
		return "always " + s.value.String() + ", written by creates"
	case s.value != nil:
		return "always " + s.value.String()
	case s.expr != nil:
		return s.fm.Expr
	}
	var hs []string
	if s.fm.KeyOf != "" {
		hs = append(hs, "key of "+s.fm.KeyOf)
	}
	if s.split != "" {
		hs = append(hs, "split "+strconv.Quote(s.split))
	}
	if s.values != nil {
		var vs []string
		for _, x := range slices.Sorted(maps.Keys(s.values)) {
			vs = append(vs, fmt.Sprintf("%s: %s", x, string(s.values[x])))
		}
		hs = append(hs, "values "+strings.Join(vs, ", "))
	}
	if s.def != nil {
		hs = append(hs, "default "+s.def.String())
	}
	return strings.Join(hs, ", ")
}

// known lists for people the texts that `values` knows.
func (s *slot) known() string { return some(slices.Sorted(maps.Keys(s.values))) }

// knownOurs lists our values that can be written.
func (s *slot) knownOurs() string { return some(slices.Sorted(maps.Keys(s.inverse))) }

// some joins names, of many the first ten.
func some(names []string) string {
	if len(names) > 10 {
		return strings.Join(names[:10], ", ") + fmt.Sprintf(" and %d more", len(names)-10)
	}
	return strings.Join(names, ", ")
}

// quote puts a text in quotes, a long one cut.
func quote(x string) string {
	if len(x) > 80 {
		return strconv.Quote(strings.ToValidUTF8(x[:80], "")) + "..."
	}
	return strconv.Quote(x)
}

// short is a value as JSON, a long one cut.
func short(v record.Value) string {
	if len(v) > 80 {
		return strings.ToValidUTF8(string(v[:80]), "") + "..."
	}
	return string(v)
}

// kindOf says for people what kind of value it is.
func kindOf(v record.Value) string {
	if len(v) == 0 {
		return "nothing"
	}
	switch v[0] {
	case '[':
		return "a list"
	case '{':
		return "an object"
	case '"':
		return "a text"
	case 't', 'f':
		return "a boolean"
	case 'n':
		return "null"
	}
	return "a number"
}
