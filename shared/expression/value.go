package expression

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"github.com/plumbline-sync/plumbline/shared/record"
)

// native returns a value as expressions see it: integers as int and other numbers as float64 where that is exact, else as the record.Value, which no arithmetic takes. An absent one is nil.
func (s *state) native(v record.Value) (any, error) {
	if err := s.charge(len(v)); err != nil {
		return nil, err
	}
	return native(v), nil
}

func native(v record.Value) any {
	if len(v) == 0 {
		return nil
	}
	if t, ok := v.Text(); ok {
		return t
	}
	switch v.Kind() {
	case record.NumberKind:
		if n, ok := v.Int64(); ok {
			return int(n)
		}
		if f, ok := v.Float64(); ok {
			if back, err := record.Plain(f); err == nil && string(back) == string(v) {
				return f
			}
		}
		return v
	case record.ArrayKind:
		els := v.Elements()
		list := make([]any, len(els))
		for i, el := range els {
			list[i] = native(el)
		}
		return list
	case record.ObjectKind:
		m := map[string]any{}
		for _, f := range v.Members() {
			m[f.Name] = native(f.Value)
		}
		return m
	}
	return v.Any()
}

// record returns the whole record.
func (s *state) record() (any, error) {
	m := map[string]any{}
	for _, f := range s.whole {
		v, err := s.native(f.Value)
		if err != nil {
			return nil, err
		}
		m[f.Name] = v
	}
	return m, nil
}

// encode appends the canonical form of a value. A list that holds itself many times over is charged for each time.
func (s *state) encode(dst []byte, v any) ([]byte, error) {
	start := len(dst)
	switch v := v.(type) {
	case nil:
		dst = append(dst, record.Null...)
	case bool:
		dst = strconv.AppendBool(dst, v)
	case int:
		dst = strconv.AppendInt(dst, int64(v), 10)
	case float64:
		n, err := record.Plain(v)
		if err != nil {
			return nil, &Error{Reason: fmt.Sprintf("gives %v, which is no number that can be kept; give nil for no value", v)}
		}
		dst = append(dst, n...)
	case string:
		n, err := record.Plain(v)
		if err != nil {
			return nil, &Error{Reason: "gives text that cannot be kept: " + err.Error()}
		}
		dst = append(dst, n...)
	case record.Value:
		dst = append(dst, v...)
	case []any:
		return s.encodeAll(append(dst, '['), ']', v, nil)
	case map[string]any:
		return s.encodeAll(append(dst, '{'), '}', nil, v)
	}
	return dst, s.charge(len(dst) - start)
}

// encodeAll appends the elements of a list, or the members of an object in the order of their names.
func (s *state) encodeAll(dst []byte, closing byte, list []any, object map[string]any) (out []byte, err error) {
	if err := s.charge(2); err != nil {
		return nil, err
	}
	for i, el := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		if dst, err = s.encode(dst, el); err != nil {
			return nil, err
		}
	}
	for i, k := range sortedKeys(object) {
		if i > 0 {
			dst = append(dst, ',')
		}
		if dst, err = s.encode(dst, k); err != nil {
			return nil, err
		}
		if dst, err = s.encode(append(dst, ':'), object[k]); err != nil {
			return nil, err
		}
	}
	return append(dst, closing), nil
}

func sortedKeys(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// equal compares two values: numbers by value, lists and objects element by element.
func (s *state) equal(a, b any) (bool, error) {
	if err := s.charge(0); err != nil {
		return false, err
	}
	if x, y, ok := numbers(a, b); ok {
		return x == y, nil
	}
	switch a := a.(type) {
	case int:
		n, ok := b.(int)
		return ok && a == n, nil
	case record.Value:
		n, ok := b.(record.Value)
		return ok && string(a) == string(n), nil
	case []any:
		l, ok := b.([]any)
		if !ok || len(l) != len(a) {
			return false, nil
		}
		for i := range a {
			if same, err := s.equal(a[i], l[i]); !same || err != nil {
				return false, err
			}
		}
		return true, nil
	case map[string]any:
		m, ok := b.(map[string]any)
		if !ok || len(m) != len(a) {
			return false, nil
		}
		for k, v := range a {
			other, ok := m[k]
			if !ok {
				return false, nil
			}
			if same, err := s.equal(v, other); !same || err != nil {
				return false, err
			}
		}
		return true, nil
	}
	switch b.(type) { // what is left compares as Go does, and these do not compare
	case []any, map[string]any, record.Value:
		return false, nil
	}
	return a == b, nil
}

// numbers returns two numbers as floats where one of them is one; two ints are compared as such.
func numbers(a, b any) (x, y float64, ok bool) {
	x, ok1 := float(a)
	y, ok2 := float(b)
	_, int1 := a.(int)
	_, int2 := b.(int)
	return x, y, ok1 && ok2 && (!int1 || !int2)
}

func float(v any) (float64, bool) {
	switch v := v.(type) {
	case int:
		return float64(v), true
	case float64:
		return v, true
	}
	return 0, false
}

// order compares two numbers or two texts; false for anything else.
func order(a, b any) (int, bool) {
	if x, y, ok := numbers(a, b); ok {
		return cmp.Compare(x, y), true
	}
	switch a := a.(type) {
	case int:
		if n, ok := b.(int); ok {
			return cmp.Compare(a, n), true
		}
	case string:
		if t, ok := b.(string); ok {
			return cmp.Compare(a, t), true
		}
	}
	return 0, false
}

// kindOf names the type of a value as a job file does.
func kindOf(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case int:
		return "integer"
	case string:
		return "string"
	case []any:
		return "list"
	case map[string]any:
		return "object"
	}
	return "number"
}
