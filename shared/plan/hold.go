package plan

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/plumbline-sync/plumbline/shared/finding"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// noted makes a reason of the notes to a change.
func (w *writer) noted(d *draft, path []byte, o *lineOf) error {
	clear(w.below)
	refusal := ""
	for w.inbox.at(path) {
		t := w.inbox.text()
		switch t[0] {
		case noteMain:
			code, detail, _ := strings.Cut(string(t[1:]), "\x00")
			o.code, o.detail, o.quiet = Code(code), detail, true
		case noteParent:
			o.code, o.detail = HeldParent, record.Key(t[1:]).String()+" is not on the target and will not be created"
		case noteRefer:
			if o.code == "" {
				o.code = HeldReference
				o.detail = fmt.Sprintf("%s: %s is not on the target and will not be created", d.kind.names[binary.BigEndian.Uint16(t[1:])], record.Key(t[3:]))
			}
		case noteTaker:
			o.code, o.detail = HeldCascade, record.Key(t[1:]).String()+", whose delete would take it along, is held"
		case noteCascade:
			if o.code == "" {
				o.code = HeldCascade
				o.detail = fmt.Sprintf("skip_children_on_delete, and the target does not delete %s with it", plural(2, string(t[1:])))
			}
		case noteAudit:
			refusal = string(t[1:])
		case noteMoved:
			k := w.ks.of(t[1:])
			w.stayer(noteBelow, binary.BigEndian.AppendUint16(nil, uint16(k.index)), "its move is held", 1, nil)
		case noteGives:
			why, k := "its change is held", w.ks.list[binary.BigEndian.Uint16(t[1:])]
			one := t[4:]
			if ops[t[3]] == Delete {
				why = "its delete is held"
			}
			if w.ks.of(one) != k {
				one = nil // that which would take it along
			}
			w.stayer(noteRefers, t[1:3], why, 1, one)
		case noteBelow:
			w.stayer(noteBelow, t[9:11], string(t[11:]), int64(binary.BigEndian.Uint64(t[1:])), nil)
		case noteRefers:
			why, one, _ := bytes.Cut(t[11:], []byte{0})
			w.stayer(noteRefers, t[9:11], string(why), int64(binary.BigEndian.Uint64(t[1:])), one)
		}
		w.inbox.step()
	}
	if len(w.below) > 0 && (o.code == "" || o.code == HeldCascade) {
		o.code, o.detail = HeldBelow, w.stay()
	}
	if o.code == "" && refusal != "" {
		if o.code, o.detail = HeldAudit, refusal; o.clear {
			return w.inbox.err // without it the delete is tried as it is
		}
		if err := w.addFinding(d, "audit", finding.Rejected, refusal); err != nil {
			return err
		}
	}
	return w.inbox.err
}

// stayer notes that n records of a kind stay below a delete or refer to what it deletes, why, and one of them.
func (w *writer) stayer(how byte, kind []byte, why string, n int64, one []byte) {
	text := string(how) + string(kind) + why
	s := w.below[text]
	if s.n += n; len(s.one) == 0 {
		s.one = slices.Clone(one)
	}
	w.below[text] = s
}

// stay says how many records of which kind stay below a delete, or refer to what it deletes, and why.
func (w *writer) stay() string {
	var list []string
	for _, t := range slices.Sorted(maps.Keys(w.below)) {
		s, k, why := w.below[t], w.ks.list[binary.BigEndian.Uint16([]byte(t[1:]))], t[3:]
		many := fmt.Sprintf("%d %s", s.n, plural(s.n, k.model.Name))
		switch {
		case t[0] == noteBelow && s.n == 1:
			list = append(list, fmt.Sprintf("%s below it stays (%s)", many, why))
		case t[0] == noteBelow:
			list = append(list, fmt.Sprintf("%s below it stay (%s)", many, why))
		case s.n > 1 && len(s.one) > 0:
			list = append(list, fmt.Sprintf("%s refer to it (%s), %s among them", many, why, record.Key(s.one)))
		case s.n > 1:
			list = append(list, fmt.Sprintf("%s refer to it (%s)", many, why))
		case len(s.one) > 0:
			list = append(list, fmt.Sprintf("%s refers to it (%s)", record.Key(s.one), why))
		default:
			list = append(list, fmt.Sprintf("%s refers to it (%s)", many, why))
		}
	}
	return strings.Join(list, "; ")
}

// plural returns the kind's name for n of them.
func plural(n int64, kind string) string {
	switch {
	case n == 1:
		return kind
	case strings.HasSuffix(kind, "y") && len(kind) > 1 && !strings.ContainsRune("aeiou", rune(kind[len(kind)-2])):
		return kind[:len(kind)-1] + "ies"
	case slices.ContainsFunc([]string{"s", "x", "ch", "sh"}, func(e string) bool { return strings.HasSuffix(kind, e) }):
		return kind + "es"
	}
	return kind + "s"
}

// holdLate holds a change that was in its section already, and tells what depends on it.
func (w *writer) holdLate(r rank, d *draft, path []byte, flags byte, o *lineOf) error {
	s, _ := r.section(w.ks)
	part := flags&isPart != 0
	if s.Clear {
		return nil // its delete is held, and says so
	}
	w.counts[d.kind.index].hold(s.Op, o.code, part, !o.quiet)
	saved := *d
	saved.op = s.Op
	if err := w.list(listHeld, &saved, path, o); err != nil {
		return err
	}
	if flags&hasPart != 0 {
		to := w.ks.rank(d.kind, Update, true, s.Op == Delete, 0)
		if err := w.notes.post(to, path, []byte(string(noteMain)+string(o.code)+"\x00"+o.detail)); err != nil {
			return err
		}
	}
	switch s.Op {
	case Create:
		return w.loseCreate(d, s.Depth)
	case Move:
		return w.lost.post(moveRank(d.kind), d.key, nil)
	case Update:
		if d.kind.refers {
			return w.lost.post(r, d.key, nil)
		}
	case Delete:
		return w.lostDelete(r, d, path, o)
	}
	return nil
}

// lostDelete tells the parent's delete, those that this one would have taken along, and those of what its record refers to.
func (w *writer) lostDelete(r rank, d *draft, path []byte, o *lineOf) error {
	if len(o.cascade) > 0 {
		return nil // the ancestor that takes it along is held, and has told
	}
	if d.marks&cascades != 0 || d.kind.refers {
		if err := w.lost.post(r, d.key, nil); err != nil {
			return err
		}
	}
	up := parentPath(path)
	if up == nil {
		return nil
	}
	pk := w.ks.of(lastKey(up))
	note := binary.BigEndian.AppendUint64([]byte{noteBelow}, 1)
	note = binary.BigEndian.AppendUint16(note, uint16(d.kind.index))
	return w.notes.post(w.ks.lastFirst(phaseDelete, pk, ownDepth(pk, up)), up, append(note, o.code...))
}
