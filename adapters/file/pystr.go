package file

import (
	"strconv"
	"strings"
	"unicode"

	"github.com/plumbline-sync/plumbline/shared/record"
)

// pyStr returns a value as Python's str() prints it, which is what unique ids are made of.
func pyStr(v record.Value) string {
	if s, ok := v.Text(); ok {
		return s
	}
	return pyRepr(v)
}

func pyRepr(v record.Value) string {
	switch v.Kind() {
	case record.Absent, record.NullKind:
		return "None"
	case record.BoolKind:
		return strings.ToUpper(string(v[:1])) + string(v[1:])
	case record.StringKind:
		s, _ := v.Text()
		return pyQuote(s)
	case record.ArrayKind:
		var parts []string
		for _, e := range v.Elements() {
			parts = append(parts, pyRepr(e))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case record.ObjectKind:
		var parts []string
		for _, f := range v.Members() {
			parts = append(parts, pyQuote(f.Name)+": "+pyRepr(f.Value))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	}
	return string(v)
}

// pyQuote quotes a text as Python's repr() does.
func pyQuote(s string) string {
	q := '\''
	if strings.Contains(s, "'") && !strings.Contains(s, `"`) {
		q = '"'
	}
	var b strings.Builder
	b.WriteRune(q)
	for _, r := range s {
		switch {
		case r == q || r == '\\':
			b.WriteRune('\\')
			b.WriteRune(r)
		case r == '\n' || r == '\r' || r == '\t' || !unicode.IsPrint(r):
			e := strconv.QuoteRune(r)
			b.WriteString(e[1 : len(e)-1])
		default:
			b.WriteRune(r)
		}
	}
	b.WriteRune(q)
	return b.String()
}
