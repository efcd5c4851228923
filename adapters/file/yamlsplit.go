package file

import (
	"bytes"
	"regexp"
	"sync"
)

// A YAML parser's tree takes eighty times the text's memory. So a file that is laid out as files of records are, one item after the other, is cut into pieces of
// whole items, which are parsed one by one. What is laid out otherwise, or shares values between items by anchors, is parsed whole.

// piece is a run of whole items of one list.
type piece struct {
	key      string // the list's key; "" where the file is a list
	from, to int    // where it stands in the text
	line     int64  // of its first line
	items    bool   // it holds items; else it is a key
}

const pieceSize = 256 << 10

var (
	// shared finds what makes one part of a text depend on another.
	shared = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?m)(^|[\s\[{,:-])[&*][^\s,\]}&*]|^(---|\.\.\.|%)`) })
	// listKey is a line that does nothing but begin a list.
	listKey = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^([A-Za-z_][A-Za-z0-9_.-]*):[ \t]*(#.*)?\r?\n?$`) })
	// emptyList is a line that says there is none.
	emptyList = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^([A-Za-z_][A-Za-z0-9_.-]*):[ \t]*(\[[ \t]*\]|~|null)[ \t]*(#.*)?\r?\n?$`)
	})
)

// splitYAML cuts a text into pieces; false where it is not laid out so.
func splitYAML(src []byte) ([]piece, bool) {
	at, line := 0, int64(0)
	if bytes.HasPrefix(src, []byte("---\n")) {
		at, line = 4, 1
	}
	if shared().Match(src[at:]) {
		return nil, false
	}
	var ps []piece
	var key string
	indent, listed := -1, false // of the items of the list at hand; whether the file is a list of itself
	for l := range bytes.Lines(src[at:]) {
		from := at
		at += len(l)
		line++
		text := bytes.TrimLeft(l, " ")
		col := len(l) - len(text)
		item := bytes.HasPrefix(text, []byte("- ")) || bytes.HasPrefix(text, []byte("-\n"))
		switch {
		case ending(text) == 0 || text[0] == '#':
		case col == 0 && !item && listed:
			return nil, false
		case col == 0 && !item:
			m := listKey().FindSubmatch(l)
			if m == nil {
				if m = emptyList().FindSubmatch(l); m == nil {
					return nil, false
				}
			}
			key, indent = string(m[1]), -1
			ps = append(ps, piece{key: key, from: at, to: at, line: line + 1})
			continue
		case item && indent < 0:
			listed = listed || len(ps) == 0
			indent = col
			ps = append(ps, piece{key: key, from: from, line: line, items: true})
		case indent < 0 || col < indent || col == indent && !item:
			return nil, false
		case item && col == indent && from-ps[len(ps)-1].from >= pieceSize:
			ps = append(ps, piece{key: key, from: from, line: line, items: true})
		}
		if len(ps) > 0 && ps[len(ps)-1].items {
			ps[len(ps)-1].to = at
		}
	}
	return ps, len(ps) > 0
}
