package job

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
)

// A job file is read into a small tree of its own, in which every key and value knows its place, anchors and merges are resolved,
// and scalars keep their spelling. All that follows works on this tree, so that a message can always say where.

// place is a position in the file, from 1; the zero place is the file as a whole.
type place struct{ line, col int }

// shape is what a node is.
type shape uint8

// The shapes.
const (
	shapeNull shape = iota
	shapeBool
	shapeNumber
	shapeText
	shapeList
	shapeMap
)

// node is a value of the file.
type node struct {
	place
	shape   shape
	text    string // a scalar as it is spelled, without quotes
	written string // the text before variables were filled in, where some were
	pending bool   // the text holds variables that are not filled in yet
	items   []*node
	entries []entry
	size    int // nodes below and with it, each alias counted in full
}

// entry is a key with its value; the place is the key's.
type entry struct {
	place
	key string
	val *node
}

// get returns the entry of the key; nil where there is none.
func (n *node) get(key string) *entry {
	if n == nil {
		return nil
	}
	for i := range n.entries {
		if n.entries[i].key == key {
			return &n.entries[i]
		}
	}
	return nil
}

// String says what the node is, for "got ..".
func (n *node) String() string {
	switch n.shape {
	case shapeNull:
		return "nothing"
	case shapeText:
		return quote(n.text)
	case shapeList:
		return "a list"
	case shapeMap:
		return "a mapping"
	}
	return n.text
}

// numeral is the grammar of numbers in a job file: JSON's. What only looks like one (007, 0x1f, 1_000) is text, as it is in the data.
var numeral = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]{1,4})?$`)
})

// plain gives a scalar without quotes its shape.
func plain(s string) shape {
	switch s {
	case "", "~", "null", "Null", "NULL":
		return shapeNull
	case "true", "false", "True", "False", "TRUE", "FALSE":
		return shapeBool
	}
	if numeral().MatchString(s) {
		return shapeNumber
	}
	return shapeText
}

// quote returns the text in quotes, cut so that a line stays readable.
func quote(s string) string { return fmt.Sprintf("%q", cut(s, 60)) }

// cut shortens a text to n characters.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	return string(r[:n-2]) + ".."
}

// control reports whether the text has control characters.
func control(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r >= 0x7f && r < 0xa0 || r == 0xfffd })
}
