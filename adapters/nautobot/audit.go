package nautobot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// Audit implements adapter.Auditor: fields that Nautobot would ignore, choices and references that there are not, lengths, required fields that are missing,
// and values that it would keep as something else. Unique keys and what an app's own validators say are left to the write.
func (a *system) Audit(ctx context.Context, c *adapter.Change) error {
	l, err := a.look(ctx)
	if err != nil {
		return ending(err)
	}
	m := l.byName[c.Model.Name]
	if m == nil {
		return fault.Errorf(fault.Internal, "audit model %q: the adapter was made without it", c.Model.Name)
	}
	if c.Action == adapter.Delete {
		return nil
	}
	rules, err := a.rulesOf(ctx, m)
	if err != nil {
		return ending(err)
	}
	customs, err := a.customFields(ctx)
	if err != nil {
		return ending(err)
	}
	var why []string
	given := map[string]bool{}
	for _, s := range m.writes(c) {
		f := m.fieldNamed(s.Name)
		if f == nil {
			return fault.Errorf(fault.Internal, "audit %s: %s has no field %q", c.Key, m.kind, s.Name)
		}
		if f.cf {
			given["cf."+f.attr] = true
			if customs != nil {
				why = append(why, customs[f.attr].holds(f.attr, m.content, s.Value)...)
			}
			continue
		}
		given[f.attr] = true
		if rules != nil {
			why = append(why, rules.holds(m, f, s.Value)...)
		}
		if keep := keeps(a.config, m.Model, f.name); keep != nil && f.ref == "" && !s.Value.IsNull() {
			if kept := keep(s.Value); string(kept) != string(s.Value) { // the source's values are as they are kept, but for what the map makes of them
				why = append(why, fmt.Sprintf("%s: Nautobot would keep %s as %s", f.name, shortened(string(s.Value)), shortened(string(kept))))
			}
		}
		if e := f.empty(); e != nil && s.Value.IsNull() && !m.same(f.name, s.Value, e) {
			why = append(why, fmt.Sprintf("%s: Nautobot would keep null as %s; say that both mean the same (rules: {%s: {empty_is_null: true}})", f.name, e, m.ours(f.name)))
		}
		if err := a.leads(ctx, l, m, f, c, s.Value); err != nil {
			if elsewhere(err) {
				return ending(err)
			}
			if !slices.Contains(why, err.Error()) {
				why = append(why, err.Error())
			}
		}
	}
	if c.Action == adapter.Create {
		if rules != nil {
			for n, r := range rules.attrs {
				if r.required && !r.readOnly && !given[n] {
					why = append(why, fmt.Sprintf("%s: Nautobot requires it, and the record has none", n))
				}
			}
		}
		for _, f := range customs {
			if f.required && f.kinds[m.content] && !given["cf."+f.key] {
				why = append(why, fmt.Sprintf("cf.%s: Nautobot requires this custom field, and the record has none", f.key))
			}
		}
	}
	if why == nil {
		return nil
	}
	slices.Sort(why)
	return fault.Errorf(fault.Invalid, "%s", strings.Join(why, "; "))
}

// ending returns err such that it ends the step.
func ending(err error) error {
	if fault.Is(err, fault.Stopped) || fault.Is(err, fault.TimedOut) {
		return err
	}
	return fault.Wrap(fault.Unavailable, err)
}

// leads says where a reference leads nowhere. Those to records of the job are the engine's to check.
func (a *system) leads(ctx context.Context, l *layout, m *model, f *field, c *adapter.Change, v record.Value) error {
	if f.ref == "" || f.ref == "ContentTypeType" || v.IsNull() || l.refers(m, f.name, f) || l.below(m, f, c) {
		return nil
	}
	_, err := a.written(ctx, l, m, f, c, v)
	if _, absent := errors.AsType[*absentError](err); absent && slices.ContainsFunc(l.models, func(to *model) bool { return to.typ == f.ref }) {
		return nil // the job may be about to create it
	}
	return err
}

// ours returns the job's name of the side's field.
func (m *model) ours(name string) string {
	for i := range m.Mapping.Fields {
		if fm := &m.Mapping.Fields[i]; fm.Theirs() == name {
			return fm.Name
		}
	}
	return name
}

// same reports whether two values of the side's field are compared as equal: by the rules of the job, and what names the parent as its identifiers are.
func (m *model) same(name string, a, b record.Value) bool {
	ours := m.ours(name)
	at := m.Attribute(ours)
	for _, p := range m.Parents {
		if i := slices.Index(p.Fields, ours); at == nil && i >= 0 && i < len(p.Types) {
			at = &job.Attribute{Type: p.Types[i], IgnoreCase: p.IgnoreCase[i]}
		}
	}
	return at != nil && at.Equal(converted(a, at.Type), converted(b, at.Type))
}

// converted returns a value as a load makes it of the type; what is none of it as it is.
func converted(v record.Value, t job.Type) record.Value {
	if c, err := job.Convert(v, t); err == nil {
		return c
	}
	return v
}

// holds says why an attribute would not hold a value, or would give back another.
func (r *rules) holds(m *model, f *field, v record.Value) []string {
	at := r.attrs[f.attr]
	say := func(format string, args ...any) []string {
		return []string{f.name + ": " + fmt.Sprintf(format, args...)}
	}
	switch {
	case at == nil:
		return say("Nautobot's REST API has no %q of %s that could be written; it would be ignored", f.attr, m.kind.name)
	case at.readOnly:
		return say("Nautobot's REST API lets nobody write it")
	case v.IsNull():
		if at.required && f.empty() == nil {
			return say("Nautobot requires it")
		}
		return nil
	case f.ref != "":
		return nil
	}
	switch s, isText := v.Text(); {
	case at.choices != nil:
		if (!isText || s != "") && !at.chooses(v) {
			var all []string
			for _, c := range at.choices {
				all = append(all, chosen(c))
			}
			return say("%s is none of its choices: %s", shortened(string(v)), shortened(strings.Join(all, ", ")))
		}
	case at.typ == "string" && !isText && v[0] != '[' && v[0] != '{' && f.sel.typ.name != "Decimal":
		return say("want a text, got %s", shortened(string(v)))
	case at.typ == "integer":
		if _, ok := v.Int64(); !ok {
			return say("want a whole number, got %s", shortened(string(v)))
		}
	case at.typ == "boolean":
		if _, ok := v.Bool(); !ok {
			return say("want true or false, got %s", shortened(string(v)))
		}
	case isText:
		if n := utf8.RuneCountInString(s); at.maxLength > 0 && int64(n) > at.maxLength {
			return say("it has %d characters, Nautobot keeps %d at most", n, at.maxLength)
		}
	}
	return nil
}
