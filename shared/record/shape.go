package record

import "strconv"

// Shape makes many lines of records that have the same attributes: their names are encoded once.
type Shape struct{ tags []string }

// NewShape returns the shape of records with attributes of these names, sorted.
func NewShape(names []string) *Shape {
	s := &Shape{}
	for i, n := range names {
		c := byte(',')
		if i == 0 {
			c = '{'
		}
		s.tags = append(s.tags, string(append(AppendString([]byte{c}, n), ':')))
	}
	return s
}

// AppendLine is the function of that name for values in the order of the shape's names; absent ones are left out. key and parent are the text of keys.
func (s *Shape) AppendLine(dst, key, parent []byte, values []Value, spelling []Value, flags Flags, local Fields) []byte {
	dst = append(append(dst, `{"k":`...), key...)
	if len(parent) > 0 {
		dst = append(append(dst, parentTag...), parent...)
	}
	dst = append(dst, attrsTag...)
	start := len(dst)
	for i, v := range values {
		if len(v) > 0 {
			dst = append(append(dst, s.tags[i]...), v...)
		}
	}
	if len(dst) == start {
		dst = append(dst, '{')
	}
	dst[start] = '{'
	return appendRest(append(dst, '}'), spelling, flags, local)
}

// appendRest appends what follows the attributes: the TAB, what is not compared, and the end.
func appendRest(dst []byte, spelling []Value, flags Flags, local Fields) []byte {
	dst = append(dst, '\t')
	if len(spelling) > 0 {
		dst = append(dst, idsTag...)
		c := byte('[')
		for _, id := range spelling {
			dst = append(append(dst, c), id...)
			c = ','
		}
		dst = append(dst, ']')
	}
	if flags != 0 {
		dst = strconv.AppendUint(append(dst, flagsTag...), uint64(flags), 10)
	}
	if len(local) > 0 {
		start := len(dst)
		dst = AppendObject(append(dst, localTag...), local)
		if len(dst) == start+tagLen+len(`{}`) {
			dst = dst[:start]
		}
	}
	return append(dst, '}')
}
