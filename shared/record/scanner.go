package record

import "bytes"

// Scanner splits JSON objects into fields, fast: a Scanner that is used again allocates nothing for a record. The zero Scanner is ready. It is not for concurrent use.
type Scanner struct {
	canon  canon
	fields Fields
	arena  []byte // canonical values that do not stand in the text as they are
	// names are the names seen, by their text; shape are those of the last object in order: the next most likely has the same.
	names     map[string]*name
	nameBytes int
	shape     []*name
	count     uint64 // of objects
}

// name is an interned name; seen is the count of the last object that had it.
type name struct {
	text string
	seen uint64
}

// Names are forgotten when they become more than this, which only data in the place of names does.
const maxNameBytes = 1 << 20

// Object returns the fields of one JSON object text, in the order of the text, values canonical, white space around it allowed. Fields and values are valid until the next call
// and as long as src is unchanged; names are for ever. What AppendCanonical refuses is refused here; the error is a *SyntaxError and says at which byte.
func (s *Scanner) Object(src []byte) (Fields, error) {
	s.fields, s.arena, s.canon.members = s.fields[:0], s.arena[:0], s.canon.members[:0]
	s.count++
	if s.names == nil || s.nameBytes > maxNameBytes {
		s.names, s.nameBytes, s.shape = map[string]*name{}, 0, nil
	}
	i := skipSpace(src, 0)
	if i >= len(src) {
		return nil, bad(i, "the text is empty; an object should stand here")
	}
	if src[i] != '{' {
		return nil, bad(i, "an object should stand here, not "+quoteByte(src[i]))
	}
	i = skipSpace(src, i+1)
	if i < len(src) && src[i] == '}' {
		return s.finish(src, i)
	}
	for {
		n, at, err := s.name(src, i)
		if err != nil {
			return nil, err
		}
		if n.seen == s.count {
			return nil, duplicate(i, n.text)
		}
		n.seen = s.count
		v, end, err := s.value(src, at)
		if err != nil {
			return nil, err
		}
		s.fields = append(s.fields, Field{Name: n.text, Value: v})
		i = end
		if i < len(src) && src[i] <= ' ' {
			i = skipSpace(src, i)
		}
		if i >= len(src) {
			return nil, bad(i, "the text ends inside an object")
		}
		if src[i] == '}' {
			return s.finish(src, i)
		}
		if src[i] != ',' {
			return nil, bad(i, "a comma or } should stand here, not "+quoteByte(src[i]))
		}
		if i++; i < len(src) && src[i] <= ' ' {
			i = skipSpace(src, i)
		}
	}
}

// finish checks that nothing follows the closing brace at src[i].
func (s *Scanner) finish(src []byte, i int) (Fields, error) {
	if i = skipSpace(src, i+1); i < len(src) {
		return nil, bad(i, "more text after the object, from "+quoteByte(src[i])+" on")
	}
	return s.fields, nil
}

// name reads the name at src[i] and returns where its value begins.
func (s *Scanner) name(src []byte, i int) (*name, int, error) {
	place := len(s.fields)
	if place < len(s.shape) {
		n := s.shape[place]
		end := i + 1 + len(n.text)
		if end+1 < len(src) && src[end] == '"' && src[end+1] == ':' && src[i] == '"' && string(src[i+1:end]) == n.text {
			if end += 2; end < len(src) && src[end] <= ' ' {
				end = skipSpace(src, end)
			}
			return n, end, nil
		}
	}
	if i >= len(src) {
		return nil, i, bad(i, "the text ends inside an object")
	}
	if src[i] != '"' {
		return nil, i, bad(i, "a quoted name should stand here, not "+quoteByte(src[i]))
	}
	end, escaped, high, err := scanString(src, i+1)
	if err != nil {
		return nil, i, err
	}
	if high {
		if err := validUTF8(src, i+1, end); err != nil {
			return nil, i, err
		}
	}
	text := src[i+1 : end]
	if escaped {
		if text, err = appendUnescaped(nil, src, i+1, end); err != nil {
			return nil, i, err
		}
	}
	n := s.intern(text)
	// A name with a quote, a backslash or a control character would match raw text that means something else: it has no place in the shape.
	if !escaped {
		if place == len(s.shape) {
			s.shape = append(s.shape, n)
		} else if place < len(s.shape) {
			s.shape[place] = n
		}
	}
	if i = skipSpace(src, end+1); i >= len(src) {
		return nil, i, bad(i, "the text ends inside an object")
	}
	if src[i] != ':' {
		return nil, i, bad(i, "a colon should stand here, not "+quoteByte(src[i]))
	}
	return n, skipSpace(src, i+1), nil
}

func (s *Scanner) intern(text []byte) *name {
	n := s.names[string(text)]
	if n == nil {
		n = &name{text: string(bytes.Clone(text))}
		s.names[n.text] = n
		s.nameBytes += len(text) + 64
	}
	return n
}

// value reads the value at src[i] and returns where it ends. What is canonical as it stands is not copied.
func (s *Scanner) value(src []byte, i int) (Value, int, error) {
	if i >= len(src) {
		return nil, i, bad(i, "the text ends where a value should stand")
	}
	switch src[i] {
	case '"':
		end, escaped, high, err := scanString(src, i+1)
		if err != nil {
			return nil, i, err
		}
		if high {
			if err := validUTF8(src, i+1, end); err != nil {
				return nil, i, err
			}
		}
		if !escaped {
			return Value(src[i : end+1 : end+1]), end + 1, nil
		}
	case 't', 'f', 'n':
		end, err := scanLiteral(src, i)
		return Value(src[i:end:end]), end, err
	case '{', '[':
	default:
		end, ok, err := scanNumber(src, i)
		if err != nil {
			return nil, i, err
		}
		if ok {
			return Value(src[i:end:end]), end, nil
		}
	}
	start := len(s.arena)
	var end int
	var err error
	s.arena, end, err = s.canon.value(s.arena, src, i, 1)
	if err != nil {
		return nil, i, err
	}
	return Value(s.arena[start:len(s.arena):len(s.arena)]), end, nil
}
