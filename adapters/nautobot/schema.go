package nautobot

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// schema is what Nautobot's GraphQL says of the types that the job's models come across. It is asked type by type: the whole has a megabyte. It may be used by several adapters at once.
type schema struct {
	mu    sync.Mutex
	lists map[string]string                // of the type, by the name of a list
	types map[string]map[string]schemaType // of fields, by type
	enums map[string]*enum                 // by endpoint and attribute
}

// schemaType is the type of a field.
type schemaType struct {
	name string // of a scalar, an enumeration or an object
	kind string // SCALAR, ENUM, OBJECT, or something that we cannot read
	many bool
	full bool // never null
}

// begin asks for the lists, where they are not known, and with them for types that are likely to be wanted.
func (s *schema) begin(ctx context.Context, c *client, likely []string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lists != nil {
		return nil
	}
	d, err := c.graphql(ctx, "{__schema{queryType{fields{name type{name ofType{name}}}}} "+ofTypes(likely)+"}", nil)
	if err != nil {
		return fmt.Errorf("read the schema: %w", err)
	}
	lists := map[string]string{}
	for _, f := range d.Members().Get("__schema").Members().Get("queryType").Members().Get("fields").Elements() {
		m := f.Members()
		if t := text(m.Get("type").Members().Get("ofType").Members().Get("name")); t != "" {
			lists[text(m.Get("name"))] = t
		}
	}
	if len(lists) == 0 {
		return fault.Errorf(fault.Invalid, "read the schema: Nautobot's GraphQL has no lists")
	}
	s.lists, s.types, s.enums = lists, map[string]map[string]schemaType{}, map[string]*enum{}
	s.take(d, likely)
	return nil
}

// know asks for types that are not known yet, all at once.
func (s *schema) know(ctx context.Context, c *client, names ...string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var asked []string
	for _, n := range names {
		if _, ok := s.types[n]; !ok && isName(n) && !slices.Contains(asked, n) {
			asked = append(asked, n)
		}
	}
	if len(asked) == 0 {
		return nil
	}
	d, err := c.graphql(ctx, "{"+ofTypes(asked)+"}", nil)
	if err != nil {
		return fmt.Errorf("read the schema: %w", err)
	}
	s.take(d, asked)
	return nil
}

// ofTypes asks for the fields of types.
func ofTypes(names []string) string {
	var q strings.Builder
	for i, n := range names {
		fmt.Fprintf(&q, "t%d:__type(name:%s){fields{name type{name kind ofType{name kind ofType{name kind}}}}} ", i, quoted(n))
	}
	return q.String()
}

// take takes the answer to ofTypes; a type that there is not has no fields. The caller holds mu.
func (s *schema) take(d record.Value, names []string) {
	for i, n := range names {
		s.types[n] = map[string]schemaType{}
		for _, f := range d.Members().Get(fmt.Sprintf("t%d", i)).Members().Get("fields").Elements() {
			m := f.Members()
			s.types[n][text(m.Get("name"))] = typeOf(m.Get("type"))
		}
	}
}

// field returns the type of a type's field, as far as the type is known.
func (s *schema) field(typ, name string) (schemaType, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, ok := s.types[typ][name]
	return t, ok
}

// enum returns the choices of a kind's attribute.
func (s *schema) enum(endpoint, attr string) *enum {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := endpoint + " " + attr
	if s.enums[key] == nil {
		s.enums[key] = &enum{endpoint: endpoint, attr: attr, values: map[string]record.Value{}}
	}
	return s.enums[key]
}

// teach takes in what REST says of a kind's choices.
func (s *schema) teach(endpoint string, r *rules) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.enums {
		if at := r.attrs[e.attr]; at != nil && e.endpoint == endpoint {
			e.learn(at.choices)
		}
	}
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

// kindOf returns the kind whose objects are of a type: of the table, or what the name of a list tells; nil where there is none.
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
