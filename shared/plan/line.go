package plan

import (
	"github.com/plumbline-sync/plumbline/shared/record"
)

// The line of a change, one JSON object; members that are empty are left out, and they stand in this order:
//
//	n           ordinal in the order of application; held, out-of-scope and unchanged records have none
//	op          create, update, move, delete, unchanged
//	key         ["device","ams01-leaf-01"]
//	name        the shortname, for people
//	path        keys of the ancestors, root first
//	parent      key of the parent as it should be (for a delete: as it is); from: as it was, for a move
//	ids         identifiers in their own spelling, where the key folds them
//	before      the target's attributes
//	set         what is written
//	local       the target's local values
//	references  [["tenant",["tenant","acme"]]]: attribute and what it refers to
//	deferred, clear, part   true; see Change
//	cascade     key of the ancestor whose delete takes this record along
//	held        {"code":"policy","detail":"..."}
//
// The data ends with one line {"plan":{...}}, what the plan says of itself.

// lineOf is what a line is made of beside the draft and the ordinal.
type lineOf struct {
	path     []byte // keys, root first, each followed by 0; its own key last without
	tail     []byte
	deferred bool
	clear    bool
	part     bool
	cascade  []byte
	code     Code
	detail   string
	quiet    bool // held with the first change to its record, and counted there
}

func appendChange(dst []byte, op Op, d *draft, o *lineOf) []byte {
	dst = append(dst, '{')
	dst = append(dst, `"op":"`...)
	dst = append(dst, op...)
	dst = append(dst, `","key":`...)
	dst = append(dst, d.key...)
	dst = append(dst, `,"name":`...)
	dst = d.kind.appendName(dst, d.key, d.ids)
	dst = appendPath(dst, o.path)
	dst = appendKeyed(dst, `,"parent":`, d.parent)
	dst = appendKeyed(dst, `,"from":`, d.old)
	dst = append(dst, d.ids...)
	dst = append(dst, o.tail...)
	return appendEnd(dst, o)
}

// appendEnd appends what stands after the values.
func appendEnd(dst []byte, o *lineOf) []byte {
	if o.deferred {
		dst = append(dst, `,"deferred":true`...)
	}
	if o.clear {
		dst = append(dst, `,"clear":true`...)
	}
	if o.part {
		dst = append(dst, `,"part":true`...)
	}
	dst = appendKeyed(dst, `,"cascade":`, o.cascade)
	if o.code != "" {
		dst = append(dst, `,"held":{"code":"`...)
		dst = append(dst, o.code...)
		dst = append(dst, `","detail":`...)
		dst = record.AppendString(dst, o.detail)
		dst = append(dst, '}')
	}
	return append(dst, '}')
}

func appendKeyed(dst []byte, name string, key []byte) []byte {
	if len(key) == 0 {
		return dst
	}
	return append(append(dst, name...), key...)
}

// appendPath appends the member path from a sort path.
func appendPath(dst, path []byte) []byte {
	start := true
	for {
		k, rest, more := cutPath(path)
		if !more {
			break
		}
		if start {
			dst = append(dst, `,"path":[`...)
			start = false
		} else {
			dst = append(dst, ',')
		}
		dst = append(dst, k...)
		path = rest
	}
	if !start {
		dst = append(dst, ']')
	}
	return dst
}

// cutPath cuts the first key off a path; more is false where it is the last, the record's own.
func cutPath(path []byte) (key, rest []byte, more bool) {
	for i, c := range path {
		if c == 0 {
			return path[:i], path[i+1:], true
		}
	}
	return path, nil, false
}

// appendMembers appends an object of the fields, absent ones left out.
func appendMembers(dst []byte, fs record.Fields) []byte {
	dst = append(dst, '{')
	comma := false
	for i := range fs {
		if fs[i].Value == nil {
			continue
		}
		if comma {
			dst = append(dst, ',')
		}
		comma = true
		dst = record.AppendString(dst, fs[i].Name)
		dst = append(dst, ':')
		dst = append(dst, fs[i].Value...)
	}
	return append(dst, '}')
}
