package file

import (
	"bytes"
	"errors"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// errEnd says that the file ended where it must not.
var errEnd = errors.New("the file ends in the middle; it is cut off")

// lexer reads the outer structure of a JSON file: brackets, names and whole values, one at a time.
type lexer struct {
	*input
	keep bool   // collect what is passed over
	gap  []byte // white space passed over since the caller last emptied it; only where keep is set
	// first says that nothing of the list or object at hand was read yet.
	first bool
}

// peek returns the next byte that is not blank, without consuming it; 0 at the end of the file.
func (l *lexer) peek() (byte, error) {
	for {
		d := l.data()
		n := skipBlank(d, 0)
		if n > 0 {
			if l.keep {
				l.gap = append(l.gap, d[:n]...)
			}
			l.consume(n, int64(bytes.Count(d[:n], newline)))
		}
		if n < len(d) && d[n] == 0 {
			return 0, fault.Errorf(fault.Invalid, "%s: a byte of zero stands where JSON should; the file is damaged", l.at())
		}
		if n < len(d) {
			return d[n], nil
		}
		ok, err := l.more()
		if err != nil || !ok {
			return 0, err
		}
	}
}

// take consumes the byte c, past blanks; an error where another stands.
func (l *lexer) take(c byte) error {
	got, err := l.peek()
	if err != nil {
		return err
	}
	if got != c {
		return l.unexpected(got, string(c))
	}
	l.consume(1, 0)
	return nil
}

// unexpected is the error for a byte that must not stand there.
func (l *lexer) unexpected(got byte, want string) error {
	if got == 0 {
		return fault.Errorf(fault.Invalid, "%s: %w", l.at(), errEnd)
	}
	return fault.Errorf(fault.Invalid, "%s: want %s, got %q", l.at(), want, string(rune(got)))
}

// separator passes over what stands before the next element: true where there is one, false where the list or object ended with the bracket.
func (l *lexer) separator(end byte) (bool, error) {
	c, err := l.peek()
	if err != nil {
		return false, err
	}
	if c == end {
		l.consume(1, 0)
		return false, nil
	}
	if l.first {
		l.first = false
		return true, nil
	}
	if c != ',' {
		return false, l.unexpected(c, "a comma or "+string(end))
	}
	l.consume(1, 0)
	l.gap = l.gap[:0] // what stands before a comma is nobody's
	if c, err = l.peek(); err == nil && c == end {
		return false, l.unexpected(c, "a value after the comma")
	}
	return true, err
}

// name reads the name of a member of an object, and the colon after it.
func (l *lexer) name() (string, error) {
	at := l.at()
	text, err := l.value()
	if err != nil {
		return "", err
	}
	v, err := record.AppendCanonical(nil, text)
	name, ok := record.Value(v).Text()
	if err != nil || !ok {
		return "", fault.Errorf(fault.Invalid, "%s: want a name in quotes, got %s", at, short(text))
	}
	return name, l.take(':')
}

// value returns the text of the next value, past blanks. It is consumed, and readable until the next call.
// Of a value that is too long nothing but errLong is returned, and it is passed over. It looks only at quotes and brackets.
func (l *lexer) value() ([]byte, error) {
	if c, err := l.peek(); err != nil {
		return nil, err
	} else if c == 0 {
		return nil, l.unexpected(0, "")
	}
	var x extent
	long := false
	for from := 0; ; {
		d := l.data()
		if n, ok := x.scan(d, from); ok {
			l.consume(n, int64(bytes.Count(d[:n], newline)))
			if long {
				return nil, errLong
			}
			return d[:n], nil
		}
		from = len(d)
		ok, err := l.more()
		switch {
		case err == errLong:
			long = true
			l.consume(len(d), int64(bytes.Count(d, newline)))
			from = 0
		case err != nil:
			return nil, err
		case !ok && x.scalar:
			l.consume(len(d), 0)
			return d, nil
		case !ok:
			return nil, l.unexpected(0, "")
		case long:
			l.consume(from, int64(bytes.Count(d, newline)))
			from = 0
		}
	}
}

// extent finds the end of a value, piece by piece.
type extent struct {
	depth           int
	text, esc       bool
	scalar, started bool
}

// scan looks at d[i:] and returns the index after the value; false where d ends before.
func (x *extent) scan(d []byte, i int) (int, bool) {
	for i < len(d) {
		switch {
		case x.text:
			if i = x.string(d, i); x.text {
				return i, false
			}
			if x.depth == 0 {
				return i, true
			}
			continue
		case x.scalar:
			if c := d[i]; c == ',' || c == ']' || c == '}' || c == ':' || isBlank(c) {
				return i, true
			}
			i++
			continue
		case x.depth > 0:
			for i < len(d) && !structural[d[i]] {
				i++
			}
			if i == len(d) {
				return i, false
			}
		}
		switch c := d[i]; c {
		case '"':
			x.text, x.started = true, true
		case '{', '[':
			x.depth++
			x.started = true
		case '}', ']':
			if x.depth == 0 {
				return i, true // nothing where a value should be
			}
			if x.depth--; x.depth == 0 {
				return i + 1, true
			}
		default:
			x.scalar = true
			continue
		}
		i++
	}
	return i, false
}

// string goes to the end of a string that was begun; x.text says whether it ends in d.
func (x *extent) string(d []byte, i int) int {
	if x.esc && i < len(d) {
		x.esc = false
		i++
	}
	for i < len(d) {
		switch d[i] {
		case '"':
			x.text = false
			return i + 1
		case '\\':
			if i+1 == len(d) {
				x.esc = true
				return i + 1
			}
			i++
		}
		i++
	}
	return i
}

// structural are the bytes at which the depth changes or a string begins.
var structural = [256]bool{'"': true, '{': true, '}': true, '[': true, ']': true}
