package record

import (
	"encoding/json"
	"strconv"
)

// ValueKind is what kind of JSON value a Value is.
type ValueKind uint8

// The kinds of values.
const (
	Absent ValueKind = iota
	NullKind
	BoolKind
	NumberKind
	StringKind
	ArrayKind
	ObjectKind
)

// String names the kind for people.
func (k ValueKind) String() string {
	return [...]string{"nothing", "null", "a boolean", "a number", "a string", "a list", "an object"}[k]
}

// Kind returns what v is; Absent for a nil or empty Value.
func (v Value) Kind() ValueKind {
	if len(v) == 0 {
		return Absent
	}
	switch v[0] {
	case 'n':
		return NullKind
	case 't', 'f':
		return BoolKind
	case '"':
		return StringKind
	case '[':
		return ArrayKind
	case '{':
		return ObjectKind
	}
	return NumberKind
}

// IsNull reports whether v is null; an absent value is not.
func (v Value) IsNull() bool { return len(v) > 0 && v[0] == 'n' }

// Text returns the text of a string, unquoted; false for anything else.
func (v Value) Text() (string, bool) {
	if len(v) < 2 || v[0] != '"' {
		return "", false
	}
	return unquote(v), true
}

// Int64 returns the value of an integer that an int64 holds; false for anything else.
func (v Value) Int64() (int64, bool) {
	if v.Kind() != NumberKind {
		return 0, false
	}
	n, err := strconv.ParseInt(string(v), 10, 64)
	return n, err == nil
}

// Float64 returns the nearest float64 of a number; false for anything else and for numbers beyond its range.
func (v Value) Float64() (float64, bool) {
	if v.Kind() != NumberKind {
		return 0, false
	}
	f, err := strconv.ParseFloat(string(v), 64)
	return f, err == nil
}

// Bool returns the value of a boolean; ok is false for anything else.
func (v Value) Bool() (b, ok bool) {
	if v.Kind() != BoolKind {
		return false, false
	}
	return v[0] == 't', true
}

// Any returns the value as Go values: nil, bool, json.Number, string, []any, map[string]any; nil for an absent one too.
func (v Value) Any() any {
	switch v.Kind() {
	case BoolKind:
		return v[0] == 't'
	case NumberKind:
		return json.Number(v)
	case StringKind:
		return unquote(v)
	case ArrayKind:
		list := []any{}
		for _, e := range v.Elements() {
			list = append(list, e.Any())
		}
		return list
	case ObjectKind:
		m := map[string]any{}
		for _, f := range v.Members() {
			m[f.Name] = f.Value.Any()
		}
		return m
	}
	return nil
}

// String returns the value for people: strings without quotes, all else as JSON; "" for an absent one.
func (v Value) String() string {
	if s, ok := v.Text(); ok {
		return s
	}
	return string(v)
}

// MarshalJSON returns the value itself; null for an absent one.
func (v Value) MarshalJSON() ([]byte, error) {
	if len(v) == 0 {
		return []byte(Null), nil
	}
	return v, nil
}

// UnmarshalJSON sets v to the canonical form of the JSON text.
func (v *Value) UnmarshalJSON(src []byte) error {
	out, err := AppendCanonical(make([]byte, 0, len(src)), src)
	if err == nil {
		*v = out
	}
	return err
}

// Elements returns the elements of an array, which point into v; nil for anything else.
func (v Value) Elements() []Value { return appendElements(nil, v) }

// Members returns the members of an object, sorted by name, whose values point into v; nil for anything else.
func (v Value) Members() Fields { return appendMembers(nil, v) }

// AppendMembers is Members in dst's memory. Where the old content of dst has the same name at the same place, that string is used again.
func (v Value) AppendMembers(dst Fields) Fields { return appendMembers(dst, v) }
