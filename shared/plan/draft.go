package plan

import (
	"encoding/binary"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// A draft is a pair of records on its way to the plan: what Diff found when it compared the two, before anything is known of what is around them.
// Drafts are numbered in key order and pass through sorters as bytes; lookups carry the number only.
type draft struct {
	op       Op
	kind     *kind
	marks    marks
	key      []byte
	parent   []byte // as it should be; for a delete as it is
	old      []byte // of a move
	finding  []byte // why its own identity is held; empty: it is not
	ids      []byte // JSON fragment, see line.go; empty where the key says it all
	main     []byte // JSON fragment: before, set, local, references
	deferred []byte // the same of the change that writes deferred attributes; empty: none
	clear    []byte // the same of the change that clears them; empty: none
	attrs    []byte // numbers of the attributes that main sets, two bytes each
	late     []byte // the same of deferred
}

// marks are facts about a draft.
type marks uint16

const (
	onSource marks = 1 << iota // the source has the record
	onTarget
	drops        // a flag drops it and all below it
	matched      // its own record is in scope
	unreadable   // a delete of a kind of which some records could not be identified
	cascades     // its delete takes along what is below (skip_children_on_delete)
	onlyDeferred // nothing but deferred attributes changes: main is empty
	missing      // a reference could not even be read
)

var ops = [...]Op{Create, Update, Move, Delete, Unchanged} // read only

func opNumber(op Op) byte {
	for i, o := range ops {
		if o == op {
			return byte(i)
		}
	}
	return 0xff
}

// parts lists the draft's byte fields in their order.
func (d *draft) parts() [10]*[]byte {
	return [...]*[]byte{&d.key, &d.parent, &d.old, &d.finding, &d.ids, &d.main, &d.deferred, &d.clear, &d.attrs, &d.late}
}

// append appends the draft's bytes to dst.
func (d *draft) append(dst []byte) []byte {
	dst = append(dst, opNumber(d.op))
	dst = binary.BigEndian.AppendUint16(dst, uint16(d.kind.index))
	dst = binary.BigEndian.AppendUint16(dst, uint16(d.marks))
	for _, p := range d.parts() {
		dst = appendBytes(dst, *p)
	}
	return dst
}

// read fills the draft from what append made and returns what follows; its fields point into src.
func (d *draft) read(src []byte, ks *kinds) ([]byte, error) {
	if len(src) < 5 || int(src[0]) >= len(ops) {
		return nil, errDraft()
	}
	d.op = ops[src[0]]
	d.kind = ks.list[binary.BigEndian.Uint16(src[1:])]
	d.marks = marks(binary.BigEndian.Uint16(src[3:]))
	src = src[5:]
	for _, p := range d.parts() {
		var ok bool
		if *p, src, ok = cutBytes(src); !ok {
			return nil, errDraft()
		}
	}
	return src, nil
}

func errDraft() error { return fault.Errorf(fault.Internal, "read temporary file: short record") }

func appendBytes(dst, b []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(b)))
	return append(dst, b...)
}

func cutBytes(src []byte) (b, rest []byte, ok bool) {
	n, w := binary.Uvarint(src)
	if w <= 0 || uint64(len(src)-w) < n {
		return nil, nil, false
	}
	return src[w : w+int(n)], src[w+int(n):], true
}

// parentKind returns the kind of the draft's parent; nil where it has none.
func (d *draft) parentKind(ks *kinds) *kind {
	if len(d.parent) == 0 {
		return nil
	}
	return ks.by[record.Key(d.parent).Kind()]
}
