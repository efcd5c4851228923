package job

import (
	"math"
	"strconv"
)

// rules reads the rules of a model's fields into its identifiers and attributes.
func (r *reader) rules(parent object, d *draft) {
	n := parent.val("rules")
	if n == nil {
		return
	}
	path := parent.sub("rules")
	if n.shape != shapeMap {
		r.problem(n.place, path, "want a mapping of fields, got %s", n)
		return
	}
	var names []string
	for _, a := range d.Identifiers {
		names = append(names, a.Name)
	}
	ids := len(names)
	for _, a := range d.Attributes {
		names = append(names, a.Name)
	}
	for _, e := range n.entries {
		a := d.Attribute(e.key)
		if a == nil {
			r.problem(e.place, dot(path, e.key), "%s has no identifier or attribute of that name%s", d.Name, instead(e.key, names))
			continue
		}
		id := false
		for _, x := range names[:ids] {
			id = id || x == e.key
		}
		r.rule(e, dot(path, e.key), a, id, d)
	}
}

// rule reads the rules of one field.
func (r *reader) rule(e entry, path string, a *Attribute, id bool, d *draft) {
	o := r.object(e.val, e.place, path, "type", "compare", "ignore_case", "tolerance", "absent_is_null", "empty_is_null", "write", "defer", "references")
	if id {
		for _, x := range o.n.entries {
			switch x.key {
			case "compare", "tolerance", "absent_is_null", "empty_is_null", "write", "defer", "references":
				r.problem(x.place, dot(path, x.key), "%s is an identifier; of the rules it can have only type and ignore_case", quote(a.Name))
			}
		}
	}
	if n := o.val("type"); n != nil {
		if t := r.typeOf(n, o.sub("type")); a.Type != "" && t != "" && t != a.Type {
			r.problem(n.place, o.sub("type"), "%s here, but %s where %s is declared", t, a.Type, quote(a.Name))
		} else {
			a.Type = t
		}
	}
	a.Set = o.choice("compare", "set") == "set"
	a.IgnoreCase = o.yes("ignore_case", false)
	a.AbsentIsNull = o.yes("absent_is_null", false)
	a.EmptyIsNull = o.yes("empty_is_null", false)
	a.OnCreate = o.choice("write", "on-create") == "on-create"
	a.Defer = o.yes("defer", false)
	if a.References = o.name("references"); a.References != "" {
		d.refAt[a.Name] = o.val("references").place
	}
	if n := o.val("tolerance"); n != nil {
		f, err := strconv.ParseFloat(n.text, 64)
		if n.shape != shapeNumber || err != nil || f < 0 || math.IsInf(f, 0) {
			r.problem(n.place, o.sub("tolerance"), "want a number of at least 0, got %s", n)
		}
		a.Tolerance = f
	}
	if !id {
		r.ruleSense(o, a)
	}
}

// ruleSense reports rules that go against the type or each other.
func (r *reader) ruleSense(o object, a *Attribute) {
	if o.has("tolerance") && a.Type != Number && a.Type != Integer {
		r.problem(o.key("tolerance"), o.sub("tolerance"), "a tolerance is for numbers; %s", declare(a, "number"))
	}
	if a.Set && a.Type != "" && a.Type != List {
		r.problem(o.key("compare"), o.sub("compare"), "compare: set is for lists; %s", declare(a, "list"))
	}
	if a.IgnoreCase && a.Type != "" && a.Type != String && a.Type != List {
		r.problem(o.key("ignore_case"), o.sub("ignore_case"), "ignore_case is for texts; %s", declare(a, "string"))
	}
	if a.Defer && a.OnCreate {
		r.problem(o.key("defer"), o.sub("defer"), "defer writes %s after all creates, write: on-create only with the create; leave one out", quote(a.Name))
	}
}

func declare(a *Attribute, want string) string {
	if a.Type == "" {
		return "declare it: type: " + want
	}
	return quote(a.Name) + " is of type " + string(a.Type)
}
