package plan

import (
	"bytes"

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
	own    bool   // it has flags or a spelling of its own
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
	p.own = len(tail) > 0
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
