package load

import (
	"fmt"
	"slices"
	"strings"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/finding"
	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// maxRecord is how many bytes the line of a record may take.
const maxRecord = 4 << 20

// add checks a record and adds it to the snapshot, or makes a finding of it.
func (l *loader) add(k *kind, r *record.Record) error {
	code, err := l.build(k, r)
	if err != nil {
		return err
	}
	if code != "" {
		return l.refuse(k, r, code)
	}
	return l.snapshot.Add(record.Line(l.line), l.position(r))
}

// build makes l.line of a record, or returns as what it is to be refused; k.trouble then says why, and l.key is its key or empty.
func (l *loader) build(k *kind, r *record.Record) (refused finding.Code, err error) {
	k.trouble = k.trouble[:0]
	if err := k.mapping.Slots(r.Fields, k.values); err != nil {
		b := record.AsBad(err)
		if b == nil {
			return "", err
		}
		refused = finding.Mapping
		k.trouble = append(k.trouble, b.Reason)
		for _, f := range k.mapping.Failed() {
			k.bad[f] = true
		}
	}
	k.convert()
	k.keep()
	l.key = l.key[:0]
	if k.identify() {
		l.key = record.AppendKey(l.key, k.model.Name, k.keys...)
	}
	l.parent = k.findParent(l.parent[:0])
	if len(k.trouble) > 0 {
		clear(k.bad)
		if refused == "" {
			refused = finding.Bad
		}
		return refused, nil
	}
	for i, s := range k.attrs {
		k.sent[i] = k.values[s]
	}
	l.line = k.shape.AppendLine(l.line[:0], l.key, l.parent, k.sent, k.spelling(), r.Flags, k.sorted(r.Local))
	if n := len(l.line); n > maxRecord {
		k.trouble = append(k.trouble, fmt.Sprintf("it takes %.1f MiB; at most %d MiB are taken", float64(n)/(1<<20), maxRecord>>20))
		l.line = nil
		return finding.TooLarge, nil
	}
	return "", nil
}

// convert gives fields their declared types.
func (k *kind) convert() {
	for _, t := range k.typed {
		v := k.values[t.slot]
		if len(v) == 0 || fits(v, t.typ) {
			continue
		}
		c, err := job.Convert(v, t.typ)
		if err != nil {
			k.trouble = append(k.trouble, k.mapping.Label(t.slot)+": "+err.Error())
			k.bad[t.slot], c = true, nil
		}
		k.values[t.slot] = c
	}
}

// keep gives values the form in which the target will keep them.
func (k *kind) keep() {
	for _, t := range k.kept {
		if v := k.values[t.slot]; len(v) > 0 && string(v) != record.Null {
			k.values[t.slot] = t.keep(v)
		}
	}
}

// fits reports, for the common cases, whether the value is of the type already.
func fits(v record.Value, t job.Type) bool {
	switch t {
	case job.String:
		return v[0] == '"'
	case job.Boolean:
		return v[0] == 't' || v[0] == 'f'
	case job.Number:
		return v[0] == '-' || v[0] >= '0' && v[0] <= '9'
	case job.Integer:
		for _, c := range v {
			if c < '0' || c > '9' {
				return false
			}
		}
		return true
	}
	return false
}

// identify fills in keys and own, and reports whether all identifiers are there.
func (k *kind) identify() bool {
	complete := true
	for i, id := range k.ids {
		v := k.values[id.slot]
		switch {
		case k.bad[id.slot]:
			complete = false
		case len(v) == 0:
			k.trouble = append(k.trouble, "identifier "+k.mapping.Label(id.slot)+" is missing")
			complete = false
		case string(v) == record.Null:
			k.trouble = append(k.trouble, "identifier "+k.mapping.Label(id.slot)+" is null")
			complete = false
		case string(v) == "{}":
			k.trouble = append(k.trouble, "identifier "+k.mapping.Label(id.slot)+" is an empty object")
			complete = false
		}
		k.own[i], k.keys[i] = v, v
		if id.fold && complete {
			k.keys[i] = job.Fold(v)
		}
	}
	return complete
}

// spelling returns the identifiers in their own spelling where it is not the key's; nil where it is.
func (k *kind) spelling() []record.Value {
	if !k.folds {
		return nil
	}
	for i := range k.own {
		if string(k.own[i]) != string(k.keys[i]) {
			return k.own
		}
	}
	return nil
}

// sorted returns the local values sorted by name.
func (k *kind) sorted(local record.Fields) record.Fields {
	if len(local) < 2 || slices.IsSortedFunc(local, byName) {
		return local
	}
	k.local = append(k.local[:0], local...)
	slices.SortFunc(k.local, byName)
	return k.local
}

func byName(a, b record.Field) int { return strings.Compare(a.Name, b.Name) }

// model returns the prepared model of a record.
func (l *loader) model(name string) (*kind, error) {
	if l.last != nil && l.last.model.Name == name {
		return l.last, nil
	}
	if k := l.kinds[name]; k != nil {
		l.last = k
		return k, nil
	}
	if name == "" && len(l.in.Models) == 1 {
		return l.kinds[l.in.Models[0].Name], nil
	}
	var asked []string
	for _, m := range l.in.Models {
		asked = append(asked, m.Name)
	}
	if name == "" {
		return nil, fault.Errorf(fault.Invalid, "the adapter yields a record without a model's name; asked for were %s", strings.Join(asked, ", "))
	}
	return nil, fault.Errorf(fault.Invalid, "the adapter yields a record of model %q, which was not asked for; asked for were %s", name, strings.Join(asked, ", "))
}
