package file

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"iter"
	"slices"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/record"
	"github.com/plumbline-sync/plumbline/shared/spill"
)

// A commit takes two passes over the file. The first adds every row's key, with the row's number, to the staged changes, so that the sorter brings each change
// and its row together; what becomes of a row is then sorted by its number, what is new by its key. The second copies the file with these laid over it.

// edit is what becomes of one row.
type edit struct {
	remove bool
	set    record.Fields
	lists  []listEdit
	key    string // of a new row; diffsync: its unique id
}

// listEdit adds a unique id to a list of children, or takes it out.
type listEdit struct {
	sign       byte
	field, uid string
}

// row is one row of the file on a walk.
type row struct {
	table  *table
	number int64 // counted through the file
	uid    string
	fields func() (record.Fields, bool) // its fields; false where they cannot be read
}

// visitor is told of each row in order and says what becomes of it; nil: it stays as it is.
type visitor interface {
	visit(r *row) (*edit, error)
	// created yields the new rows of a table, in order of their keys; once for each table.
	created(t *table) iter.Seq2[*edit, error]
}

// sorted is what a commit writes: edits by row number, and new rows by key for each table.
type sorted struct {
	edits *spill.Sorter
	fresh []*spill.Sorter
}

func newSorted(tables int) *sorted {
	s := &sorted{edits: spill.NewSorter(spill.Options{Memory: sortMemory})}
	for range tables {
		s.fresh = append(s.fresh, spill.NewSorter(spill.Options{Memory: sortMemory}))
	}
	return s
}

func (s *sorted) close() {
	_ = s.edits.Close()
	for _, f := range s.fresh {
		_ = f.Close()
	}
}

// write writes the file anew, beside the old one.
func (s *stage) write(ctx context.Context) (*replacement, error) {
	if !s.group.tables[0].absent {
		if err := s.walk(ctx, io.Discard, &keys{s}); err != nil {
			return nil, err
		}
	}
	to := newSorted(len(s.group.tables))
	defer to.close()
	if err := s.join(to); err != nil {
		return nil, err
	}
	r, err := s.group.on().replace(ctx, s.group.path, s.group.show, s.version)
	if err != nil {
		return nil, err
	}
	m := newMerge(s.group, to)
	defer m.stop()
	if err = s.walk(ctx, r, m); err == nil {
		err = r.flush()
	}
	if err != nil {
		r.abort()
		return nil, err
	}
	return r, nil
}

// keys is the first pass: it stages every row by its key.
type keys struct{ *stage }

func (k *keys) visit(r *row) (*edit, error) {
	key := r.uid
	if k.kinds == nil {
		fields, ok := r.fields()
		if !ok {
			return nil, nil
		}
		id, ok := r.table.key(fields)
		if !ok {
			return nil, nil
		}
		key = string(id)
	}
	var number [8]byte
	binary.BigEndian.PutUint64(number[:], uint64(r.number))
	return nil, k.entry(r.table, key, opRow, uint64(r.number), number[:])
}

func (*keys) created(*table) iter.Seq2[*edit, error] {
	return func(func(*edit, error) bool) {}
}

// outcome is what becomes of the rows of one key.
type outcome struct {
	key     []byte // model and row key
	numbers []byte // of the first row; nil: there is none
	exists  bool
	created bool
	changed bool
	removed bool
	set     record.Fields
	lists   []byte // list edits, in staged form
}

// join brings changes and rows together.
func (s *stage) join(to *sorted) error {
	var o outcome
	for item, err := range s.sorter.Sorted() {
		if err != nil {
			return fault.Errorf(fault.Unavailable, "sort changes: %w", err)
		}
		if !bytes.Equal(item.Key(), o.key) {
			if err := o.put(to); err != nil {
				return err
			}
			o = outcome{key: append(o.key[:0], item.Key()...)}
		}
		if err := s.take(&o, item.Rec[item.KeyOff+item.KeyLen:]); err != nil {
			return err
		}
	}
	return o.put(to)
}

// take takes one entry into the outcome.
func (s *stage) take(o *outcome, entry []byte) error {
	op, payload := entry[0], bytes.Clone(entry[1:])
	name := func() string {
		t := s.group.tables[binary.BigEndian.Uint16(o.key)]
		if s.kinds != nil {
			return fmt.Sprintf("%s %q", t.Name, o.key[2:])
		}
		return record.Key(o.key[2:]).String()
	}
	switch op {
	case opRow:
		if o.numbers == nil {
			o.numbers, o.exists = payload, true
		}
		return nil
	case opCreate:
		if o.exists {
			return fault.Errorf(fault.Conflict, "create %s: it is in the file already", name())
		}
		o.created, o.exists, o.removed = true, true, false
	case opUpdate:
		if !o.exists {
			return fault.Errorf(fault.NotFound, "update %s: it is not in the file", name())
		}
	case opDelete:
		o.exists, o.removed, o.created = false, o.numbers != nil, false
		o.set, o.lists, o.changed = nil, nil, true
		return nil
	case opList:
		o.changed = true
		o.lists = append(binary.AppendUvarint(o.lists, uint64(len(payload))), payload...)
		return nil
	}
	fields, err := cutFields(payload)
	if err != nil {
		return err
	}
	o.changed = true
	for _, f := range fields { // a later change wins
		o.set = slices.DeleteFunc(o.set, func(e record.Field) bool { return e.Name == f.Name })
		o.set = append(o.set, f)
	}
	return nil
}

// put passes the outcome on: to the edits by row number, or to the new rows by key.
func (o *outcome) put(to *sorted) error {
	if !o.changed || !o.exists && !o.removed {
		return nil
	}
	if len(o.key) == 0 {
		return nil
	}
	key, sorter := o.key, to.fresh[binary.BigEndian.Uint16(o.key)]
	if o.numbers != nil {
		key, sorter = o.numbers, to.edits
	}
	b := append([]byte(nil), key...)
	flag := byte(0)
	if o.removed && !o.exists {
		flag = 1
	}
	b = append(b, flag)
	b = append(binary.AppendUvarint(b, uint64(len(o.lists))), o.lists...)
	b = appendFields(b, o.set)
	if err := sorter.Add(b, 0, len(key), 0); err != nil {
		return fault.Errorf(fault.Unavailable, "sort changes: %w", err)
	}
	return nil
}

// parseEdit reads what put wrote.
func parseEdit(item spill.Item) (*edit, error) {
	b := item.Rec[item.KeyOff+item.KeyLen:]
	e := &edit{remove: b[0] == 1}
	n, w := binary.Uvarint(b[1:])
	lists := b[1+w : 1+w+int(n)]
	for len(lists) > 0 {
		n, w := binary.Uvarint(lists)
		l := lists[w : w+int(n)]
		field, uid, _ := bytes.Cut(l[1:], []byte{0})
		e.lists = append(e.lists, listEdit{sign: l[0], field: string(field), uid: string(uid)})
		lists = lists[w+int(n):]
	}
	var err error
	e.set, err = cutFields(b[1+w+int(n):])
	return e, err
}
