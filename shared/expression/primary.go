package expression

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// unary parses an operand with the signs before it.
func (p *parser) unary() node {
	t := p.tok()
	switch {
	case p.accept("not"), p.accept("!"):
		return p.postfix(p.made(not(t, p.binary(50))))
	case p.accept("-"), p.accept("+"):
		return p.postfix(p.made(negate(t, p.binary(90))))
	}
	return p.postfix(p.operand())
}

// operand parses a constant, a field, a call, a list, an object, or an expression in brackets.
func (p *parser) operand() node {
	t := p.next()
	switch {
	case t.kind == number:
		v, err := literal(t.text)
		if err != nil {
			p.fail(t, "%v", err)
		}
		return p.made(constant(v))
	case t.kind == text:
		return p.made(constant(t.text))
	case t.kind == name:
		return p.named(t)
	case t.text == "(" && t.kind == sign:
		n := p.sequence()
		p.expect(")")
		return n
	case t.text == "[" && t.kind == sign:
		return p.made(listOf(p.list("]", p.sequence0)))
	case t.text == "{" && t.kind == sign:
		return p.object()
	case p.depth > 0 && t.text == "#" && t.kind == sign:
		return p.element(t)
	case p.depth > 0 && t.text == "." && t.kind == sign:
		p.tokens = append([]token{t}, p.tokens...) // `.name` is `#.name`
		return p.made(func(s *state) (any, error) { return s.scopes[len(s.scopes)-1].item, nil })
	}
	p.fail(t, "unexpected %v", t)
	return nil
}

func constant(v any) node { return func(*state) (any, error) { return v, nil } }

// literal returns the number that a token stands for.
func literal(t string) (any, error) {
	t = strings.ReplaceAll(t, "_", "")
	lower := strings.ToLower(t)
	based := len(t) > 1 && t[0] == '0' && strings.ContainsRune("xbo", rune(lower[1]))
	if !based && strings.ContainsAny(lower, ".e") {
		f, err := strconv.ParseFloat(t, 64)
		if err != nil {
			return nil, fmt.Errorf("%q is no number", t)
		}
		return f, nil
	}
	base := 10
	if based {
		base = 0
	}
	n, err := strconv.ParseInt(t, base, 64)
	if err != nil {
		return nil, fmt.Errorf("%q is no number, or too large", t)
	}
	return int(n), nil
}

// named parses what begins with a name: a word, a call, a name of `let`, a field.
func (p *parser) named(t token) node {
	switch t.text {
	case "true", "false":
		return p.made(constant(t.text == "true"))
	case "nil":
		return p.made(constant(nil))
	case "let", "if", "else", "and", "or", "in", "matches", "contains", "startsWith", "endsWith":
		p.fail(t, "unexpected %v", t)
		return nil
	}
	if p.is("(") {
		return p.call(t)
	}
	if place := lastIndex(p.bound, t.text); place >= 0 {
		return p.made(func(s *state) (any, error) { return s.lets[place], nil })
	}
	if t.text != "$env" {
		return p.field(t.text)
	}
	switch { // $env.NAME and $env["NAME"] read one field, all else may read any
	case p.is(".", "?.") && p.tokens[1].kind == name:
		p.next()
		return p.field(p.next().text)
	case p.is("[") && p.tokens[1].kind == text && len(p.tokens) > 2 && p.tokens[2].text == "]" && p.tokens[2].kind == sign:
		p.next()
		field := p.next().text
		p.next()
		return p.field(field)
	}
	p.all = true
	return p.made(func(s *state) (any, error) { return s.record() })
}

func lastIndex(names []string, name string) int {
	for i, n := range slices.Backward(names) {
		if n == name {
			return i
		}
	}
	return -1
}

// field reads one of their fields.
func (p *parser) field(name string) node {
	i := slices.Index(p.names, name)
	if i < 0 {
		i = len(p.names)
		p.names = append(p.names, name)
	}
	return p.made(func(s *state) (any, error) { return s.native(s.values[i]) })
}

// element parses # with what may follow it: #acc and #index.
func (p *parser) element(t token) node {
	what := ""
	if n := p.tok(); n.kind == name && n.column == t.column+1 {
		what = p.next().text
	}
	switch what {
	case "":
		return p.made(func(s *state) (any, error) { return s.scopes[len(s.scopes)-1].item, nil })
	case "index":
		return p.made(func(s *state) (any, error) { return s.scopes[len(s.scopes)-1].index, nil })
	case "acc":
		return p.made(func(s *state) (any, error) { return s.scopes[len(s.scopes)-1].acc, nil })
	}
	p.fail(t, "there is no #%s, only #, #index and #acc", what)
	return nil
}

// sequence0 parses an element of a list or an argument.
func (p *parser) sequence0() node { return p.binary(0) }

// list parses elements up to the closing bracket; a comma may stand before it.
func (p *parser) list(closing string, element func() node) []node {
	var out []node
	for p.err == nil && !p.is(closing) {
		if len(out) > 0 {
			if p.expect(","); p.is(closing) {
				break
			}
		}
		out = append(out, element())
	}
	p.expect(closing)
	return out
}

// object parses what follows {: keys are names, strings, numbers, or expressions in brackets.
func (p *parser) object() node {
	var keys []node
	values := p.list("}", func() node {
		t := p.tok()
		if p.is("(") {
			keys = append(keys, p.binary(0))
		} else {
			if p.next(); t.kind != name && t.kind != text && t.kind != number {
				p.fail(t, "an object's key is a name, a string, a number or an expression in brackets, got %v", t)
			}
			keys = append(keys, constant(t.text))
		}
		p.expect(":")
		return p.binary(0)
	})
	return p.made(objectOf(keys, values))
}

// postfix parses .name, ?.name, [index], [from:to] behind an operand. After ?. the rest of the chain is nil where it is nil.
func (p *parser) postfix(n node) node {
	chained := false
	for p.err == nil && p.is(".", "?.", "[") {
		t := p.next()
		optional := t.text == "?."
		chained = chained || optional
		if optional && p.accept("[") || t.text == "[" {
			n = p.index(n, t, optional)
			continue
		}
		f := p.next()
		if f.kind != name {
			p.fail(f, "want a name after %q, got %v", t.text, f)
		}
		if p.is("(") {
			p.fail(f, "values have no methods; write %s(value)", f.text)
		}
		n = p.made(member(f, n, constant(f.text), optional))
	}
	if chained {
		return absent(n)
	}
	return n
}

// index parses what follows [.
func (p *parser) index(n node, at token, optional bool) node {
	var from, to node
	if !p.is(":") {
		from = p.binary(0)
	}
	if p.accept("]") {
		return p.made(member(at, n, from, optional))
	}
	p.expect(":")
	if !p.is("]") {
		to = p.binary(0)
	}
	p.expect("]")
	return p.made(slice(at, n, from, to))
}

// call parses the arguments of a function. given is what stands before a pipe.
func (p *parser) call(f token, given ...node) node {
	if f.kind != name {
		p.fail(f, "want a function after |, got %v", f)
		return nil
	}
	p.expect("(")
	if pr, ok := p.predicates[f.text]; ok {
		return p.made(p.overList(f, pr, given))
	}
	fn, ok := p.functions[f.text]
	if !ok {
		if p.err == nil {
			p.fail(f, "")
			p.err = &Error{Reason: fmt.Sprintf("no function %q", f.text), Column: f.column, Unknown: f.text}
		}
		return nil
	}
	args := append(given, p.list(")", p.sequence0)...)
	if len(args) < fn.least || fn.most >= 0 && len(args) > fn.most {
		p.fail(f, "%s takes %s, got %d", f.text, fn.counts(), len(args))
	}
	return p.made(apply(f, fn, args))
}
