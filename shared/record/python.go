package record

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Python returns the value as Python's str() prints it: what DiffSync's unique ids are made of, and what its forms show.
func Python(v Value) string {
	if s, ok := v.Text(); ok {
		return s
	}
	var b strings.Builder
	writeRepr(&b, v)
	return b.String()
}

// writeRepr writes the value as Python's repr() prints it.
func writeRepr(b *strings.Builder, v Value) {
	switch v.Kind() {
	case Absent, NullKind:
		b.WriteString("None")
	case BoolKind:
		if t, _ := v.Bool(); t {
			b.WriteString("True")
		} else {
			b.WriteString("False")
		}
	case NumberKind:
		b.WriteString(pythonNumber(string(v)))
	case StringKind:
		s, _ := v.Text()
		writeQuoted(b, s)
	case ArrayKind:
		b.WriteByte('[')
		for i, e := range v.Elements() {
			if i > 0 {
				b.WriteString(", ")
			}
			writeRepr(b, e)
		}
		b.WriteByte(']')
	case ObjectKind:
		b.WriteByte('{')
		for i, m := range v.Members() {
			if i > 0 {
				b.WriteString(", ")
			}
			writeQuoted(b, m.Name)
			b.WriteString(": ")
			writeRepr(b, m.Value)
		}
		b.WriteByte('}')
	}
}

// pythonNumber returns a number as Python prints it: an integer with all its digits, anything else as the nearest float unless that would lose digits.
func pythonNumber(s string) string {
	if !strings.ContainsAny(s, ".eE") {
		return s
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsInf(f, 0) {
		return s
	}
	short := strconv.FormatFloat(f, 'e', -1, 64)
	mantissa, exp, _ := strings.Cut(short, "e")
	e, _ := strconv.Atoi(exp)
	if e < -4 || e >= 16 {
		return fmt.Sprintf("%se%+03d", mantissa, e)
	}
	out := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(out, ".") {
		out += ".0"
	}
	return out
}

// writeQuoted writes a string as Python's repr() does.
func writeQuoted(b *strings.Builder, s string) {
	q := byte('\'')
	if strings.Contains(s, "'") && !strings.Contains(s, `"`) {
		q = '"'
	}
	b.WriteByte(q)
	for _, r := range s {
		switch {
		case r == '\\' || r == rune(q):
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case r < 0x20 || r == 0x7f:
			fmt.Fprintf(b, `\x%02x`, r)
		case r < 0x7f || r != utf8.RuneError && unicode.IsPrint(r):
			b.WriteRune(r)
		case r < 0x100:
			fmt.Fprintf(b, `\x%02x`, r)
		case r < 0x10000:
			fmt.Fprintf(b, `\u%04x`, r)
		default:
			fmt.Fprintf(b, `\U%08x`, r)
		}
	}
	b.WriteByte(q)
}
