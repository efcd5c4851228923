package nautobot

import (
	"context"
	"fmt"
	"strings"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// schema is what Nautobot's GraphQL says of the types that the job's models come across. It is asked type by type: the whole has a megabyte.
type schema struct {
	c     *client
	lists map[string]string                // of the type, by the name of a list
	types map[string]map[string]schemaType // of fields, by type
}

// schemaType is the type of a field.
type schemaType struct {
	name string // of a scalar, an enumeration or an object
	kind string // SCALAR, ENUM, OBJECT, or something that we cannot read
	many bool
	full bool // never null
}

func readSchema(ctx context.Context, c *client) (*schema, error) {
	d, err := c.graphql(ctx, `{__schema{queryType{fields{name type{name ofType{name}}}}}}`, nil)
	if err != nil {
		return nil, fmt.Errorf("read the schema: %w", err)
	}
	s := &schema{c: c, lists: map[string]string{}, types: map[string]map[string]schemaType{}}
	for _, f := range d.Members().Get("__schema").Members().Get("queryType").Members().Get("fields").Elements() {
		m := f.Members()
		if t := text(m.Get("type").Members().Get("ofType").Members().Get("name")); t != "" {
			s.lists[text(m.Get("name"))] = t
		}
	}
	if len(s.lists) == 0 {
		return nil, fault.Errorf(fault.Invalid, "read the schema: Nautobot's GraphQL has no lists")
	}
	return s, nil
}

// know asks for types that are not known yet, all at once.
func (s *schema) know(ctx context.Context, names []string) error {
	var q strings.Builder
	var asked []string
	for _, n := range names {
		if _, ok := s.types[n]; ok || !isName(n) {
			continue
		}
		fmt.Fprintf(&q, "t%d:__type(name:%s){fields{name type{name kind ofType{name kind ofType{name kind}}}}} ", len(asked), quoted(n))
		asked = append(asked, n)
		s.types[n] = map[string]schemaType{}
	}
	if len(asked) == 0 {
		return nil
	}
	d, err := s.c.graphql(ctx, "{"+q.String()+"}", nil)
	if err != nil {
		return fmt.Errorf("read the schema: %w", err)
	}
	for i, n := range asked {
		for _, f := range d.Members().Get(fmt.Sprintf("t%d", i)).Members().Get("fields").Elements() {
			m := f.Members()
			s.types[n][text(m.Get("name"))] = typeOf(m.Get("type"))
		}
	}
	return nil
}

func typeOf(v record.Value) schemaType {
	m := v.Members()
	switch k := text(m.Get("kind")); k {
	case "NON_NULL":
		t := typeOf(m.Get("ofType"))
		t.full = true
		return t
	case "LIST":
		t := typeOf(m.Get("ofType"))
		t.many = true
		return t
	default:
		return schemaType{name: text(m.Get("name")), kind: k}
	}
}

// listOf returns the list whose elements are of a type, and the kind of the table that it is of.
func (s *schema) kindOf(typ string) *kind {
	for _, k := range kinds {
		if k := k.filled(); s.lists[k.list] == typ {
			return k
		}
	}
	for list, t := range s.lists {
		if t == typ {
			return &kind{name: list, list: list, key: "name"}
		}
	}
	return nil
}

// contentType returns Nautobot's name of a kind: dcim.location.
func contentType(endpoint, typ string) string {
	app, _, _ := strings.Cut(endpoint, "/")
	if rest, ok := strings.CutPrefix(endpoint, "plugins/"); ok {
		app, _, _ = strings.Cut(rest, "/")
		app = strings.ReplaceAll(app, "-", "_")
	}
	return app + "." + strings.ToLower(strings.TrimSuffix(typ, "Type"))
}
