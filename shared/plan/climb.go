package plan

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"

	"github.com/plumbline-sync/plumbline/shared/record"
)

// bits are what a path tells.
type bits uint16

const (
	aboveDropped  bits = 1 << iota // a flag drops an ancestor
	aboveOut                       // an ancestor is out of scope
	inRun                          // in the current run of one kind a record is in scope
	orphan                         // the parent is not there
	cycle                          // the path does not end
	aboveFinding                   // it, or an ancestor, has a finding
	aboveUnknown                   // of an ancestor's kind some records could not be identified
	parentCreated                  // the parent is on the source only: a create of this plan
	createRun                      // so are all ancestors up to here
	parentBad                      // and one of them will not be created
	loose                          // an ancestor that is to be created is out of scope, unless one above it in its run is in scope
	deleteRun                      // all ancestors up to here are to be deleted
)

// climb is how far a path is known.
type climb struct {
	bits    bits
	run     uint16 // the kind of the current run
	levels  byte
	cascade byte   // how far up the topmost ancestor stands that is deleted with all below it, nothing between them staying; 0: none
	why     []byte // what the finding, orphan or cycle is
	trace   []byte // for DiffSync's forms: a byte for each level
	path    []byte // keys, nearest first, each followed by 0
}

func (c *climb) append(dst []byte) []byte {
	dst = binary.BigEndian.AppendUint16(dst, uint16(c.bits))
	dst = binary.BigEndian.AppendUint16(dst, c.run)
	dst = append(dst, c.levels, c.cascade)
	dst = appendBytes(dst, c.why)
	dst = appendBytes(dst, c.trace)
	return append(dst, c.path...)
}

func (c *climb) read(src []byte) bool {
	if len(src) < 6 {
		return false
	}
	c.bits, c.run = bits(binary.BigEndian.Uint16(src)), binary.BigEndian.Uint16(src[2:])
	c.levels, c.cascade = src[4], src[5]
	var ok bool
	if c.why, src, ok = cutBytes(src[6:]); ok {
		c.trace, c.path, ok = cutBytes(src)
	}
	return ok
}

// climbFrom returns where a draft's path begins.
func climbFrom(d *draft) climb {
	c := climb{run: uint16(d.kind.index)}
	if d.marks&matched != 0 {
		c.bits |= inRun
	}
	return c
}

// leaveRun ends a run of one kind.
func (c *climb) leaveRun() {
	if c.bits&loose != 0 {
		c.bits = c.bits&^loose | parentBad
	}
}

// finish ends a path.
func (c *climb) finish() {
	if c.bits&inRun == 0 {
		c.bits |= aboveOut
	}
	c.leaveRun()
	if c.bits&cycle != 0 {
		c.path = nil
	}
}

// contains reports whether a path holds the key.
func contains(path, key []byte) bool {
	for len(path) > 0 {
		i := bytes.IndexByte(path, 0)
		if string(path[:i]) == string(key) {
			return true
		}
		path = path[i+1:]
	}
	return false
}

// members names the records of a cycle, or the nearest ones of a path that is too deep.
func members(path, key []byte) string {
	const most = 10
	keys := bytes.Split(bytes.TrimSuffix(path, []byte{0}), []byte{0})
	start := slices.IndexFunc(keys, func(k []byte) bool { return bytes.Equal(k, key) })
	deep := start < 0
	if !deep {
		keys = append(keys[start:], key)
	}
	var names []string
	for i, k := range keys {
		if i == most {
			names = append(names, "...")
			break
		}
		names = append(names, record.Key(k).String())
	}
	s := strings.Join(names, " below ")
	if deep {
		return "more than 100 levels deep: " + s
	}
	return "its parents lead in a circle: " + s
}

// clear empties a climb and keeps its space.
func (c *climb) clear() { c.set(&climb{}) }

// set copies a climb.
func (c *climb) set(o *climb) {
	path, why, trace := append(c.path[:0], o.path...), append(c.why[:0], o.why...), append(c.trace[:0], o.trace...)
	*c = *o
	c.path, c.why, c.trace = path, why, trace
}
