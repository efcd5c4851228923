package record

import (
	"bytes"
	"encoding/binary"
	"math/bits"
)

// The functions here cut canonical text; on any other text they return nonsense, but never look outside it.

// skipString returns the place after the string whose quote is b[i].
func skipString(b []byte, i int) int {
	i++
	for {
		for ; i+8 <= len(b); i += 8 {
			x := binary.LittleEndian.Uint64(b[i:])
			quote, slash := x^'"'*ones, x^'\\'*ones
			if hit := ((quote-ones)&^quote | (slash-ones)&^slash) & highs; hit != 0 {
				i += bits.TrailingZeros64(hit) >> 3
				break
			}
		}
		for i < len(b) && b[i] != '"' && b[i] != '\\' {
			i++
		}
		if i >= len(b) {
			return len(b)
		}
		if b[i] == '"' {
			return i + 1
		}
		i += 2
	}
}

// skipValue returns the place after the value at b[i].
func skipValue(b []byte, i int) int {
	if i >= len(b) {
		return len(b)
	}
	switch b[i] {
	case '"':
		return skipString(b, i)
	case '{', '[':
	default:
		for i < len(b) && b[i] != ',' && b[i] != '}' && b[i] != ']' && b[i] != '\t' {
			i++
		}
		return i
	}
	depth := 0
	for i < len(b) {
		switch b[i] {
		case '"':
			i = skipString(b, i)
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
		i++
	}
	return len(b)
}

// appendMembers appends the members of the canonical object at b[0] to dst[:0]. Where the old content of dst has the same name at the same place, that string is used again.
func appendMembers(dst Fields, b []byte) Fields {
	old := dst[:cap(dst)]
	dst = dst[:0]
	if len(b) < 2 || b[0] != '{' {
		return dst
	}
	for i := 1; i < len(b) && b[i] == '"'; {
		end := skipString(b, i)
		quoted := b[i:end]
		var name string
		switch n := len(dst); {
		case len(quoted) < 2:
			return dst
		case n < len(old) && old[n].Name == string(quoted[1:len(quoted)-1]) && bytes.IndexByte(quoted, '\\') < 0:
			name = old[n].Name
		default:
			name = unquote(quoted)
		}
		start := min(end+1, len(b))
		i = skipValue(b, start)
		dst = append(dst, Field{Name: name, Value: Value(b[start:i:i])})
		i++ // the comma, or the end
	}
	return dst
}

// appendElements appends the elements of the canonical array at b[0].
func appendElements(dst []Value, b []byte) []Value {
	if len(b) < 2 || b[0] != '[' {
		return dst
	}
	for i := 1; i < len(b) && b[i] != ']'; {
		end := skipValue(b, i)
		dst = append(dst, Value(b[i:end:end]))
		i = end + 1
	}
	return dst
}
