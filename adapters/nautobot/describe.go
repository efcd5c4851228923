package nautobot

import (
	"fmt"
	"slices"
	"strings"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/job"
)

// describe implements adapter.Type.Models: the identifiers of a kind are its natural key, and its references are to the job's models of those kinds; an empty text means null.
func describe(models map[string]any) map[string]string {
	d := &describer{kinds: map[string]*kind{}, models: map[string][]string{}}
	for name, config := range models {
		k, err := kindOf(&adapter.Model{Model: &job.Model{Name: name}, Config: config})
		if err != nil {
			continue // the adapter reports it
		}
		d.kinds[name] = k
		d.models[k.name] = append(d.models[k.name], name)
	}
	out := map[string]string{}
	for name, k := range d.kinds {
		out[name] = d.model(k)
	}
	return out
}

// describer knows the kinds of a job's models.
type describer struct {
	kinds  map[string]*kind
	models map[string][]string // by kind
}

// of returns the job's one model of a kind; "" where there is none, or several.
func (d *describer) of(kind string) string {
	if m := d.models[kind]; len(m) == 1 {
		return m[0]
	}
	return ""
}

// identifiers returns the paths of a kind's natural key, as a job names them.
func (k *kind) identifiers() []string {
	var ids []string
	for p := range strings.FieldsSeq(k.key) {
		p = k.short(p)
		for r := range strings.FieldsSeq(k.reads) {
			from, to, _ := strings.Cut(r, "=")
			if rest, ok := strings.CutPrefix(p, to); ok {
				p = from + rest
			}
		}
		ids = append(ids, p)
	}
	return ids
}

// short returns what a path of the natural key is called: an object that is known by its name alone is called as it is.
func (k *kind) short(path string) string {
	object, ok := strings.CutSuffix(path, ".name")
	if !ok {
		return path
	}
	for p := range strings.FieldsSeq(k.key) {
		if p != path && strings.HasPrefix(p, object+".") {
			return path
		}
	}
	return object
}

// model describes a kind's model.
func (d *describer) model(k *kind) string {
	ids, types := k.identifiers(), map[string]string{}
	parent, parentFields := "", []string(nil)
	var attributes, rules []string
	for token := range strings.FieldsSeq(fields[k.name]) {
		f := readToken(token)
		types[f.name] = f.typ
		if f.parent {
			if parent, parentFields = d.parent(f, ids); parent != "" {
				continue
			}
		}
		if slices.ContainsFunc(ids, func(id string) bool { return id == f.name || strings.HasPrefix(id, f.name+".") }) {
			continue
		}
		attributes = append(attributes, typed(f.name, f.typ))
		var rule []string
		if to := d.of(f.kind); to != "" && f.kind != "" {
			rule = append(rule, fmt.Sprintf("references: %q", to))
			if f.later || f.kind == k.name {
				rule = append(rule, "defer: true")
			}
		}
		if f.many {
			rule = append(rule, "compare: set")
		}
		if f.typ == "" && !f.many { // an empty text stands for null, or for no reference
			rule = append(rule, "empty_is_null: true")
		}
		if rule != nil {
			rules = append(rules, fmt.Sprintf("%q: {%s}", f.name, strings.Join(rule, ", ")))
		}
	}
	for i, id := range ids {
		ids[i] = typed(id, types[id])
	}
	text := "{identifiers: [" + strings.Join(ids, ", ") + "]"
	if parent != "" {
		text += fmt.Sprintf(", parent: {%q: {%s}}", parent, strings.Join(parentFields, ", "))
	}
	return text + ", attributes: [" + strings.Join(attributes, ", ") + "], rules: {" + strings.Join(rules, ", ") + "}}"
}

// parent returns the job's model of a parent's kind, and by which fields a record names it; "" where it has none, or the fields do not suffice.
func (d *describer) parent(f token, ids []string) (model string, fields []string) {
	model = d.of(f.kind)
	if model == "" {
		return "", nil
	}
	theirs := d.kinds[model].identifiers()
	for _, id := range theirs {
		name := f.name + "." + id
		if len(theirs) == 1 && id == "name" {
			name = f.name
		}
		if len(theirs) > 1 && !slices.Contains(ids, name) {
			return "", nil
		}
		fields = append(fields, fmt.Sprintf("%q: %q", id, name))
	}
	return model, fields
}

// token is a field of the table.
type token struct {
	name, typ, kind     string
	many, parent, later bool
}

func readToken(s string) token {
	bare := strings.TrimRight(s, "*^!")
	marks := s[len(bare):]
	t := token{many: strings.Contains(marks, "*"), parent: strings.Contains(marks, "^"), later: strings.Contains(marks, "!")}
	bare, t.kind, _ = strings.Cut(bare, ">")
	t.name, t.typ, _ = strings.Cut(bare, ":")
	return t
}

func typed(name, typ string) string {
	if typ == "" {
		return fmt.Sprintf("%q", name)
	}
	return fmt.Sprintf("{%q: %s}", name, typ)
}
