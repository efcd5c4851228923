package expression

import (
	"errors"
	"unicode/utf8"
)

// errNil ends a chain of ?. at its first null.
var errNil = errors.New("nothing before the question mark")

// absent makes null of a chain that ended early.
func absent(n node) node {
	return func(s *state) (any, error) {
		v, err := n(s)
		if errors.Is(err, errNil) {
			return nil, nil
		}
		return v, err
	}
}

// member makes the node of base.key and base[key].
func member(t token, base, key node, optional bool) node {
	return func(s *state) (any, error) {
		v, err := base(s)
		if err != nil {
			return nil, err
		}
		if v == nil && optional {
			return nil, errNil
		}
		k, err := key(s)
		if err != nil {
			return nil, err
		}
		return fetch(t, v, k)
	}
}

// fetch returns an object's member, null where there is none, a list's element or a text's character; from the end where the index is negative.
func fetch(t token, v, k any) (any, error) {
	switch v := v.(type) {
	case map[string]any:
		name, ok := k.(string)
		if !ok {
			return nil, at(t, "an object's member has a string as its name, got %s", kindOf(k))
		}
		return v[name], nil
	case []any:
		i, err := place(t, k, len(v))
		if err != nil {
			return nil, err
		}
		return v[i], nil
	case string:
		runes := []rune(v)
		i, err := place(t, k, len(runes))
		if err != nil {
			return nil, err
		}
		return string(runes[i]), nil
	}
	return nil, at(t, "no member of %s", kindOf(v))
}

func place(t token, k any, length int) (int, error) {
	i, ok := k.(int)
	if !ok {
		return 0, at(t, "an index is an integer, got %s", kindOf(k))
	}
	j := i
	if j < 0 {
		j += length
	}
	if j < 0 || j >= length {
		return 0, at(t, "index out of range: %d (the length is %d)", i, length)
	}
	return j, nil
}

// slice makes the node of base[from:to]; bounds beyond the ends are the ends.
func slice(t token, base, from, to node) node {
	bound := func(s *state, n node, length, otherwise int) (int, error) {
		if n == nil {
			return otherwise, nil
		}
		v, err := n(s)
		if err != nil {
			return 0, err
		}
		i, ok := v.(int)
		if !ok {
			return 0, at(t, "an index is an integer, got %s", kindOf(v))
		}
		if i < 0 {
			i += length
		}
		return min(max(i, 0), length), nil
	}
	return func(s *state) (any, error) {
		v, err := base(s)
		if err != nil {
			return nil, err
		}
		var length int
		list, isList := v.([]any)
		str, isText := v.(string)
		switch {
		case isList:
			length = len(list)
		case isText:
			length = utf8.RuneCountInString(str)
		default:
			return nil, at(t, "no part of %s", kindOf(v))
		}
		i, err := bound(s, from, length, 0)
		if err != nil {
			return nil, err
		}
		j, err := bound(s, to, length, length)
		if err != nil {
			return nil, err
		}
		j = max(i, j)
		if isList {
			return list[i:j:j], nil
		}
		return string([]rune(str)[i:j]), s.charge(len(str))
	}
}

// listOf makes the node of [a, b].
func listOf(elements []node) node {
	return func(s *state) (any, error) {
		out := make([]any, len(elements))
		for i, n := range elements {
			v, err := n(s)
			if err != nil {
				return nil, err
			}
			out[i] = v
		}
		return out, s.charge(16 * len(out))
	}
}

// objectOf makes the node of {a: 1}.
func objectOf(keys, values []node) node {
	return func(s *state) (any, error) {
		out := make(map[string]any, len(keys))
		for i := range keys {
			k, err := keys[i](s)
			if err != nil {
				return nil, err
			}
			name, ok := k.(string)
			if !ok {
				return nil, &Error{Reason: "an object's member has a string as its name, got " + kindOf(k)}
			}
			if out[name], err = values[i](s); err != nil {
				return nil, err
			}
		}
		return out, s.charge(32 * len(out))
	}
}
