package job

import (
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// builder turns the library's tree into ours.
type builder struct {
	report  func(at place, path, format string, args ...any)
	anchors map[string]*node
	full    bool // there were too many nodes; what was built is of no use
}

// Bounds of a job file: a person writes far less, and an alias can stand for a bomb.
const (
	maxNodes = 100_000
	maxDepth = 100
)

func (b *builder) build(n ast.Node, path string, depth int) *node {
	if b.full {
		return &node{size: 1}
	}
	if depth > maxDepth {
		b.report(placeOf(n), path, "nested more than %d levels deep", maxDepth)
		return &node{place: placeOf(n), size: 1}
	}
	switch x := n.(type) {
	case *ast.MappingNode:
		return b.mapping(x, x.Values, path, depth)
	case *ast.MappingValueNode:
		return b.mapping(x, []*ast.MappingValueNode{x}, path, depth)
	case *ast.SequenceNode:
		out := &node{place: placeOf(x), shape: shapeList, size: 1}
		for _, v := range x.Values {
			b.add(out, b.build(v, path, depth+1), path)
		}
		return out
	case *ast.AnchorNode:
		v := b.build(x.Value, path, depth+1)
		if x.Name != nil {
			b.anchors[x.Name.GetToken().Value] = v
		}
		return v
	case *ast.AliasNode:
		if x.Value != nil {
			if v, ok := b.anchors[x.Value.GetToken().Value]; ok {
				return v
			}
			b.report(placeOf(x), path, "no anchor &%s before this alias", x.Value.GetToken().Value)
		}
		return &node{place: placeOf(x), size: 1}
	case *ast.TagNode:
		v := *b.build(x.Value, path, depth+1)
		switch tag := x.GetToken().Value; {
		case tag == "!!str" && v.shape <= shapeText:
			v.shape = shapeText
		case strings.HasPrefix(tag, "!!"):
		default:
			b.report(placeOf(x), path, "the tag %s means nothing here", tag)
		}
		return &v
	case *ast.LiteralNode:
		return &node{place: placeOf(x), shape: shapeText, text: x.Value.Value, size: 1}
	case *ast.StringNode:
		out := &node{place: placeOf(x), shape: shapeText, text: x.Value, size: 1}
		if t := x.Token.Type; t != token.SingleQuoteType && t != token.DoubleQuoteType {
			out.shape = plain(x.Value)
			if out.shape == shapeNull {
				out.shape = shapeText
			}
		}
		return out
	case nil:
		return &node{size: 1}
	case *ast.NullNode:
		return &node{place: placeOf(x), size: 1}
	}
	s := n.GetToken().Value
	out := &node{place: placeOf(n), shape: plain(s), text: s, size: 1}
	if out.shape == shapeBool {
		out.text = strings.ToLower(s)
	}
	return out
}

func (b *builder) mapping(n ast.Node, values []*ast.MappingValueNode, path string, depth int) *node {
	out := &node{place: placeOf(n), shape: shapeMap, size: 1}
	if len(values) > 0 {
		out.place = placeOf(values[0].Key)
	}
	var merged []entry
	for _, v := range values {
		if _, ok := v.Key.(*ast.MergeKeyNode); ok {
			merged = append(merged, b.merge(v, path, depth)...)
			continue
		}
		e := entry{place: placeOf(v.Key), key: keyOf(v.Key)}
		if old := out.get(e.key); old != nil {
			b.report(e.place, dot(path, e.key), "the key stands twice, first in line %d", old.line)
			continue
		}
		e.val = b.build(v.Value, dot(path, e.key), depth+1)
		out.entries = append(out.entries, e)
		b.add(out, e.val, path)
	}
	for _, e := range merged {
		if out.get(e.key) == nil {
			out.entries = append(out.entries, e)
			b.add(out, e.val, path)
		}
	}
	return out
}

// merge returns what `<<: *anchor` brings.
func (b *builder) merge(v *ast.MappingValueNode, path string, depth int) []entry {
	switch n := b.build(v.Value, path, depth+1); n.shape {
	case shapeMap:
		return n.entries
	case shapeList:
		var es []entry
		for _, m := range n.items {
			es = append(es, m.entries...)
		}
		return es
	}
	b.report(placeOf(v.Key), path, "<< wants the alias of a mapping")
	return nil
}

// add counts a child in, and hangs a list's into it.
func (b *builder) add(out, child *node, path string) {
	if out.size += child.size; out.size > maxNodes && !b.full {
		b.report(out.place, path, "more than %d values, aliases counted in full", maxNodes)
		b.full = true
	}
	if out.shape == shapeList {
		out.items = append(out.items, child)
	}
}

// keyOf returns a key as it is spelled.
func keyOf(k ast.MapKeyNode) string {
	if s, ok := k.(*ast.StringNode); ok {
		return s.Value
	}
	if q, ok := k.(*ast.MappingKeyNode); ok && q.Value != nil {
		return q.Value.GetToken().Value
	}
	return k.GetToken().Value
}

// placeOf returns where a node begins; the library's own token of a mapping is the colon after its first key.
func placeOf(n ast.Node) place {
	switch x := n.(type) {
	case nil:
		return place{}
	case *ast.MappingNode:
		if len(x.Values) > 0 && !x.IsFlowStyle {
			return placeOf(x.Values[0].Key)
		}
	case *ast.MappingValueNode:
		return placeOf(x.Key)
	}
	t := n.GetToken()
	if t == nil || t.Position == nil {
		return place{}
	}
	return place{t.Position.Line, t.Position.Column}
}

// dot joins a path and a key.
func dot(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
