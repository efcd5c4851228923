package plan

import (
	"bytes"
	"slices"
	"strconv"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// Parse reads one line of a plan. The change keeps a copy of it.
func Parse(line []byte) (*Change, error) { return new(parser).line(line) }

// parser reads lines one after the other. Names that stand where the line before had them are not made anew.
type parser struct{ before, set, local record.Fields }

func (p *parser) line(line []byte) (*Change, error) {
	c, ok := p.parse(bytes.Clone(line))
	if !ok {
		return nil, fault.Errorf(fault.Invalid, "read plan: a line is no change: %.80q", line)
	}
	return c, nil
}

func (p *parser) parse(line []byte) (*Change, bool) {
	c := &Change{}
	ok := eachMember(line, func(name string, v record.Value) {
		switch name {
		case "n":
			c.N, _ = v.Int64()
		case "op":
			c.Op = Op(v.String())
		case "key":
			c.Key = record.Key(v)
		case "name":
			c.Name = v.String()
		case "path":
			for _, e := range v.Elements() {
				c.Path = append(c.Path, record.Key(e))
			}
		case "parent":
			c.Parent = record.Key(v)
		case "from":
			c.OldParent = record.Key(v)
		case "ids":
			c.IDs = v.Elements()
		case "before":
			c.Before = fields(v, &p.before)
		case "set":
			c.Set = fields(v, &p.set)
		case "local":
			c.Local = fields(v, &p.local)
		case "references":
			c.References = references(v)
		case "deferred":
			c.Deferred = true
		case "clear":
			c.Clear = true
		case "part":
			c.Part = true
		case "cascade":
			c.Cascade = record.Key(v)
		case "held":
			m := v.Members()
			c.Held = &Held{Code: Code(m.Get("code").String()), Detail: m.Get("detail").String()}
		}
	})
	if !ok || c.Key == "" || opNumber(c.Op) == 0xff {
		return nil, false
	}
	if c.IDs == nil {
		c.IDs = c.Key.IDs()
	}
	switch c.Op {
	case Create:
		c.After = c.Set
	case Update, Move:
		c.After = overlay(c.Before, c.Set)
	}
	return c, true
}

// fields returns the members of an object; never nil, so that an empty object is told from an absent one. used holds those of the line before.
func fields(v record.Value, used *record.Fields) record.Fields {
	*used = v.AppendMembers(*used)
	return append(make(record.Fields, 0, len(*used)), *used...)
}

func references(v record.Value) []Reference {
	var rs []Reference
	for _, e := range v.Elements() {
		if pair := e.Elements(); len(pair) == 2 {
			rs = append(rs, Reference{Attribute: pair[0].String(), Key: record.Key(pair[1])})
		}
	}
	return rs
}

// overlay returns before with the values of set; both are sorted by name.
func overlay(before, set record.Fields) record.Fields {
	after := make(record.Fields, 0, len(before)+len(set))
	i, j := 0, 0
	for i < len(before) || j < len(set) {
		switch {
		case j == len(set) || i < len(before) && before[i].Name < set[j].Name:
			after = append(after, before[i])
			i++
		case i == len(before) || set[j].Name < before[i].Name:
			after = append(after, set[j])
			j++
		default:
			after = append(after, set[j])
			i++
			j++
		}
	}
	return slices.Clip(after)
}

// eachMember calls fn for the members of a canonical object, in its order; false where it is none.
func eachMember(src []byte, fn func(name string, v record.Value)) bool {
	if len(src) < 2 || src[0] != '{' || src[len(src)-1] != '}' {
		return false
	}
	rest := src[1 : len(src)-1]
	for len(rest) > 0 {
		n := cutValue(rest)
		if n < 2 || rest[0] != '"' || n >= len(rest) || rest[n] != ':' {
			return false
		}
		name := string(rest[1 : n-1])
		rest = rest[n+1:]
		if n = cutValue(rest); n == 0 {
			return false
		}
		fn(name, rest[:n:n])
		if rest = rest[n:]; len(rest) > 0 {
			if rest[0] != ',' {
				return false
			}
			rest = rest[1:]
		}
	}
	return true
}

// AppendJSON appends the change as a plan's line has it, without a line break.
func (c *Change) AppendJSON(dst []byte) []byte {
	o := &lineOf{deferred: c.Deferred, clear: c.Clear, part: c.Part, cascade: []byte(c.Cascade)}
	if c.Held != nil {
		o.code, o.detail = c.Held.Code, c.Held.Detail
	}
	dst = append(dst, '{')
	if c.N > 0 {
		dst = append(dst, `"n":`...)
		dst = append(strconv.AppendInt(dst, c.N, 10), ',')
	}
	dst = append(dst, `"op":"`...)
	dst = append(dst, c.Op...)
	dst = append(dst, `","key":`...)
	dst = append(dst, c.Key...)
	dst = append(dst, `,"name":`...)
	dst = record.AppendString(dst, c.Name)
	for i, k := range c.Path {
		dst = append(dst, [2]string{`,"path":[`, `,`}[min(i, 1)]...)
		dst = append(dst, k...)
		if i == len(c.Path)-1 {
			dst = append(dst, ']')
		}
	}
	dst = appendKeyed(dst, `,"parent":`, []byte(c.Parent))
	dst = appendKeyed(dst, `,"from":`, []byte(c.OldParent))
	if record.MakeKey(c.Model(), c.IDs...) != c.Key {
		dst = append(dst, idsMember...)
		for i, v := range c.IDs {
			dst = append(dst, "[,"[min(i, 1)])
			dst = append(dst, v...)
		}
		dst = append(dst, ']')
	}
	for _, m := range []struct {
		name string
		fs   record.Fields
	}{{`,"before":`, c.Before}, {`,"set":`, c.Set}, {`,"local":`, c.Local}} {
		if m.fs != nil {
			dst = appendMembers(append(dst, m.name...), m.fs)
		}
	}
	for i, r := range c.References {
		dst = append(dst, [2]string{`,"references":[[`, `,[`}[min(i, 1)]...)
		dst = record.AppendString(dst, r.Attribute)
		dst = append(append(append(dst, ','), r.Key...), ']')
		if i == len(c.References)-1 {
			dst = append(dst, ']')
		}
	}
	return appendEnd(dst, o)
}

// MarshalJSON returns the change as a plan's line has it.
func (c *Change) MarshalJSON() ([]byte, error) { return c.AppendJSON(nil), nil }
