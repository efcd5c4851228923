package expression

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
	"regexp"
	"strings"
)

func at(t token, format string, args ...any) error {
	return &Error{Reason: fmt.Sprintf(format, args...), Column: t.column}
}

// wants is the error of an operator or function that got something else than it takes.
func wants(t token, what string, got any) error {
	return at(t, "%s wants %s, got %s", t.text, what, kindOf(got))
}

// two makes a node of an operator whose operands are both worked out.
func two(a, b node, do func(s *state, a, b any) (any, error)) node {
	return func(s *state) (any, error) {
		x, err := a(s)
		if err != nil {
			return nil, err
		}
		y, err := b(s)
		if err != nil {
			return nil, err
		}
		return do(s, x, y)
	}
}

// truth evaluates a condition.
func truth(s *state, t token, n node) (bool, error) {
	v, err := n(s)
	if err != nil {
		return false, err
	}
	b, ok := v.(bool)
	if !ok {
		return false, wants(t, "a boolean", v)
	}
	return b, nil
}

func not(t token, n node) node {
	return func(s *state) (any, error) {
		b, err := truth(s, t, n)
		return !b, err
	}
}

func both(t token, a, b node) node {
	return func(s *state) (any, error) {
		if ok, err := truth(s, t, a); err != nil || !ok {
			return false, err
		}
		return truthy(truth(s, t, b))
	}
}

func either(t token, a, b node) node {
	return func(s *state) (any, error) {
		if ok, err := truth(s, t, a); err != nil || ok {
			return ok, err
		}
		return truthy(truth(s, t, b))
	}
}

func truthy(b bool, err error) (any, error) { return b, err }

func choose(t token, cond, yes, no node) node {
	return func(s *state) (any, error) {
		ok, err := truth(s, t, cond)
		if err != nil {
			return nil, err
		}
		if ok {
			return yes(s)
		}
		return no(s)
	}
}

func negate(t token, n node) node {
	return func(s *state) (any, error) {
		v, err := n(s)
		if err != nil {
			return nil, err
		}
		switch v := v.(type) {
		case int:
			if t.text == "+" {
				return v, nil
			}
			if v == math.MinInt {
				return nil, at(t, "the result is too large for an integer")
			}
			return -v, nil
		case float64:
			if t.text == "+" {
				return v, nil
			}
			return -v, nil
		}
		return nil, wants(t, "a number", v)
	}
}

// join makes the node of an operator that is neither a comparison nor a power.
func join(p *parser, t token, a, b node) node {
	switch t.text {
	case "&&", "and":
		return both(t, a, b)
	case "||", "or":
		return either(t, a, b)
	case "==", "!=":
		return two(a, b, func(s *state, x, y any) (any, error) {
			same, err := s.equal(x, y)
			return same == (t.text == "=="), err
		})
	case "??":
		return func(s *state) (any, error) {
			v, err := a(s)
			if v != nil || err != nil {
				return v, err
			}
			return b(s)
		}
	case "in":
		return two(a, b, func(s *state, x, y any) (any, error) { return in(s, t, x, y) })
	case "matches":
		return matches(t, a, b)
	case "contains", "startsWith", "endsWith":
		return two(a, b, func(_ *state, x, y any) (any, error) {
			l, ok1 := x.(string)
			r, ok2 := y.(string)
			switch {
			case x == nil || y == nil:
				return false, nil
			case !ok1:
				return nil, wants(t, "a string before it", x)
			case !ok2:
				return nil, wants(t, "a string after it", y)
			case t.text == "contains":
				return strings.Contains(l, r), nil
			case t.text == "startsWith":
				return strings.HasPrefix(l, r), nil
			}
			return strings.HasSuffix(l, r), nil
		})
	case "..":
		return two(a, b, func(s *state, x, y any) (any, error) { return span(s, t, x, y) })
	}
	return arithmetic(t, a, b)
}

func in(s *state, t token, x, y any) (any, error) {
	switch y := y.(type) {
	case nil:
		return false, nil
	case []any:
		for _, el := range y {
			if same, err := s.equal(x, el); same || err != nil {
				return same, err
			}
		}
		return false, nil
	case map[string]any:
		key, ok := x.(string)
		_, has := y[key]
		return ok && has, nil
	}
	return nil, wants(t, "a list or an object after it", y)
}

// span is the list of the integers from x to y.
func span(s *state, t token, x, y any) (any, error) {
	from, ok1 := x.(int)
	to, ok2 := y.(int)
	if !ok1 || !ok2 {
		return nil, at(t, ".. wants integers, got %s and %s", kindOf(x), kindOf(y))
	}
	if to < from {
		return []any{}, nil
	}
	if uint(to)-uint(from) >= maxSteps {
		return nil, at(t, "takes too many steps")
	}
	out := make([]any, 0, to-from+1)
	for i := from; ; i++ {
		if err := s.charge(16); err != nil {
			return nil, err
		}
		if out = append(out, i); i == to {
			return out, nil
		}
	}
}

// matches compiles a pattern that is a constant only once.
func matches(t token, a, b node) node {
	var last string
	var re *regexp.Regexp
	return two(a, b, func(_ *state, x, y any) (any, error) {
		text, ok1 := x.(string)
		pattern, ok2 := y.(string)
		switch {
		case x == nil:
			return false, nil
		case !ok1:
			return nil, wants(t, "a string before it", x)
		case !ok2:
			return nil, wants(t, "a pattern after it", y)
		}
		if re == nil || last != pattern {
			var err error
			if re, err = regexp.Compile(pattern); err != nil {
				return nil, at(t, "%v", err)
			}
			last = pattern
		}
		return re.MatchString(text), nil
	})
}

func compare(t token, a, b node) node {
	return two(a, b, func(_ *state, x, y any) (any, error) {
		c, ok := order(x, y)
		if !ok {
			return nil, at(t, "invalid operation: %s %s %s", kindOf(x), t.text, kindOf(y))
		}
		switch t.text {
		case "<":
			return c < 0, nil
		case "<=":
			return c <= 0, nil
		case ">":
			return c > 0, nil
		}
		return c >= 0, nil
	})
}

var (
	errLarge = errors.New("the result is too large for an integer")
	errZero  = errors.New("divides by zero")
)

// arithmetic makes the node of + - * / % **: integers stay integers but for / and **, which give floats.
func arithmetic(t token, a, b node) node {
	return two(a, b, func(s *state, x, y any) (any, error) {
		if l, ok := x.(string); ok && t.text == "+" {
			if r, ok := y.(string); ok {
				return l + r, s.charge(len(l) + len(r))
			}
		}
		m, ok1 := x.(int)
		n, ok2 := y.(int)
		f, ok3 := float(x)
		g, ok4 := float(y)
		var v any
		var err error
		switch {
		case t.text == "%" && ok1 && ok2:
			v, err = integers(t.text, m, n)
		case !ok3 || !ok4 || t.text == "%":
			return nil, at(t, "invalid operation: %s %s %s", kindOf(x), t.text, kindOf(y))
		case ok1 && ok2 && strings.Contains("+-*", t.text):
			v, err = integers(t.text, m, n)
		default:
			v, err = floats(t.text, f, g)
		}
		if err != nil {
			return nil, at(t, "%v", err)
		}
		return v, nil
	})
}

// integers computes exactly, or says that the result is too large.
func integers(op string, m, n int) (int, error) {
	switch op {
	case "+":
		if sum := m + n; (sum > m) == (n > 0) {
			return sum, nil
		}
	case "-":
		if diff := m - n; (diff < m) == (n > 0) {
			return diff, nil
		}
	case "*":
		hi, lo := bits.Mul64(magnitude(m), magnitude(n))
		if hi == 0 && lo <= math.MaxInt64 {
			return m * n, nil
		}
	default:
		if n == 0 {
			return 0, errZero
		}
		return m % n, nil
	}
	return 0, errLarge
}

func magnitude(n int) uint64 {
	if n < 0 {
		return -uint64(n) //nolint:gosec // the two's complement is meant
	}
	return uint64(n)
}

func floats(op string, f, g float64) (any, error) {
	switch op {
	case "+":
		return f + g, nil
	case "-":
		return f - g, nil
	case "*":
		return f * g, nil
	case "/":
		if g == 0 {
			return nil, errZero
		}
		return f / g, nil
	}
	return math.Pow(f, g), nil
}
