package expression

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// function is one that gets its arguments worked out.
type function struct {
	least, most int // arguments; most < 0: any number
	run         func(c call) (any, error)
}

func (f function) counts() string {
	switch {
	case f.most < 0:
		return fmt.Sprintf("at least %d", f.least)
	case f.least == f.most:
		return fmt.Sprintf("%d", f.least)
	}
	return fmt.Sprintf("%d to %d", f.least, f.most)
}

// call is one call of a function.
type call struct {
	s    *state
	name token
	args []any
}

// apply makes the node of a call.
func apply(t token, f function, args []node) node {
	return func(s *state) (any, error) {
		values := make([]any, len(args))
		for i, a := range args {
			v, err := a(s)
			if err != nil {
				return nil, err
			}
			values[i] = v
		}
		if err := s.charge(0); err != nil {
			return nil, err
		}
		return f.run(call{s: s, name: t, args: values})
	}
}

func (c call) fail(format string, args ...any) error { return at(c.name, format, args...) }

// text returns an argument that is a string, or the default where it was left out.
func (c call) text(i int, otherwise string) (string, error) {
	if i >= len(c.args) {
		return otherwise, nil
	}
	t, ok := c.args[i].(string)
	if !ok {
		return "", wants(c.name, "a string", c.args[i])
	}
	return t, nil
}

// integer returns an argument that is an integer, or the default where it was left out.
func (c call) integer(i, otherwise int) (int, error) {
	if i >= len(c.args) {
		return otherwise, nil
	}
	n, ok := c.args[i].(int)
	if !ok {
		return 0, wants(c.name, "an integer", c.args[i])
	}
	return n, nil
}

// list returns an argument that is a list.
func (c call) list(i int) ([]any, error) {
	l, ok := c.args[i].([]any)
	if !ok {
		return nil, wants(c.name, "a list", c.args[i])
	}
	return l, nil
}

// functions returns every function but the predicates, by name.
func functions() map[string]function {
	all := map[string]function{}
	texts(all)
	cuts(all)
	numeric(all)
	lists(all)
	objects(all)
	return all
}

// Functions returns the names of all functions that an expression may call, sorted.
func Functions() []string {
	names := slices.AppendSeq(slices.Collect(maps.Keys(functions())), maps.Keys(predicates()))
	slices.Sort(names)
	return names
}

// texts are the functions from texts to a text, a number or a boolean.
func texts(all map[string]function) {
	one := func(f func(string) string) function {
		return function{1, 1, func(c call) (any, error) {
			t, err := c.text(0, "")
			if err != nil {
				return nil, err
			}
			return f(t), c.s.charge(len(t))
		}}
	}
	all["lower"], all["upper"] = one(strings.ToLower), one(strings.ToUpper)
	all["toBase64"] = one(toBase64)
	all["fromBase64"] = function{1, 1, func(c call) (any, error) {
		t, err := c.text(0, "")
		if err != nil {
			return nil, err
		}
		if t, err = fromBase64(t); err != nil {
			return nil, c.fail("fromBase64: %v", err)
		}
		return t, c.s.charge(len(t))
	}}
	pair := func(least int, f func(t, what string) any) function {
		return function{least, 2, func(c call) (any, error) {
			t, err := c.text(0, "")
			if err != nil {
				return nil, err
			}
			what, err := c.text(1, " ")
			if err != nil {
				return nil, err
			}
			return f(t, what), c.s.charge(len(t))
		}}
	}
	all["hasPrefix"] = pair(2, func(t, p string) any { return strings.HasPrefix(t, p) })
	all["hasSuffix"] = pair(2, func(t, p string) any { return strings.HasSuffix(t, p) })
	all["indexOf"] = pair(2, func(t, p string) any { return strings.Index(t, p) })
	all["lastIndexOf"] = pair(2, func(t, p string) any { return strings.LastIndex(t, p) })
	all["trimPrefix"] = pair(1, func(t, p string) any { return strings.TrimPrefix(t, p) })
	all["trimSuffix"] = pair(1, func(t, p string) any { return strings.TrimSuffix(t, p) })
	trim := pair(2, func(t, cut string) any { return strings.Trim(t, cut) })
	all["trim"] = function{1, 2, func(c call) (any, error) {
		if len(c.args) == 1 {
			t, err := c.text(0, "")
			return strings.TrimSpace(t), err
		}
		return trim.run(c)
	}}
}

// cuts are the functions that take texts apart and put them together.
func cuts(all map[string]function) {
	cut := func(f func(t, sep string, n int) []string) function {
		return function{2, 3, func(c call) (any, error) {
			t, err := c.text(0, "")
			if err != nil {
				return nil, err
			}
			sep, err := c.text(1, "")
			if err != nil {
				return nil, err
			}
			n, err := c.integer(2, -1)
			if err != nil {
				return nil, err
			}
			parts := f(t, sep, n)
			out := make([]any, len(parts))
			for i, p := range parts {
				out[i] = p
			}
			return out, c.s.charge(len(t) + 16*len(out))
		}}
	}
	all["split"], all["splitAfter"] = cut(strings.SplitN), cut(strings.SplitAfterN)
	all["join"] = function{1, 2, joined}
	all["replace"] = function{3, 4, replaced}
	all["repeat"] = function{2, 2, func(c call) (any, error) {
		t, err := c.text(0, "")
		if err != nil {
			return nil, err
		}
		n, err := c.integer(1, 0)
		switch {
		case err != nil:
			return nil, err
		case n < 0:
			return nil, c.fail("repeat wants a number of times, got %d", n)
		case len(t) > 0 && n > maxBytes/len(t):
			return nil, c.s.charge(maxBytes + 1)
		}
		return strings.Repeat(t, n), c.s.charge(n * len(t))
	}}
}

func joined(c call) (any, error) {
	list, err := c.list(0)
	if err != nil {
		return nil, err
	}
	glue, err := c.text(1, "")
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	for i, el := range list {
		t, ok := el.(string)
		if !ok {
			return nil, wants(c.name, "a list of strings", el)
		}
		if i > 0 {
			b.WriteString(glue)
		}
		if err := c.s.charge(len(t) + len(glue)); err != nil {
			return nil, err
		}
		b.WriteString(t)
	}
	return b.String(), nil
}

func replaced(c call) (any, error) {
	var s [3]string
	for i := range s {
		t, err := c.text(i, "")
		if err != nil {
			return nil, err
		}
		s[i] = t
	}
	n, err := c.integer(3, -1)
	if err != nil {
		return nil, err
	}
	times := strings.Count(s[0], s[1])
	if n >= 0 {
		times = min(times, n)
	}
	if len(s[2]) > 0 && times > maxBytes/len(s[2]) {
		return nil, c.s.charge(maxBytes + 1)
	}
	if err := c.s.charge(len(s[0]) + times*len(s[2])); err != nil {
		return nil, err
	}
	return strings.Replace(s[0], s[1], s[2], n), nil
}
