package expression

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// kind is what a token is.
type kind int

const (
	end    kind = iota
	name        // a name or a word: text is it
	number      // text as it stands
	text        // a string: text is what it means
	sign        // an operator or bracket: text is it
)

// token is a piece of the text of an expression.
type token struct {
	kind   kind
	text   string
	column int // in characters from 1
}

// String returns the token for a message.
func (t token) String() string {
	if t.kind == end {
		return "end of the expression"
	}
	return strconv.Quote(t.text)
}

// lex cuts the text into tokens; the last is an end.
func lex(src string) ([]token, error) {
	l := &lexer{src: src, column: 1}
	var out []token
	for {
		if err := l.blank(); err != nil {
			return nil, err
		}
		t := token{column: l.column}
		r, _ := utf8.DecodeRuneInString(l.src)
		var err error
		switch {
		case l.src == "":
			return append(out, t), nil
		case r >= '0' && r <= '9' || r == '.' && len(l.src) > 1 && l.src[1] >= '0' && l.src[1] <= '9':
			t.kind, t.text = number, l.take(l.numeral())
		case r == '"' || r == '\'' || r == '`':
			t.kind = text
			t.text, err = l.quoted(byte(r))
		case letter(r):
			t.kind, t.text = name, l.take(strings.IndexFunc(l.src+" ", func(r rune) bool { return !letter(r) && !unicode.IsDigit(r) }))
		default:
			t.kind = sign
			if t.text = l.take(l.operator()); t.text == "" {
				err = &Error{Reason: fmt.Sprintf("unexpected character %q", r), Column: l.column}
			}
		}
		if err != nil {
			return nil, err
		}
		out = append(out, t)
	}
}

// letter reports whether a name may begin with r.
func letter(r rune) bool { return r == '_' || r == '$' || unicode.IsLetter(r) }

// lexer holds what of the text is not yet cut.
type lexer struct {
	src    string
	column int
}

// take cuts off n bytes.
func (l *lexer) take(n int) string {
	t := l.src[:n]
	l.src, l.column = l.src[n:], l.column+utf8.RuneCountInString(t)
	return t
}

// blank takes blanks and comments.
func (l *lexer) blank() error {
	for {
		l.take(len(l.src) - len(strings.TrimLeftFunc(l.src, unicode.IsSpace)))
		switch {
		case strings.HasPrefix(l.src, "//"):
			line, _, _ := strings.Cut(l.src, "\n")
			l.take(len(line))
		case strings.HasPrefix(l.src, "/*"):
			at := strings.Index(l.src[2:], "*/")
			if at < 0 {
				return &Error{Reason: "the comment does not end", Column: l.column}
			}
			l.take(at + 4)
		default:
			return nil
		}
	}
}

// numeral returns the length of the number that the text begins with. `1..3` is a range, no number with a point.
func (l *lexer) numeral() int {
	s, i := l.src, 0
	hex := len(s) > 1 && s[0] == '0' && strings.ContainsRune("xXbBoO", rune(s[1]))
	for i < len(s) {
		c := s[i]
		digit := c >= '0' && c <= '9' || c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		point := c == '.' && !hex && i+1 < len(s) && s[i+1] != '.' && !strings.ContainsAny(s[:i], ".eE")
		exp := (c == '+' || c == '-') && !hex && i > 0 && (s[i-1] == 'e' || s[i-1] == 'E')
		if !digit && !point && !exp {
			break
		}
		i++
	}
	return i
}

// operator returns the length of the operator that the text begins with, 0 where there is none.
func (l *lexer) operator() int {
	for _, op := range []string{"==", "!=", "<=", ">=", "&&", "||", "**", "??", "?.", "?:", ".."} {
		if strings.HasPrefix(l.src, op) {
			if op == "?:" {
				return 1 // `a ?: b` is `a ? a : b`
			}
			return 2
		}
	}
	if strings.IndexByte("+-*/%^<>!?:.,;=|#()[]{}", l.src[0]) >= 0 {
		return 1
	}
	return 0
}

// quoted takes a string and returns what it means.
func (l *lexer) quoted(quote byte) (string, error) {
	at := l.column
	for i := 1; i < len(l.src); i++ {
		switch c := l.src[i]; {
		case c == quote:
			inner := l.take(i + 1)
			inner = inner[1:i]
			if quote == '`' {
				return inner, nil
			}
			return unescape(inner, quote, at)
		case c == '\\' && quote != '`':
			i++
		}
	}
	return "", &Error{Reason: "the string does not end", Column: at}
}

// unescape resolves the escapes of a string.
func unescape(s string, quote byte, at int) (string, error) {
	var b strings.Builder
	for s != "" {
		r, _, rest, err := strconv.UnquoteChar(s, quote)
		if err != nil {
			switch { // the other quote needs no escape but may have one, and a line may end within a string
			case len(s) > 1 && s[0] == '\\' && (s[1] == '"' || s[1] == '\'' || s[1] == '`'):
				r, rest = rune(s[1]), s[2:]
			default:
				return "", &Error{Reason: fmt.Sprintf("the string has an escape that means nothing: %.6s", s), Column: at}
			}
		}
		b.WriteRune(r)
		s = rest
	}
	return b.String(), nil
}
