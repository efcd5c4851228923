package load

import (
	"fmt"
	"strings"

	"github.com/plumbline-sync/plumbline/shared/finding"
	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// refuse makes a finding of a record that build refused.
func (l *loader) refuse(k *kind, r *record.Record, code finding.Code) error {
	pos := l.position(r)
	f := finding.Finding{Side: l.in.Side, Model: k.model.Name, Key: record.Key(l.key), Name: people(k.own), Where: r.Position(), Code: code, Reason: strings.Join(k.trouble, "; ")}
	if f.Where == "" {
		f.Where = l.where(pos)
	}
	return l.findings.AddAt(f, uint64(l.records))
}

// adapterBad makes a finding of what the adapter could not read.
func (l *loader) adapterBad(b *record.BadError) error {
	k, err := l.model(b.Model)
	if err != nil {
		return fmt.Errorf("%w: %w", err, b)
	}
	f := finding.Finding{Side: l.in.Side, Model: k.model.Name, Where: b.Where, Code: finding.Bad, Reason: b.Reason}
	if f.Where == "" {
		f.Where = fmt.Sprintf("record %d", l.records)
	}
	f.Key, f.Name = k.readable(b.IDs)
	return l.findings.AddAt(f, uint64(l.records))
}

// readable returns the key of a record of which the adapter could read only some fields, "" where they do not give it, and what is known of it for people.
// A field is known only where all that it is made from was read: what a default or an expression makes of a missing field may be another record's identity.
func (k *kind) readable(fields record.Fields) (record.Key, string) {
	if len(fields) == 0 {
		return "", ""
	}
	complete := true
	for i, id := range k.ids {
		v, ok := k.mapping.Identify(fields, k.names[id.slot])
		if a := k.model.Attribute(k.names[id.slot]); ok && a.Type != "" {
			c, err := job.Convert(v, a.Type)
			v, ok = c, err == nil
		}
		if !ok || len(v) == 0 || string(v) == record.Null || string(v) == "{}" {
			complete, v = false, nil
		}
		for _, t := range k.kept {
			if t.slot == id.slot && v != nil {
				v = t.keep(v)
			}
		}
		k.own[i], k.keys[i] = v, v
		if id.fold && v != nil {
			k.keys[i] = job.Fold(v)
		}
	}
	if !complete {
		return "", people(k.own)
	}
	return record.MakeKey(k.model.Name, k.keys...), people(k.own)
}

// duplicate makes a finding of a record that has the identity of one loaded before.
func (l *loader) duplicate(kept, dropped record.Line, keptPos, droppedPos uint64) error {
	key := dropped.Key()
	return l.findings.AddAt(finding.Finding{
		Side: l.in.Side, Model: key.Kind(), Key: key, Name: people(dropped.IDs()), Where: l.where(droppedPos), Code: finding.Duplicate,
		Reason: "a second record with this identity; the first is " + l.where(keptPos),
	}, droppedPos)
}
