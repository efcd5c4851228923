package file

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/record"
)

const maxLevels = 400

// yamlText writes YAML nodes as JSON texts.
type yamlText struct {
	anchors map[string][]byte
	bad     string // what is wrong with the node at hand; "" for nothing
}

// numeral is JSON's grammar of numbers. What only looks like one in YAML (007, 0x1f, 1_000) stays the text that it is.
var numeral = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$`) })

var notANumber = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^([-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))$`) })

// append appends the node's JSON text; y.bad says what cannot be written.
func (y *yamlText) append(dst []byte, n ast.Node, depth int) []byte {
	switch {
	case depth > maxLevels:
		y.bad = fmt.Sprintf("nested more than %d levels deep", maxLevels)
		return append(dst, "null"...)
	case len(dst) > longest:
		y.bad = "too large: with its aliases it is " + errLong.Error()
		return append(dst, "null"...)
	}
	switch x := n.(type) {
	case *ast.MappingNode:
		return y.object(dst, x.Values, depth)
	case *ast.MappingValueNode:
		return y.object(dst, []*ast.MappingValueNode{x}, depth)
	case *ast.SequenceNode:
		dst = append(dst, '[')
		for i, v := range x.Values {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = y.append(dst, v, depth+1)
		}
		return append(dst, ']')
	case *ast.AnchorNode:
		from := len(dst)
		dst = y.append(dst, x.Value, depth+1)
		if x.Name != nil {
			y.anchors[x.Name.GetToken().Value] = bytes.Clone(dst[from:])
		}
		return dst
	case *ast.AliasNode:
		if x.Value != nil {
			if v, ok := y.anchors[x.Value.GetToken().Value]; ok {
				return append(dst, v...)
			}
			y.bad = "no anchor &" + x.Value.GetToken().Value + " before this alias"
		}
		return append(dst, "null"...)
	case *ast.TagNode:
		return y.tagged(dst, x, depth)
	case *ast.LiteralNode:
		return y.string(dst, x.Value.Value)
	case *ast.StringNode:
		if t := x.Token.Type; t == token.SingleQuoteType || t == token.DoubleQuoteType {
			return y.string(dst, x.Value)
		}
		return y.plain(dst, x.Value, false)
	case nil, *ast.NullNode:
		return append(dst, "null"...)
	}
	return y.plain(dst, n.GetToken().Value, true)
}

// tagged writes a value with a tag: !!str makes text of it, others of the core set change nothing.
func (y *yamlText) tagged(dst []byte, x *ast.TagNode, depth int) []byte {
	switch tag := x.GetToken().Value; {
	case tag == "!!str":
		if s, ok := x.Value.(ast.ScalarNode); ok && s.GetToken() != nil {
			return y.string(dst, s.GetToken().Value)
		}
	case !strings.HasPrefix(tag, "!!"):
		y.bad = "the tag " + tag + " means nothing here"
	}
	return y.append(dst, x.Value, depth+1)
}

func (y *yamlText) object(dst []byte, values []*ast.MappingValueNode, depth int) []byte {
	dst = append(dst, '{')
	from := len(dst)
	own := map[string]bool{}
	for _, v := range values {
		if _, ok := v.Key.(*ast.MergeKeyNode); ok {
			continue
		}
		key := yamlKey(v.Key)
		own[key] = true
		dst = y.string(y.comma(dst, from), key)
		dst = y.append(append(dst, ':'), v.Value, depth+1)
	}
	for _, v := range values {
		if _, ok := v.Key.(*ast.MergeKeyNode); ok {
			dst = y.merge(dst, from, own, v.Value, depth)
		}
	}
	return append(dst, '}')
}

func (y *yamlText) comma(dst []byte, from int) []byte {
	if len(dst) > from {
		return append(dst, ',')
	}
	return dst
}

// merge writes what `<<: *anchor` brings, as far as the mapping has it not.
func (y *yamlText) merge(dst []byte, from int, own map[string]bool, n ast.Node, depth int) []byte {
	text := y.append(nil, n, depth+1)
	canon, err := record.AppendCanonical(nil, text)
	if err != nil {
		y.bad = "<<: " + err.Error()
		return dst
	}
	all := []record.Value{canon}
	if record.Value(canon).Kind() == record.ArrayKind {
		all = record.Value(canon).Elements()
	}
	for _, v := range all {
		if v.Kind() != record.ObjectKind {
			y.bad = "<< wants the alias of a mapping"
		}
		for _, f := range v.Members() {
			if !own[f.Name] {
				own[f.Name] = true
				dst = append(append(y.string(y.comma(dst, from), f.Name), ':'), f.Value...)
			}
		}
	}
	return dst
}

func (y *yamlText) string(dst []byte, s string) []byte {
	if !utf8.ValidString(s) {
		y.bad = "not valid UTF-8"
		return append(dst, `""`...)
	}
	return record.AppendString(dst, s)
}

// plain writes a scalar that stands without quotes.
func (y *yamlText) plain(dst []byte, s string, null bool) []byte {
	switch s {
	case "", "~", "null", "Null", "NULL":
		if null {
			return append(dst, "null"...)
		}
	case "true", "True", "TRUE", "false", "False", "FALSE":
		return append(dst, strings.ToLower(s)...)
	}
	if numeral().MatchString(s) {
		return append(dst, s...)
	}
	if notANumber().MatchString(s) {
		y.bad = s + " is no number that can be kept"
		return append(dst, "null"...)
	}
	return y.string(dst, s)
}

// soundYAML refuses what would break or choke the library: nesting beyond all measure, and what is not UTF-8.
func soundYAML(g *group, src []byte) error {
	line, deep := int64(0), 0
	for l := range bytes.Lines(src) {
		line++
		if !utf8.Valid(l) {
			return fault.Errorf(fault.Invalid, "%s:%d: not valid UTF-8", g.show, line)
		}
		depth := 0 // brackets stand in texts, too: only what opens in one line counts against the levels, all of them against what the library bears
		for _, c := range l {
			switch c {
			case '[', '{':
				depth++
				deep++
			case ']', '}':
				depth = max(0, depth-1)
				deep = max(0, deep-1)
			}
			if depth > maxLevels || deep > 100*maxLevels {
				return fault.Errorf(fault.Invalid, "%s:%d: nested more than %d levels deep", g.show, line, maxLevels)
			}
		}
		if dashes := bytes.Count(l, []byte("- ")); dashes > maxLevels && len(bytes.Trim(l, " -\r\n")) < len(l)-2*maxLevels {
			return fault.Errorf(fault.Invalid, "%s:%d: nested more than %d levels deep", g.show, line, maxLevels)
		}
	}
	return nil
}
