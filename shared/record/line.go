package record

import "bytes"

// Line is one record as a snapshot stores it: canonical JSON, one line, without the newline,
//
//	{"k":["device","ams01-leaf-01"],"p":["site","ams01"],"a":{"role":"leaf"}<TAB>,"s":["AMS01-leaf-01"],"f":4,"l":{"id":5}}
//
// k the key, p the parent's key (left out where none), a the attributes sorted by name; then a raw TAB, which cannot stand raw anywhere else; then what is not compared, each left out when empty:
// s the identifiers' own spelling where it differs from the key's, f the record's flags, l the local values sorted by name. So lines are cut and compared without a parser.
// The methods take a well-formed line (Check tells); what they return points into the line unless it says otherwise.
type Line []byte

const (
	keyAt     = len(`{"k":`)
	parentTag = `,"p":`
	attrsTag  = `,"a":`
	idsTag    = `,"s":`
	flagsTag  = `,"f":`
	localTag  = `,"l":`
	tagLen    = len(attrsTag)
)

// AppendLine appends the line of a record. attrs and local are sorted by name and have canonical values; absent ones among them are left out. spelling is nil where it is the key's.
func AppendLine(dst []byte, key, parent Key, attrs Fields, spelling []Value, flags Flags, local Fields) []byte {
	dst = append(append(dst, `{"k":`...), key...)
	if parent != "" {
		dst = append(append(dst, parentTag...), parent...)
	}
	dst = AppendObject(append(dst, attrsTag...), attrs)
	return appendRest(dst, spelling, flags, local)
}

// AppendObject appends the canonical object of fields that are sorted by name and have canonical values; absent ones are left out.
func AppendObject(dst []byte, fields Fields) []byte {
	c := byte('{')
	for i := range fields {
		f := &fields[i]
		if len(f.Value) == 0 {
			continue
		}
		dst = AppendString(append(dst, c), f.Name)
		dst = append(append(dst, ':'), f.Value...)
		c = ','
	}
	if c == '{' {
		dst = append(dst, c)
	}
	return append(dst, '}')
}

// Key returns the record's key, a copy.
func (l Line) Key() Key { return Key(l.KeyText()) }

// KeyText returns the text of the key, which points into the line.
func (l Line) KeyText() []byte {
	if len(l) < keyAt {
		return nil
	}
	end := skipValue(l, keyAt)
	return l[keyAt:end:end]
}

// Parent returns the parent's key, a copy; "" where there is none.
func (l Line) Parent() Key {
	p, _ := l.parent()
	return Key(p)
}

// parent returns the text of the parent's key and where the attributes' tag begins.
func (l Line) parent() ([]byte, int) {
	end := min(keyAt+len(l.KeyText()), len(l))
	if !bytes.HasPrefix(l[end:], []byte(parentTag)) {
		return nil, end
	}
	start := end + tagLen
	end = skipValue(l, start)
	return l[start:end:end], end
}

// Compared returns the part before the TAB: equal records have equal ones.
func (l Line) Compared() []byte {
	if tab := bytes.IndexByte(l, '\t'); tab >= 0 {
		return l[:tab:tab]
	}
	return l
}

// rest returns the value with the tag after the TAB; the tags stand in order s, f, l.
func (l Line) rest(tag string) []byte {
	i := len(l.Compared()) + 1
	for i+tagLen < len(l) {
		end := skipValue(l, i+tagLen)
		if string(l[i:i+tagLen]) == tag {
			return l[i+tagLen : end : end]
		}
		i = end
	}
	return nil
}

// Flags returns the record's own flags.
func (l Line) Flags() Flags {
	n, _ := Value(l.rest(flagsTag)).Int64()
	return Flags(n)
}

// Local returns the local values.
func (l Line) Local() Fields {
	if v := l.rest(localTag); v != nil {
		return appendMembers(nil, v)
	}
	return nil
}

// IDs returns the identifiers in their own spelling.
func (l Line) IDs() []Value {
	if v := l.rest(idsTag); v != nil {
		return appendElements(nil, v)
	}
	if all := appendElements(nil, l.KeyText()); len(all) > 0 {
		return all[1:]
	}
	return nil
}

// Attrs appends the attributes, sorted by name, to dst[:0] and returns it. Names are no aliases of the line; those that stand in dst's old content at the same place are used again,
// so a loop that hands its dst back does not allocate.
func (l Line) Attrs(dst Fields) Fields {
	_, i := l.parent()
	compared := l.Compared()
	return appendMembers(dst, compared[min(i+tagLen, len(compared)):])
}
