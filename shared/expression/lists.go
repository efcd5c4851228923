package expression

import (
	"slices"
)

// lists are the functions of lists.
func lists(all map[string]function) {
	end := func(last bool) function {
		return function{1, 1, func(c call) (any, error) {
			l, err := c.list(0)
			if err != nil || len(l) == 0 {
				return nil, err
			}
			if last {
				return l[len(l)-1], nil
			}
			return l[0], nil
		}}
	}
	all["first"], all["last"] = end(false), end(true)
	all["take"] = function{2, 2, func(c call) (any, error) {
		l, err := c.list(0)
		if err != nil {
			return nil, err
		}
		n, err := c.integer(1, 0)
		if err != nil {
			return nil, err
		}
		if n < 0 {
			return nil, c.fail("take wants a number of elements, got %d", n)
		}
		n = min(n, len(l))
		return l[:n:n], nil
	}}
	all["concat"] = function{1, -1, func(c call) (any, error) {
		for i := range c.args {
			if _, err := c.list(i); err != nil {
				return nil, err
			}
		}
		out, err := c.flat()
		return slices.Concat([]any{}, out), err
	}}
	all["reverse"] = function{1, 1, func(c call) (any, error) {
		l, err := c.list(0)
		if err != nil {
			return nil, err
		}
		out := slices.Clone(l)
		slices.Reverse(out)
		return out, c.s.charge(16 * len(out))
	}}
	all["uniq"] = function{1, 1, func(c call) (any, error) {
		l, err := c.list(0)
		if err != nil {
			return nil, err
		}
		out := []any{}
		for _, v := range l {
			known, err := in(c.s, c.name, v, out)
			if err != nil {
				return nil, err
			}
			if known == false {
				out = append(out, v)
			}
		}
		return out, c.s.charge(16 * len(out))
	}}
	all["sort"] = function{1, 2, func(c call) (any, error) {
		l, err := c.list(0)
		if err != nil {
			return nil, err
		}
		way, err := c.text(1, "asc")
		if err != nil {
			return nil, err
		}
		return sorted(c.s, c.name, l, l, way)
	}}
}

// sorted returns the values in the order of their keys; equal ones keep their order.
func sorted(s *state, t token, values, keys []any, way string) ([]any, error) {
	if way != "asc" && way != "desc" {
		return nil, at(t, `the order is "asc" or "desc", got %q`, short(way))
	}
	if err := s.charge(32 * len(values)); err != nil {
		return nil, err
	}
	places := make([]int, len(values))
	for i := range places {
		places[i] = i
	}
	var failed error
	slices.SortStableFunc(places, func(i, j int) int {
		o, ok := order(keys[i], keys[j])
		if !ok && failed == nil {
			failed = at(t, "%s wants numbers or strings of one kind, got %s and %s", t.text, kindOf(keys[i]), kindOf(keys[j]))
		}
		if way == "desc" {
			return -o
		}
		return o
	})
	out := make([]any, len(values))
	for i, p := range places {
		out[i] = values[p]
	}
	return out, failed
}

// objects are the functions of objects.
func objects(all map[string]function) {
	all["get"] = function{2, 2, func(c call) (any, error) {
		switch v := c.args[0].(type) {
		case map[string]any:
			name, _ := c.args[1].(string)
			return v[name], nil
		case []any:
			if i, err := place(c.name, c.args[1], len(v)); err == nil {
				return v[i], nil
			}
		}
		return nil, nil //nolint:nilnil // null is the value
	}}
	members := func(f func(m map[string]any, k string) any) function {
		return function{1, 1, func(c call) (any, error) {
			m, ok := c.args[0].(map[string]any)
			if !ok {
				return nil, wants(c.name, "an object", c.args[0])
			}
			out := make([]any, 0, len(m))
			for _, k := range sortedKeys(m) {
				out = append(out, f(m, k))
			}
			return out, c.s.charge(16 * len(out))
		}}
	}
	all["keys"] = members(func(_ map[string]any, k string) any { return k })
	all["values"] = members(func(m map[string]any, k string) any { return m[k] })
}
