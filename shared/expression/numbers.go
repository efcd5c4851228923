package expression

import (
	"encoding/base64"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/plumbline-sync/plumbline/shared/record"
)

func toBase64(t string) string { return base64.StdEncoding.EncodeToString([]byte(t)) }

func fromBase64(t string) (string, error) {
	b, err := base64.StdEncoding.DecodeString(t)
	return string(b), err
}

// numeric are the functions of numbers, and those that turn values into numbers and texts.
func numeric(all map[string]function) {
	one := func(f func(float64) float64) function {
		return function{1, 1, func(c call) (any, error) {
			n, ok := float(c.args[0])
			if !ok {
				return nil, wants(c.name, "a number", c.args[0])
			}
			return f(n), nil
		}}
	}
	all["ceil"], all["floor"], all["round"] = one(math.Ceil), one(math.Floor), one(math.Round)
	all["abs"] = function{1, 1, func(c call) (any, error) {
		if n, ok := c.args[0].(int); ok {
			return max(n, -n), nil
		}
		return one(math.Abs).run(c)
	}}
	all["int"] = function{1, 1, toInt}
	all["float"] = function{1, 1, toFloat}
	all["string"] = function{1, 1, func(c call) (any, error) {
		if t, ok := c.args[0].(string); ok {
			return t, nil
		}
		b, err := c.s.encode(nil, c.args[0])
		return string(b), err
	}}
	all["type"] = function{1, 1, func(c call) (any, error) { return typeOf(c.args[0]), nil }}
	all["len"] = function{1, 1, func(c call) (any, error) {
		switch v := c.args[0].(type) {
		case string:
			return utf8.RuneCountInString(v), nil
		case []any:
			return len(v), nil
		case map[string]any:
			return len(v), nil
		}
		return nil, wants(c.name, "a string, a list or an object", c.args[0])
	}}
	all["min"] = function{1, -1, func(c call) (any, error) { return c.extreme(-1) }}
	all["max"] = function{1, -1, func(c call) (any, error) { return c.extreme(1) }}
	all["mean"] = function{1, -1, func(c call) (any, error) { return c.average(mean) }}
	all["median"] = function{1, -1, func(c call) (any, error) { return c.average(median) }}
}

func toInt(c call) (any, error) {
	switch v := c.args[0].(type) {
	case int:
		return v, nil
	case float64:
		if v >= math.MinInt64 && v < math.MaxInt64 {
			return int(v), nil
		}
		return nil, c.fail("%v is too large for an integer", v)
	case string:
		n, err := strconv.Atoi(v)
		if err != nil {
			return nil, c.fail("int: %q is no integer", short(v))
		}
		return n, nil
	}
	return nil, wants(c.name, "a number or a string", c.args[0])
}

func toFloat(c call) (any, error) {
	if f, ok := float(c.args[0]); ok {
		return f, nil
	}
	t, ok := c.args[0].(string)
	if !ok {
		return nil, wants(c.name, "a number or a string", c.args[0])
	}
	f, err := strconv.ParseFloat(t, 64)
	if err != nil {
		return nil, c.fail("float: %q is no number", short(t))
	}
	return f, nil
}

func short(t string) string {
	if len(t) > 60 {
		return strings.ToValidUTF8(t[:60], "") + "..."
	}
	return t
}

// typeOf names the type of a value as expr-lang does.
func typeOf(v any) string {
	switch v.(type) {
	case nil:
		return "nil"
	case bool:
		return "bool"
	case int:
		return "int"
	case float64, record.Value:
		return "float"
	case string:
		return "string"
	case []any:
		return "array"
	}
	return "map"
}

// flat returns the arguments, with the elements of lists in their places.
func (c call) flat() ([]any, error) {
	var out []any
	for _, a := range c.args {
		l, ok := a.([]any)
		if !ok {
			l = []any{a}
		}
		if err := c.s.charge(16 * len(l)); err != nil {
			return nil, err
		}
		out = append(out, l...)
	}
	return out, nil
}

// extreme returns the least (-1) or the largest (1) of numbers.
func (c call) extreme(sign int) (any, error) {
	all, err := c.flat()
	if err != nil {
		return nil, err
	}
	var best any
	for _, v := range all {
		if _, ok := float(v); !ok {
			return nil, wants(c.name, "numbers", v)
		}
		if o, _ := order(v, best); best == nil || o == sign {
			best = v
		}
	}
	return best, nil
}

func (c call) average(f func([]float64) float64) (any, error) {
	all, err := c.flat()
	if err != nil {
		return nil, err
	}
	ns := make([]float64, len(all))
	for i, v := range all {
		n, ok := float(v)
		if !ok {
			return nil, wants(c.name, "numbers", v)
		}
		ns[i] = n
	}
	if len(ns) == 0 {
		return 0.0, nil
	}
	return f(ns), nil
}

func mean(ns []float64) float64 {
	sum := 0.0
	for _, n := range ns {
		sum += n
	}
	return sum / float64(len(ns))
}

func median(ns []float64) float64 {
	slices.Sort(ns)
	if m := len(ns) / 2; len(ns)%2 == 1 {
		return ns[m]
	}
	m := len(ns) / 2
	return (ns[m-1] + ns[m]) / 2
}
