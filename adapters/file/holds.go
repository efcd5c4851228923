package file

import (
	"slices"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// holds returns why the file could not give back what a change writes; nil where it can. JSON holds everything; CSV holds text, and what a declared type makes of text.
func (t *table) holds(c *adapter.Change) error {
	if t.format != "csv" {
		return nil
	}
	d := newDialect(t.text, t.path)
	for _, f := range c.Set {
		if t.text.Header != nil && !*t.text.Header && !slices.Contains(t.text.Columns, f.Name) {
			return fault.Errorf(fault.Invalid, "%s: there is no column of this name, and without a header none can be added", f.Name)
		}
		if err := t.cell(d, f); err != nil {
			return err
		}
	}
	return nil
}

// cell returns why a cell cannot hold the value.
func (t *table) cell(d dialect, f record.Field) error {
	typ, null := t.typeOf(f.Name)
	text, isText := f.Value.Text()
	switch {
	case f.Value.IsNull() && d.emptyText && !null:
		return fault.Errorf(fault.Invalid, "%s: null cannot be written where an empty cell is text (empty: string)", f.Name)
	case f.Value.IsNull():
		return nil
	case isText:
		if d.quote == 0 && d.mustQuote(text, true) {
			return fault.Errorf(fault.Invalid, "%s: %q cannot be written without quotes (quote: none)", f.Name, short([]byte(text)))
		}
		return nil
	}
	back, err := job.Convert(record.AppendString(nil, string(f.Value)), typ)
	if err == nil && string(back) == string(f.Value) {
		if d.quote == 0 && d.mustQuote(string(f.Value), true) {
			return fault.Errorf(fault.Invalid, "%s: %s cannot be written without quotes (quote: none)", f.Name, short(f.Value))
		}
		return nil
	}
	kind, want := "a number", "number"
	switch f.Value.Kind() {
	case record.BoolKind:
		kind, want = "a boolean", "boolean"
	case record.ArrayKind:
		kind, want = "a list", "list"
	case record.ObjectKind:
		kind, want = "an object", "object"
	}
	return fault.Errorf(fault.Invalid, "%s: %s is %s, and a CSV cell would give it back as text; declare its type in the model ({%s: %s})", f.Name, short(f.Value), kind, f.Name, want)
}

// typeOf returns the declared type of the file's field, and whether an empty text is null in it.
func (t *table) typeOf(theirs string) (typ job.Type, null bool) {
	for _, as := range [][]job.Attribute{t.Identifiers, t.Attributes} {
		for i := range as {
			if t.theirs(as[i].Name) == theirs {
				return as[i].Type, as[i].EmptyIsNull
			}
		}
	}
	for _, p := range t.Parents {
		for i, f := range p.Fields {
			if t.theirs(f) == theirs && i < len(p.Types) {
				return p.Types[i], false
			}
		}
	}
	return "", false
}
