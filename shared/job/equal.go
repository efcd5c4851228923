package job

import (
	"bytes"
	"slices"

	"github.com/plumbline-sync/plumbline/shared/record"
)

// Equal reports whether two values of the model's field are equal under its rules; a field without any compares as DiffSync's do (record.EqualLoose).
func (m *Model) Equal(field string, a, b record.Value) bool {
	at := m.Attribute(field)
	if at == nil {
		return (&Attribute{}).Equal(a, b)
	}
	return at.Equal(a, b)
}

// Equal reports whether two values are equal under the attribute's rules:
//
//	equal bytes       equal under every rule
//	one side absent   equal, but with absent_is_null as if null stood there
//	empty_is_null     "" as if null stood there
//	null              equals only null
//	tolerance         two numbers at most that far apart
//	compare: set      two lists with the same elements, in any order, any number of times
//	ignore_case       texts, also those in lists, folded before they are compared
//	a type            what is left is equal when its bytes are
//	no type           what is left compares loosely: 1 equals true, 0 false
func (at *Attribute) Equal(a, b record.Value) bool {
	if bytes.Equal(a, b) {
		return true
	}
	if len(a) == 0 || len(b) == 0 {
		if !at.AbsentIsNull {
			return true
		}
		a, b = orNull(a), orNull(b)
	}
	if at.EmptyIsNull {
		a, b = emptyIsNull(a), emptyIsNull(b)
	}
	if a[0] == 'n' || b[0] == 'n' {
		return a[0] == b[0]
	}
	if at.Tolerance > 0 && isNumber(a) && isNumber(b) {
		return within(a, b, at.Tolerance)
	}
	if at.IgnoreCase {
		a, b = Fold(a), Fold(b)
	}
	if at.Type == "" {
		a, b = numeric(a), numeric(b)
	}
	if at.Set && a[0] == '[' && b[0] == '[' {
		return sameSet(a.Elements(), b.Elements())
	}
	return bytes.Equal(a, b)
}

func orNull(v record.Value) record.Value {
	if len(v) == 0 {
		return record.Value(record.Null)
	}
	return v
}

func emptyIsNull(v record.Value) record.Value {
	if string(v) == `""` {
		return record.Value(record.Null)
	}
	return v
}

func isNumber(v record.Value) bool { return v[0] == '-' || v[0] >= '0' && v[0] <= '9' }

// sameSet reports whether each of a is in b and the other way round.
func sameSet(a, b []record.Value) bool {
	return slices.EqualFunc(distinct(a), distinct(b), func(x, y record.Value) bool { return bytes.Equal(x, y) })
}

func distinct(vs []record.Value) []record.Value {
	slices.SortFunc(vs, func(x, y record.Value) int { return bytes.Compare(x, y) })
	return slices.CompactFunc(vs, func(x, y record.Value) bool { return bytes.Equal(x, y) })
}

// numeric returns the value with 1 for true and 0 for false, also inside lists and objects: two values compare loosely as record.EqualLoose does when these are equal bytes.
func numeric(v record.Value) record.Value {
	switch v[0] {
	case 't':
		return record.Value("1")
	case 'f':
		return record.Value("0")
	case '[', '{':
	default:
		return v
	}
	if !bytes.Contains(v, []byte(record.True)) && !bytes.Contains(v, []byte(record.False)) {
		return v
	}
	out := make(record.Value, 0, len(v))
	inText := false
	for i := 0; i < len(v); i++ {
		switch c := v[i]; {
		case inText && c == '\\':
			out = append(out, c)
			i++
		case c == '"':
			inText = !inText
		case !inText && c == 't':
			out = append(out, '1')
			i += len(record.True) - 1
			continue
		case !inText && c == 'f':
			out = append(out, '0')
			i += len(record.False) - 1
			continue
		}
		out = append(out, v[i])
	}
	return out
}
