package nautobot

import (
	"fmt"
	"strings"
	"time"

	"github.com/plumbline-sync/plumbline/shared/record"
)

// selector is what is asked of an object in GraphQL, and how a value is made of the answer:
//
//	a scalar                        its value
//	an object, by one path          what that path leads to
//	an object, by several paths     an object of them, under the names in keys
//	a list of objects               a list of these
type selector struct {
	name  string // of the field
	typ   schemaType
	subs  []*selector
	keys  []string // one for each of subs, where there are several
	enums *enum    // of an enumeration
	cf    string   // the key of a custom field
}

// query appends what the selector asks for.
func (s *selector) query(b *strings.Builder) {
	b.WriteString(s.name)
	if len(s.subs) > 0 {
		b.WriteByte('{')
		for i, sub := range s.subs {
			if i > 0 {
				b.WriteByte(' ')
			}
			sub.query(b)
		}
		b.WriteByte('}')
	}
}

func (s *selector) String() string {
	var b strings.Builder
	s.query(&b)
	return b.String()
}

// shape tells apart what makes different values of one object: by what it asks for, and by the names under which parts stand.
func (s *selector) shape() string {
	var b strings.Builder
	b.WriteString(s.name)
	for i, sub := range s.subs {
		key := ""
		if i < len(s.keys) && len(s.subs) > 1 {
			key = quoted(s.keys[i])
		}
		b.WriteString("{" + key + sub.shape() + "}")
	}
	return b.String()
}

// value makes the value of the selector from the object that it was asked of. nil: a choice that is not known yet; its name is in the enum.
func (s *selector) value(object record.Fields) (record.Value, error) {
	v := object.Get(s.name)
	if s.cf != "" {
		v = v.Members().Get(s.cf)
		if v == nil {
			v = record.Value(record.Null)
		}
		return v, nil
	}
	if v == nil {
		return nil, fmt.Errorf("the answer has no field %q", s.name)
	}
	if !s.typ.many {
		return s.one(v)
	}
	if v.IsNull() {
		return record.Value("[]"), nil
	}
	out := record.Value("[")
	for _, e := range v.Elements() {
		x, err := s.one(e)
		if err != nil {
			return nil, err
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(out, x...)
	}
	return append(out, ']'), nil
}

func (s *selector) one(v record.Value) (record.Value, error) {
	if v.IsNull() {
		return v, nil
	}
	if len(s.subs) == 0 {
		return s.scalar(v)
	}
	o := v.Members()
	if s.typ.name == "ContentTypeType" {
		return record.StringValue(text(o.Get("app_label")) + "." + text(o.Get("model")))
	}
	if len(s.subs) == 1 {
		return s.subs[0].value(o)
	}
	out := make(record.Fields, len(s.subs))
	for i, sub := range s.subs {
		x, err := sub.value(o)
		if err != nil {
			return nil, err
		}
		out[i] = record.Field{Name: s.keys[i], Value: x}
	}
	out.Sort()
	return record.Value(record.AppendObject(nil, out)), nil
}

func (s *selector) scalar(v record.Value) (record.Value, error) {
	switch {
	case s.enums != nil:
		return s.enums.value(text(v))
	case s.typ.name == "Decimal" && v[0] == '"':
		return record.AppendCanonical(nil, []byte(text(v)))
	case s.typ.name == "BigInt" && v[0] == '"':
		return record.AppendCanonical(nil, []byte(text(v)))
	case s.typ.name == "DateTime":
		return instant(v), nil
	}
	return v, nil
}

// instant returns a time as one text whatever its spelling.
func instant(v record.Value) record.Value {
	if v == nil {
		return nil
	}
	t, err := time.Parse(time.RFC3339Nano, text(v))
	if err != nil {
		return v
	}
	return record.Value(quoted(t.UTC().Format(time.RFC3339Nano)))
}
