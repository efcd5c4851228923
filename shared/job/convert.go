package job

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/plumbline-sync/plumbline/shared/record"
)

// Convert returns the value as one of the type. Null stays null, absent stays absent, "" as type leaves the value as it is; blanks around a text that is to become
// something else are dropped. With sep a text becomes the list of what stands between the separators, an empty one the empty list.
// A value that is of the type already is returned itself, without allocation. The error says value and type, for a finding.
//
//	string    numbers and booleans as they are written
//	integer   numbers without fraction, texts of such: 12, "007", "12.0", "1e3"
//	number    texts of decimal numbers; any number of digits is kept
//	boolean   1 and 0; the texts true false yes no t f 1 0, in any case
//	time      texts in RFC 3339, with a blank for the T, without zone (then UTC), without seconds, or a date alone; always to RFC 3339 in UTC, at most nanoseconds
//	list      texts that are JSON arrays
//	object    texts that are JSON objects
func Convert(v record.Value, t Type, sep ...string) (record.Value, error) {
	if t == "" || len(v) == 0 || v[0] == 'n' {
		return v, nil
	}
	switch c := v[0]; t {
	case String:
		switch c {
		case '"':
			return v, nil
		case '[', '{':
			return nil, unconverted(v, t)
		}
		out := make(record.Value, 0, len(v)+2)
		return append(append(append(out, '"'), v...), '"'), nil
	case Integer, Number:
		return toNumber(v, t)
	case Boolean:
		return toBoolean(v)
	case Time:
		return toTime(v)
	case List:
		if c == '[' {
			return v, nil
		}
		if c == '"' && len(sep) > 0 && sep[0] != "" {
			return splitText(v, sep[0])
		}
		return fromJSON(v, t, '[')
	case Object:
		if c == '{' {
			return v, nil
		}
		return fromJSON(v, t, '{')
	}
	return nil, fmt.Errorf("no such type %q", t)
}

// unconverted is the error of a value that does not convert.
func unconverted(v record.Value, t Type) error {
	what := map[Type]string{Integer: "an integer", Object: "an object"}[t]
	if what == "" {
		what = "a " + string(t)
	}
	s := v.String()
	if v.Kind() == record.StringKind {
		s = quote(s)
	}
	return fmt.Errorf("%s is not %s", cut(s, 64), what)
}

// toNumber converts to integer or number.
func toNumber(v record.Value, t Type) (record.Value, error) {
	switch c := v[0]; {
	case c == '-' || c >= '0' && c <= '9':
		if t == Number || isInteger(v) {
			return v, nil
		}
	case c == '"':
		if s, ok := decimal(v); ok {
			out, err := record.AppendCanonical(nil, s)
			if err == nil && (t == Number || isInteger(out)) {
				return out, nil
			}
		}
	}
	return nil, unconverted(v, t)
}

// isInteger reports whether a canonical number has no fraction.
func isInteger(v record.Value) bool {
	i := 0
	for i < len(v) && (v[i] == '-' || v[i] >= '0' && v[i] <= '9') {
		i++
	}
	if i == len(v) {
		return true
	}
	d, ok := parseDec(v)
	return ok && (d.coef.Sign() == 0 || d.exp >= 0)
}

// decimal returns the number in a text as JSON has it: blanks, a plus sign and leading zeros dropped, .5 and 5. completed.
func decimal(v record.Value) ([]byte, bool) {
	s := bytes.TrimSpace(v[1 : len(v)-1])
	out := make([]byte, 0, len(s)+2)
	if len(s) > 0 && (s[0] == '-' || s[0] == '+') {
		if s[0] == '-' {
			out = append(out, '-')
		}
		s = s[1:]
	}
	whole := digits(s)
	head := bytes.TrimLeft(s[:whole], "0")
	if len(head) == 0 {
		out = append(out, '0')
	}
	out = append(out, head...)
	s = s[whole:]
	frac := 0
	if len(s) > 0 && s[0] == '.' {
		if frac = digits(s[1:]); frac > 0 {
			out = append(out, s[:1+frac]...)
		}
		s = s[1+frac:]
	}
	if whole+frac == 0 {
		return nil, false
	}
	if len(s) > 0 && (s[0] == 'e' || s[0] == 'E') {
		sign := 1
		if len(s) > 1 && (s[1] == '-' || s[1] == '+') {
			sign = 2
		}
		if n := digits(s[sign:]); n > 0 && sign+n == len(s) {
			return append(out, s...), true
		}
		return nil, false
	}
	return out, len(s) == 0
}

func digits(s []byte) int {
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return n
}

// toBoolean converts to boolean.
func toBoolean(v record.Value) (record.Value, error) {
	switch string(v) {
	case record.True, record.False:
		return v, nil
	case "1":
		return record.Value(record.True), nil
	case "0":
		return record.Value(record.False), nil
	}
	if s, ok := v.Text(); ok {
		switch strings.ToLower(strings.TrimSpace(s)) {
		case "true", "yes", "t", "1":
			return record.Value(record.True), nil
		case "false", "no", "f", "0":
			return record.Value(record.False), nil
		}
	}
	return nil, unconverted(v, Boolean)
}

// fromJSON converts a text of JSON that begins with the given byte.
func fromJSON(v record.Value, t Type, begin byte) (record.Value, error) {
	if s, ok := v.Text(); ok {
		if s = strings.TrimSpace(s); s != "" && s[0] == begin {
			if out, err := record.AppendCanonical(nil, []byte(s)); err == nil {
				return out, nil
			}
		}
	}
	return nil, unconverted(v, t)
}

// splitText makes a list of a text; blanks around the elements are dropped.
func splitText(v record.Value, sep string) (record.Value, error) {
	s, _ := v.Text()
	out := record.Value{'['}
	if strings.TrimSpace(s) != "" {
		for i, e := range strings.Split(s, sep) {
			if i > 0 {
				out = append(out, ',')
			}
			out = record.AppendString(out, strings.TrimSpace(e))
		}
	}
	return append(out, ']'), nil
}
