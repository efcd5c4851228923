package record

import (
	"bytes"
	"slices"
	"strconv"
)

const maxDepth = 500

// canon writes canonical JSON. It keeps scratch space from one text to the next.
type canon struct {
	members []member // a stack: those of the objects that are open; left as it is by an error
	scratch []byte
}

// member is one member of an object that is being written: its name, unescaped, and where it stands in the output.
type member struct {
	name       []byte
	start, end int
	at         int // of the name in the input
}

// AppendCanonical appends the canonical form of one JSON text, white space around it allowed. Refused with a *SyntaxError: bad syntax, duplicate names, invalid UTF-8, lone surrogates,
// more than 500 levels, and numbers with exponents beyond a thousand million.
func AppendCanonical(dst, src []byte) ([]byte, error) {
	var c canon
	out, i, err := c.value(dst, src, skipSpace(src, 0), 0)
	if err != nil {
		return dst, err
	}
	if i = skipSpace(src, i); i < len(src) {
		return dst, bad(i, "more text after the value, from "+quoteByte(src[i])+" on")
	}
	return out, nil
}

// value appends the canonical form of the value at src[i] and returns where it ends.
func (c *canon) value(dst, src []byte, i, depth int) ([]byte, int, error) {
	if i >= len(src) {
		return dst, i, bad(i, "the text ends where a value should stand")
	}
	switch src[i] {
	case '"':
		return appendQuoted(dst, src, i)
	case '{':
		return c.object(dst, src, i, depth+1)
	case '[':
		return c.array(dst, src, i, depth+1)
	case 't', 'f', 'n':
		end, err := scanLiteral(src, i)
		if err != nil {
			return dst, i, err
		}
		return append(dst, src[i:end]...), end, nil
	}
	end, ok, err := scanNumber(src, i)
	if err != nil {
		return dst, i, err
	}
	if ok {
		return append(dst, src[i:end]...), end, nil
	}
	dst, err = appendNumber(dst, src[i:end], i)
	return dst, end, err
}

// appendQuoted appends the canonical form of the string whose quote is src[i].
func appendQuoted(dst, src []byte, i int) ([]byte, int, error) {
	end, escaped, high, err := scanString(src, i+1)
	if err != nil {
		return dst, i, err
	}
	if high {
		if err := validUTF8(src, i+1, end); err != nil {
			return dst, i, err
		}
	}
	if !escaped {
		return append(dst, src[i:end+1]...), end + 1, nil
	}
	dst, err = appendRequoted(dst, src, i+1, end)
	return dst, end + 1, err
}

func scanLiteral(src []byte, i int) (int, error) {
	for _, word := range []string{True, False, Null} {
		if len(src)-i >= len(word) && string(src[i:i+len(word)]) == word {
			return i + len(word), nil
		}
	}
	return i, notNumber(src, i)
}

func (c *canon) array(dst, src []byte, i, depth int) ([]byte, int, error) {
	if depth > maxDepth {
		return dst, i, bad(i, "more than 500 levels of arrays and objects")
	}
	dst = append(dst, '[')
	i = skipSpace(src, i+1)
	if i < len(src) && src[i] == ']' {
		return append(dst, ']'), i + 1, nil
	}
	for {
		var err error
		if dst, i, err = c.value(dst, src, i, depth); err != nil {
			return dst, i, err
		}
		i = skipSpace(src, i)
		switch {
		case i >= len(src):
			return dst, i, bad(i, "the text ends inside an array")
		case src[i] == ']':
			return append(dst, ']'), i + 1, nil
		case src[i] != ',':
			return dst, i, bad(i, "a comma or ] should stand here, not "+quoteByte(src[i]))
		}
		dst = append(dst, ',')
		i = skipSpace(src, i+1)
	}
}

func (c *canon) object(dst, src []byte, i, depth int) ([]byte, int, error) {
	if depth > maxDepth {
		return dst, i, bad(i, "more than 500 levels of arrays and objects")
	}
	base := len(c.members)
	dst = append(dst, '{')
	begin := len(dst)
	i = skipSpace(src, i+1)
	if i < len(src) && src[i] == '}' {
		return append(dst, '}'), i + 1, nil
	}
	sorted := true
	for {
		m := member{start: len(dst), at: i}
		var err error
		if dst, m.name, i, err = appendName(dst, src, i); err != nil {
			return dst, i, err
		}
		if dst, i, err = c.value(dst, src, i, depth); err != nil {
			return dst, i, err
		}
		m.end = len(dst)
		if n := len(c.members); n > base && bytes.Compare(c.members[n-1].name, m.name) >= 0 {
			sorted = false
		}
		c.members = append(c.members, m)
		i = skipSpace(src, i)
		if i >= len(src) {
			return dst, i, bad(i, "the text ends inside an object")
		}
		if src[i] == '}' {
			break
		}
		if src[i] != ',' {
			return dst, i, bad(i, "a comma or } should stand here, not "+quoteByte(src[i]))
		}
		dst = append(dst, ',')
		i = skipSpace(src, i+1)
	}
	if !sorted {
		if err := c.sortMembers(dst, begin, c.members[base:]); err != nil {
			return dst, i, err
		}
	}
	c.members = c.members[:base]
	return append(dst, '}'), i + 1, nil
}

// appendName appends the member name at src[i] with its colon; it returns the name unescaped and where the value begins.
func appendName(dst, src []byte, i int) ([]byte, []byte, int, error) {
	if i >= len(src) {
		return dst, nil, i, bad(i, "the text ends inside an object")
	}
	if src[i] != '"' {
		return dst, nil, i, bad(i, "a quoted name should stand here, not "+quoteByte(src[i]))
	}
	start := len(dst)
	dst, end, err := appendQuoted(dst, src, i)
	if err != nil {
		return dst, nil, i, err
	}
	name := src[i+1 : end-1]
	if bytes.IndexByte(name, '\\') >= 0 {
		name = []byte(unquote(dst[start:]))
	}
	if i = skipSpace(src, end); i >= len(src) {
		return dst, nil, i, bad(i, "the text ends inside an object")
	}
	if src[i] != ':' {
		return dst, nil, i, bad(i, "a colon should stand here, not "+quoteByte(src[i]))
	}
	return append(dst, ':'), name, skipSpace(src, i+1), nil
}

// sortMembers puts the members written to dst from begin on in the order of their names.
func (c *canon) sortMembers(dst []byte, begin int, members []member) error {
	slices.SortFunc(members, func(a, b member) int {
		if d := bytes.Compare(a.name, b.name); d != 0 {
			return d
		}
		return a.at - b.at
	})
	c.scratch = append(c.scratch[:0], dst[begin:]...)
	out := dst[:begin]
	for k, m := range members {
		if k > 0 {
			if bytes.Equal(members[k-1].name, m.name) {
				return duplicate(m.at, string(m.name))
			}
			out = append(out, ',')
		}
		out = append(out, c.scratch[m.start-begin:m.end-begin]...)
	}
	return nil
}

func duplicate(at int, name string) error {
	return bad(at, "the name "+strconv.Quote(name)+" stands twice in one object")
}

func skipSpace(src []byte, i int) int {
	for i < len(src) && (src[i] == ' ' || src[i] == '\n' || src[i] == '\r' || src[i] == '\t') {
		i++
	}
	return i
}

func quoteByte(c byte) string {
	if c >= 0x80 || c < ' ' {
		return "byte 0x" + strconv.FormatUint(uint64(c), 16)
	}
	return string(rune(c))
}
