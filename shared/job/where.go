package job

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// wheres reads the scopes of all models, once their fields and types are known.
func (r *reader) wheres(models *node, ds []*draft) {
	for _, d := range ds {
		e := models.get(d.Name)
		n := e.val.get("where")
		if n == nil || n.val.shape == shapeNull {
			continue
		}
		path := d.path + ".where"
		if n.val.shape != shapeMap {
			r.problem(n.val.place, path, "want a mapping of fields and what they must be, got %s", n.val)
			continue
		}
		for _, c := range n.val.entries {
			if !d.hasField(c.key) {
				r.problem(c.place, dot(path, c.key), "%s has no field of that name%s", quote(d.Name), instead(c.key, d.fields()))
				continue
			}
			d.Where = append(d.Where, r.condition(d.Model, c, dot(path, c.key)))
		}
	}
}

// fields returns the names of all fields of a model: identifiers, parent fields, attributes.
func (m *Model) fields() []string {
	var names []string
	add := func(n string) {
		if !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	for _, a := range m.Identifiers {
		add(a.Name)
	}
	for _, p := range m.Parents {
		for _, f := range p.Fields {
			add(f)
		}
	}
	for _, a := range m.Attributes {
		add(a.Name)
	}
	return names
}

func (m *Model) hasField(name string) bool { return slices.Contains(m.fields(), name) }

// ruleOf returns type and ignore_case of a field, also of a parent's.
func (m *Model) ruleOf(field string) (Type, bool) {
	if a := m.Attribute(field); a != nil {
		return a.Type, a.IgnoreCase
	}
	for _, p := range m.Parents {
		if i := slices.Index(p.Fields, field); i >= 0 && i < len(p.Types) {
			return p.Types[i], p.IgnoreCase[i]
		}
	}
	return "", false
}

// condition reads what one field must be: a value, a list of values, "/regex/", a network, or {cidr: ..}.
func (r *reader) condition(m *Model, e entry, path string) Condition {
	c := Condition{Field: e.key}
	c.typ, c.fold = m.ruleOf(e.key)
	items := []*node{e.val}
	if e.val.shape == shapeList {
		if items = e.val.items; len(items) == 0 {
			r.problem(e.val.place, path, "the list is empty: nothing would be in scope")
		}
	}
	for _, n := range items {
		var err error
		switch {
		case n.shape == shapeMap && len(n.entries) == 1 && n.entries[0].key == "cidr" && n.entries[0].val.shape == shapeText:
			if v := n.entries[0].val; !v.pending {
				err = c.network(v.text)
			}
		case n.shape >= shapeList:
			err = fmt.Errorf("want a value, a list of values, \"/regex/\" or {cidr: ..}, got %s", n)
		case n.pending:
			c.Values = append(c.Values, record.AppendString(nil, n.text))
		case n.shape == shapeText:
			written := n.text
			if n.written != "" {
				written = n.written
			}
			err = c.text(n.text, written, r.values)
		default:
			v, bad := scalarValue(n)
			if err = bad; err == nil {
				err = c.value(v)
			}
		}
		if err != nil {
			r.problem(n.place, path, "%s", err)
		}
	}
	return c
}

// text adds a text: what is written as /regex/ is one, what is a network is one, all else is a value.
func (c *Condition) text(s, written string, vars map[string]string) error {
	if len(written) > 1 && strings.HasPrefix(written, "/") && strings.HasSuffix(written, "/") {
		expr := varRef().ReplaceAllStringFunc(written[1:len(written)-1], func(ref string) string { return regexp.QuoteMeta(vars[varRef().FindStringSubmatch(ref)[1]]) })
		return c.pattern(expr)
	}
	if looksNetwork(s) {
		return c.network(s)
	}
	v, err := record.StringValue(s)
	if err != nil {
		return err
	}
	return c.value(v)
}

// pattern adds a regular expression; several become one.
func (c *Condition) pattern(expr string) error {
	if _, err := regexp.Compile(expr); err != nil {
		return fmt.Errorf("/%s/ is no regular expression: %s", expr, strings.TrimPrefix(err.Error(), "error parsing regexp: "))
	}
	if c.Regexp != "" {
		expr = "(?:" + c.Regexp + ")|(?:" + expr + ")"
	}
	c.Regexp = expr
	return c.compile()
}

// network adds a network; bits of the host are dropped.
func (c *Condition) network(s string) error {
	p, err := netip.ParsePrefix(s)
	if err != nil {
		return fmt.Errorf("%s is no network: want one such as 10.0.0.0/8 or 2001:db8::/32", quote(s))
	}
	c.CIDRs = append(c.CIDRs, p.Masked().String())
	return c.compile()
}

// looksNetwork reports whether a text means a network: an address, a slash and digits. 1/0/1 and 10/8 are texts.
func looksNetwork(s string) bool {
	addr, bits, ok := strings.Cut(s, "/")
	if !ok || strings.Trim(bits, "0123456789") != "" {
		return false
	}
	_, err := netip.ParseAddr(addr)
	return err == nil
}

// value adds a value, converted to the field's type. Of a list's it is one element.
func (c *Condition) value(v record.Value) error {
	if c.typ != "" && c.typ != List && c.typ != Object {
		x, err := Convert(v, c.typ)
		if err != nil {
			return err
		}
		v = x
	}
	c.Values = append(c.Values, v)
	return nil
}

// Narrow returns the job with more conditions, by model and field, all of which must hold beside the job's own. A value is one as JSON has it: a scalar, a list of them,
// "/regex/", a network. An unknown model or field is an error (Invalid).
func (j *Job) Narrow(where map[string]map[string]any) (*Job, error) {
	if len(where) == 0 {
		return j, nil
	}
	out := *j
	out.Models = slices.Clone(j.Models)
	out.narrowed = append(slices.Clip(j.narrowed), where)
	var names, problems []string
	for _, m := range j.Models {
		names = append(names, m.Name)
	}
	bad := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	for _, name := range sortedKeys(where) {
		i := slices.Index(names, name)
		if i < 0 {
			bad("where: job %s has no model %s%s", quote(j.Name), quote(name), instead(name, names))
			continue
		}
		m := *j.Models[i]
		m.Where = slices.Clone(m.Where)
		for _, field := range sortedKeys(where[name]) {
			if !m.hasField(field) {
				bad("where: model %s has no field %s%s", quote(name), quote(field), instead(field, m.fields()))
				continue
			}
			c := Condition{Field: field}
			c.typ, c.fold = m.ruleOf(field)
			if err := c.any(where[name][field]); err != nil {
				bad("where: %s.%s: %v", name, field, err)
			}
			m.Where = append(m.Where, c)
		}
		out.Models[i] = &m
	}
	if len(problems) > 0 {
		return nil, fault.Errorf(fault.Invalid, "%s", strings.Join(problems, "\n"))
	}
	return &out, nil
}

// any adds a condition as JSON has it.
func (c *Condition) any(x any) error {
	switch x := x.(type) {
	case string:
		return c.text(x, x, nil)
	case []any:
		if len(x) == 0 {
			return fmt.Errorf("the list is empty: nothing would be in scope")
		}
		for _, e := range x {
			if _, ok := e.([]any); ok {
				return fmt.Errorf("want a value, got a list in a list")
			}
			if err := c.any(e); err != nil {
				return err
			}
		}
		return nil
	case map[string]any:
		if s, ok := x["cidr"].(string); ok && len(x) == 1 {
			return c.network(s)
		}
		return fmt.Errorf("want a value, a list of values, \"/regex/\" or {\"cidr\": ..}")
	case nil, bool, float64, int, int64, json.Number:
		v, err := record.Plain(x)
		if err != nil {
			return err
		}
		return c.value(v)
	}
	return fmt.Errorf("want a value as JSON has it, got a %T", x)
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
