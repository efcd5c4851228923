package job

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// reader reads one file. It goes on after a problem with what can still be said, so that all problems come at once.
type reader struct {
	file    string
	catalog Catalog
	values  map[string]string // the variables; nil: not filled in yet
	found   Problems
	refs    []reference // references to secrets that nothing has taken yet
}

// problem notes a problem at a place.
func (r *reader) problem(at place, path, format string, args ...any) {
	if control(path) {
		path = strings.Trim(quote(path), `"`)
	}
	r.found.List = append(r.found.List, Problem{File: r.file, Line: at.line, Col: at.col, Path: path, Text: fmt.Sprintf(format, args...)})
}

// object is a mapping with fixed keys that is being read.
type object struct {
	*reader
	n    *node
	at   place // where it is named
	path string
	bad  bool // it was no mapping, which is said
}

// object takes a node as a mapping with the keys; unknown ones are reported. A node that is no mapping is reported, too, and read as an empty one; so is none, silently.
func (r *reader) object(n *node, at place, path string, keys ...string) object {
	o := object{reader: r, n: n, at: at, path: path}
	switch {
	case n == nil || n.shape == shapeNull:
		o.n = &node{shape: shapeMap}
	case n.shape != shapeMap:
		r.problem(n.place, path, "want a mapping with the keys %s, got %s", strings.Join(keys, ", "), n)
		o.n, o.bad = &node{shape: shapeMap}, true
	}
	for _, e := range o.n.entries {
		if !slices.Contains(keys, e.key) {
			r.problem(e.place, dot(path, e.key), "no such key%s", instead(e.key, keys))
		}
	}
	return o
}

// has reports whether the key stands there with a value.
func (o object) has(key string) bool { return o.val(key) != nil }

// val returns the key's value; nil where it is left out or empty.
func (o object) val(key string) *node {
	if e := o.n.get(key); e != nil && e.val.shape != shapeNull {
		return e.val
	}
	return nil
}

// key returns where the key stands; the object's own place where it does not.
func (o object) key(key string) place {
	if e := o.n.get(key); e != nil {
		return e.place
	}
	return o.at
}

// sub returns the path of the key.
func (o object) sub(key string) string { return dot(o.path, key) }

// missing reports that a key must be there.
func (o object) missing(key, want string) {
	if !o.bad {
		o.problem(o.at, o.sub(key), "is missing: %s", want)
	}
}

// text returns the key's text; "" where it is left out.
func (o object) text(key string) string {
	n := o.val(key)
	if n == nil {
		return ""
	}
	if n.shape != shapeText {
		o.problem(n.place, o.sub(key), "want a text, got %s%s", n, needsQuotes(n))
		return ""
	}
	return n.text
}

// name returns the key's text as a name.
func (o object) name(key string) string {
	n := o.val(key)
	if n == nil {
		return ""
	}
	return o.asName(n, o.sub(key))
}

// oneOf names what may stand there.
func oneOf(allowed []string) string {
	if len(allowed) == 1 {
		return allowed[0]
	}
	return "one of " + strings.Join(allowed, ", ")
}

// choice returns the key's text, one of those allowed.
func (o object) choice(key string, allowed ...string) string {
	s := o.text(key)
	if s == "" {
		return ""
	}
	if !slices.Contains(allowed, s) {
		o.problem(o.val(key).place, o.sub(key), "want %s, got %s%s", oneOf(allowed), quote(s), meant(s, allowed))
		return ""
	}
	return s
}

// yes returns the key's true or false; otherwise where it is left out.
func (o object) yes(key string, otherwise bool) bool {
	n := o.val(key)
	if n == nil {
		return otherwise
	}
	if n.shape != shapeBool {
		o.problem(n.place, o.sub(key), "want true or false, got %s", n)
		return otherwise
	}
	return n.text == "true"
}

// count returns the key's whole number of at least one; 0 where it is left out.
func (o object) count(key string) int64 {
	n := o.val(key)
	if n == nil {
		return 0
	}
	i, err := strconv.ParseInt(n.text, 10, 64)
	if n.shape != shapeNumber || err != nil || i < 1 {
		o.problem(n.place, o.sub(key), "want a whole number of at least 1, got %s", n)
		return 0
	}
	return i
}

// names returns the key's list of names, each once.
func (o object) names(key string) []string {
	var out []string
	for _, n := range o.list(key, "names") {
		s := o.asName(n, o.sub(key))
		if s == "" {
			continue
		}
		if slices.Contains(out, s) {
			o.problem(n.place, o.sub(key), "%s stands twice", quote(s))
			continue
		}
		out = append(out, s)
	}
	return out
}

// list returns the items of the key's list; none where it is left out.
func (o object) list(key, of string) []*node {
	n := o.val(key)
	if n == nil {
		return nil
	}
	if n.shape != shapeList {
		hint := ""
		if n.shape == shapeText {
			hint = "; write [" + cut(n.text, 40) + "]"
		}
		o.problem(n.place, o.sub(key), "want a list of %s, got %s%s", of, n, hint)
		return nil
	}
	return n.items
}

// asName takes a node as a name; "" with a problem where it is none.
func (r *reader) asName(n *node, path string) string {
	if n.shape != shapeText {
		r.problem(n.place, path, "want a name, got %s%s", n, needsQuotes(n))
		return ""
	}
	if !r.goodName(n.text, n.place, path) {
		return ""
	}
	return n.text
}

// goodName reports whether a text can be a name, and says why not.
func (r *reader) goodName(s string, at place, path string) bool {
	switch {
	case s == "":
		r.problem(at, path, "the name is empty")
	case control(s):
		r.problem(at, path, "the name %s has control characters", quote(s))
	case s != strings.TrimSpace(s):
		r.problem(at, path, "the name %s begins or ends with a blank", quote(s))
	case len(s) > 200:
		r.problem(at, path, "the name %s has more than 200 characters", quote(s))
	default:
		return true
	}
	return false
}

func meant(got string, names []string) string {
	if n := nearest(got, names); n != "" {
		return "; did you mean " + quote(n) + "?"
	}
	return ""
}

func needsQuotes(n *node) string {
	if n.shape == shapeNumber || n.shape == shapeBool {
		return "; write \"" + n.text + "\""
	}
	return ""
}
