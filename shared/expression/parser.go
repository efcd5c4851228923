package expression

import (
	"fmt"
	"slices"
	"strings"
)

// maxLevels bounds the nesting of an expression.
const maxLevels = 200

// parser turns tokens into nodes by precedence climbing. After the first error it stands at the end, so that every loop ends.
type parser struct {
	tokens []token
	err    error
	nodes  int
	level  int      // of nesting
	depth  int      // of predicates around
	bound  []string // names of `let` around; their places in state.lets
	names  []string
	all    bool

	functions  map[string]function
	predicates map[string]predicate
}

func newParser(tokens []token) *parser {
	return &parser{tokens: tokens, functions: functions(), predicates: predicates()}
}

func (p *parser) tok() token { return p.tokens[0] }

// next takes a token.
func (p *parser) next() token {
	t := p.tokens[0]
	if t.kind != end {
		p.tokens = p.tokens[1:]
	}
	return t
}

// is reports whether the next token is one of the operators, brackets or words.
func (p *parser) is(texts ...string) bool {
	t := p.tok()
	return (t.kind == sign || t.kind == name) && slices.Contains(texts, t.text)
}

// accept takes the operator, bracket or word if it is next.
func (p *parser) accept(text string) bool {
	if p.is(text) {
		p.next()
		return true
	}
	return false
}

func (p *parser) expect(text string) {
	if !p.accept(text) {
		p.unexpected()
	}
}

func (p *parser) unexpected() { p.fail(p.tok(), "unexpected %v", p.tok()) }

// fail notes the first error.
func (p *parser) fail(at token, format string, args ...any) {
	if p.err == nil {
		p.err = &Error{Reason: fmt.Sprintf(format, args...), Column: at.column}
	}
	p.tokens = p.tokens[len(p.tokens)-1:]
}

// made counts a node.
func (p *parser) made(n node) node {
	if p.nodes++; p.nodes > maxNodes {
		p.fail(p.tok(), "the expression is too long: more than %d parts", maxNodes)
	}
	return n
}

// sequence parses an expression that may begin with `let`.
func (p *parser) sequence() node { return p.binary(0) }

// precedences are those of expr-lang. -1: the token joins nothing.
func precedence(op string) int {
	switch op {
	case "|":
		return 0
	case "||", "or":
		return 10
	case "&&", "and":
		return 15
	case "==", "!=", "<", ">", "<=", ">=", "in", "matches", "contains", "startsWith", "endsWith":
		return 20
	case "..":
		return 25
	case "+", "-":
		return 30
	case "*", "/", "%":
		return 60
	case "**", "^":
		return 100
	case "??":
		return 500
	}
	return -1
}

// binary parses operands joined by operators that bind at least as tightly as floor.
func (p *parser) binary(floor int) node {
	if p.level++; p.level > maxLevels {
		p.fail(p.tok(), "the expression is nested too deeply: more than %d levels", maxLevels)
	}
	defer func() { p.level-- }()
	if p.err != nil {
		return nil
	}
	switch {
	case floor == 0 && p.accept("let"):
		return p.let()
	case floor == 0 && p.accept("if"):
		return p.ifElse()
	}
	left, before := p.unary(), ""
	for p.err == nil {
		op, negated := p.tok(), false
		if op.kind != sign && op.kind != name {
			break
		}
		if op.text == "not" && op.kind == name && len(p.tokens) > 1 && slices.Contains([]string{"in", "matches", "contains", "startsWith", "endsWith"}, p.tokens[1].text) {
			op, negated = p.tokens[1], true
		}
		prec := precedence(op.text)
		if prec < floor {
			break
		}
		if negated {
			p.next()
		}
		p.next()
		switch {
		case op.text == "|":
			left = p.call(p.next(), left)
		case before == "??" && op.text != "??":
			p.fail(op, "%q after ?? needs brackets around one of them", op.text)
		case strings.ContainsAny(op.text, "<>"):
			left = p.comparison(left, op, prec)
		case op.text == "**" || op.text == "^":
			left = p.made(arithmetic(op, left, p.binary(prec)))
		default:
			left = p.made(join(p, op, left, p.binary(prec+1)))
		}
		if negated {
			left = p.made(not(op, left))
		}
		before = op.text
	}
	if floor == 0 {
		left = p.choice(left)
	}
	return left
}

// comparison parses a < b, and a < b < c as a < b and b < c.
func (p *parser) comparison(left node, op token, prec int) node {
	var all node
	for {
		right := p.binary(prec + 1)
		one := p.made(compare(op, left, right))
		if all == nil {
			all = one
		} else {
			all = p.made(both(op, all, one))
		}
		if !p.is("<", ">", "<=", ">=") {
			return all
		}
		left, op = right, p.next()
	}
}

// choice parses what may follow: ? a : b, and ?: b.
func (p *parser) choice(cond node) node {
	for p.is("?") {
		at := p.next()
		yes := cond
		if !p.is(":") {
			yes = p.binary(0)
		}
		p.expect(":")
		cond = p.made(choose(at, cond, yes, p.binary(0)))
	}
	return cond
}

func (p *parser) ifElse() node {
	at := p.tok()
	cond := p.binary(0)
	p.expect("{")
	yes := p.sequence()
	p.expect("}")
	p.expect("else")
	if p.accept("if") {
		return p.made(choose(at, cond, yes, p.ifElse()))
	}
	p.expect("{")
	no := p.sequence()
	p.expect("}")
	return p.made(choose(at, cond, yes, no))
}

// let parses NAME = VALUE; EXPRESSION.
func (p *parser) let() node {
	t := p.next()
	if t.kind != name {
		p.fail(t, "let wants a name, got %v", t)
		return nil
	}
	p.expect("=")
	value := p.binary(0)
	p.expect(";")
	place := len(p.bound)
	p.bound = append(p.bound, t.text)
	body := p.sequence()
	p.bound = p.bound[:place]
	return p.made(func(s *state) (any, error) {
		v, err := value(s)
		if err != nil {
			return nil, err
		}
		s.lets = append(s.lets[:min(place, len(s.lets))], v)
		return body(s)
	})
}
