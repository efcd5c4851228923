package plan

import (
	"bytes"
	"encoding/binary"
	mathbits "math/bits"
	"strings"

	"github.com/plumbline-sync/plumbline/shared/record"
)

// Lines and keys are canonical JSON: what is wanted of them is cut out of the bytes, nothing is decoded.

// cutValue returns the length of the canonical JSON value that src begins with.
func cutValue(src []byte) int {
	depth := 0
	for i := 0; i < len(src); i++ {
		switch src[i] {
		case '"':
			for i++; i < len(src) && src[i] != '"'; i++ {
				if src[i] == '\\' {
					i++
				}
			}
			if depth == 0 {
				return min(i+1, len(src))
			}
		case '[', '{':
			depth++
		case ']', '}':
			if depth == 0 {
				return i
			}
			if depth--; depth == 0 {
				return i + 1
			}
		case ',':
			if depth == 0 {
				return i
			}
		}
	}
	return len(src)
}

// lineParts are the parts of a snapshot's line.
type lineParts struct {
	key    []byte
	parent []byte // empty: none
	attrs  []byte // the object
	local  []byte // the object; empty: none
	flags  record.Flags
}

// cutLine cuts a snapshot's line.
func cutLine(l record.Line) (p lineParts) {
	const k, parent, attrs, local = `{"k":`, `,"p":`, `,"a":`, `,"l":`
	if len(l) == 0 {
		return p
	}
	tab := len(l.Compared())
	rest := l[len(k):tab]
	n := cutValue(rest)
	p.key, rest = rest[:n], rest[n:]
	if bytes.HasPrefix(rest, []byte(parent)) {
		rest = rest[len(parent):]
		n = cutValue(rest)
		p.parent, rest = rest[:n], rest[n:]
	}
	p.attrs = rest[min(len(attrs), len(rest)):]
	tail := l[tab+1 : len(l)-1]
	if i := bytes.Index(tail, []byte(local)); i >= 0 {
		p.local = tail[i+len(local):]
		tail = tail[:i]
	}
	if len(tail) > 0 { // a spelling, or flags
		p.flags = l.Flags()
	}
	return p
}

// appendName appends the record's name, its shortname, as a JSON string, from the spelled identifiers or else the key.
func (k *kind) appendName(dst, key, ids []byte) []byte {
	list := key
	skip := 1 // the kind
	if len(ids) > 0 {
		list, skip = ids[len(idsMember):], 0
	}
	var parts [8][]byte
	values := parts[:0]
	list = list[1:]
	for len(list) > 0 && list[0] != ']' {
		n := cutValue(list)
		if skip == 0 {
			values = append(values, list[:n])
		} else {
			skip--
		}
		if list = list[n:]; len(list) > 0 && list[0] == ',' {
			list = list[1:]
		}
	}
	dst = append(dst, '"')
	if len(k.short) == 0 {
		for i, v := range values {
			dst = appendWord(dst, v, i)
		}
	}
	n := 0
	for _, i := range k.short {
		if i >= 0 && i < len(values) {
			dst = appendWord(dst, values[i], n)
			n++
		}
	}
	return append(dst, '"')
}

const idsMember = `,"ids":`

// appendWord appends the inside of a JSON string that shows the value.
func appendWord(dst, v []byte, i int) []byte {
	if i > 0 {
		dst = append(dst, ' ')
	}
	if len(v) >= 2 && v[0] == '"' {
		return append(dst, v[1:len(v)-1]...) // a string in a string: its escapes stay right
	}
	if bytes.IndexByte(v, '"') < 0 {
		return append(dst, v...)
	}
	q := record.AppendString(nil, string(v))
	return append(dst, q[1:len(q)-1]...)
}

// member is one of an object's, its name without quotes (and without escapes where it has none).
type member struct{ name, value []byte }

// cutMember cuts the first member off the inside of an object, with the comma after it; ok is false at the end.
func cutMember(src []byte) (m member, rest []byte, ok bool) {
	if len(src) < 2 || src[0] != '"' {
		return m, nil, false
	}
	n := cutValue(src)
	m.name = src[1 : n-1]
	src = src[min(n+1, len(src)):]
	n = cutValue(src)
	m.value = src[:n:n]
	if n < len(src) && src[n] == ',' {
		n++
	}
	return m, src[n:], true
}

// same returns how many bytes two texts have in common at their beginning.
func same(a, b []byte) int {
	n := min(len(a), len(b))
	i := 0
	for ; i+8 <= n; i += 8 {
		if x := binary.LittleEndian.Uint64(a[i:]) ^ binary.LittleEndian.Uint64(b[i:]); x != 0 {
			return i + mathbits.TrailingZeros64(x)/8
		}
	}
	for i < n && a[i] == b[i] {
		i++
	}
	return i
}

// differences calls fn for each member in which two objects with sorted members differ as bytes; a value is nil where the member is missing. What is equal is passed over.
func differences(a, b []byte, fn func(name []byte, x, y record.Value)) {
	a, b = inside(a), inside(b)
	for len(a) > 0 || len(b) > 0 {
		equal := same(a, b)
		if equal == len(a) && equal == len(b) {
			return
		}
		for { // pass over the members that end before the first difference
			_, rest, ok := cutMember(a)
			n := len(a) - len(rest)
			if !ok || n > equal || rest == nil || a[n-1] != ',' {
				break
			}
			a, b, equal = rest, b[n:], equal-n
		}
		x, restA, okA := cutMember(a)
		y, restB, okB := cutMember(b)
		c := compareNames(x.name, y.name)
		switch {
		case okA && (!okB || c < 0):
			fn(x.name, x.value, nil)
			a = restA
		case okB && (!okA || c > 0):
			fn(y.name, nil, y.value)
			b = restB
		case okA && okB:
			if !bytes.Equal(x.value, y.value) {
				fn(x.name, x.value, y.value)
			}
			a, b = restA, restB
		default:
			return
		}
	}
}

// compareNames compares two names as objects are sorted: without their escapes.
func compareNames(a, b []byte) int {
	if bytes.IndexByte(a, '\\') < 0 && bytes.IndexByte(b, '\\') < 0 {
		return bytes.Compare(a, b)
	}
	return strings.Compare(nameOf(a), nameOf(b))
}

func inside(object []byte) []byte {
	if len(object) < 2 {
		return nil
	}
	return object[1 : len(object)-1]
}
