package record

import "strings"

// MakeKey returns the key of kind and identifiers.
func MakeKey(kind string, ids ...Value) Key { return Key(AppendKey(nil, kind, ids...)) }

// AppendKey appends the text of the key of kind and identifiers.
func AppendKey(dst []byte, kind string, ids ...Value) []byte {
	dst = AppendString(append(dst, '['), kind)
	for _, id := range ids {
		dst = append(append(dst, ','), id...)
	}
	return append(dst, ']')
}

// KindPrefix returns what the keys of a kind, and no others, begin with.
func KindPrefix(kind string) string {
	return string(append(AppendString([]byte{'['}, kind), ','))
}

// Kind returns the kind in the key; "" for the empty key.
func (k Key) Kind() string {
	if len(k) < 2 {
		return ""
	}
	end := strings.IndexByte(string(k[2:]), '"') + 2
	if end > 2 && k[end-1] != '\\' {
		return string(k[2:end])
	}
	b := []byte(k)
	return unquote(b[1:skipString(b, 1)])
}

// IDs returns the identifiers in the key.
func (k Key) IDs() []Value {
	if all := appendElements(nil, []byte(k)); len(all) > 0 {
		return all[1:]
	}
	return nil
}

// String returns the key for people: the kind and the identifiers, blanks between them.
func (k Key) String() string {
	var s strings.Builder
	s.WriteString(k.Kind())
	for _, id := range k.IDs() {
		s.WriteByte(' ')
		s.WriteString(id.String())
	}
	return s.String()
}
