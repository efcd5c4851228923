package job

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// maxFile bounds a job file, maxLine one of its lines.
const (
	maxFile = 1 << 20
	maxLine = 1 << 14
)

// tree reads the text into nodes; nil where there is nothing to go on with. What is wrong is reported.
func tree(src []byte, report func(at place, path, format string, args ...any)) *node {
	src = bytes.TrimPrefix(src, []byte("\xef\xbb\xbf"))
	if at, problem := unreadable(src); problem != "" {
		report(at, "", "%s", problem)
		return nil
	}
	var open []string // references that stood without quotes, as we spell them until they are read
	for range 100 {
		file, err := parse(src)
		if err == nil {
			return first(file, open, report)
		}
		at, msg := locate(err)
		ref, fixed := unquoted(src, at)
		if fixed == nil {
			report(at, "", "%s", msg)
			return nil
		}
		report(place{at.line, at.col - 1}, "", "a reference inside { } or [ ] needs quotes: \"%s\"", ref)
		open = append(open, ref)
		src = fixed
	}
	return nil
}

// first builds the first document of a file.
func first(file *ast.File, open []string, report func(at place, path, format string, args ...any)) *node {
	b := &builder{report: report, anchors: map[string]*node{}}
	var root *node
	for _, d := range file.Docs {
		if _, ok := d.Body.(*ast.CommentGroupNode); ok || d.Body == nil {
			continue
		}
		if root != nil {
			report(placeOf(d.Body), "", "a second document begins here; a file holds one job")
			break
		}
		root = b.build(d.Body, "", 0)
	}
	if root == nil {
		report(place{}, "", "the file is empty; docs/job-file.md says what a job file holds")
		return nil
	}
	if root.shape != shapeMap {
		report(root.place, "", "want a mapping of keys (source, target, models, policy ..), got %s", root)
		return nil
	}
	for _, ref := range open {
		restore(root, hidden(ref), ref, map[*node]bool{})
	}
	return root
}

// parse calls the library, whose panics on odd input become errors.
func parse(src []byte) (f *ast.File, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("this is not YAML that can be read")
		}
	}()
	return parser.ParseBytes(src, 0, parser.AllowDuplicateMapKey())
}

// locate returns the place and the message of the library's error.
func locate(err error) (place, string) {
	var e yaml.Error
	if !errors.As(err, &e) {
		msg, _, _ := strings.Cut(err.Error(), "\n")
		return place{}, msg
	}
	at := place{}
	if t := e.GetToken(); t != nil && t.Position != nil {
		at = place{t.Position.Line, t.Position.Column}
	}
	msg, _, _ := strings.Cut(e.GetMessage(), "\n")
	return at, "not readable as YAML: " + strings.ReplaceAll(msg, "\t", `\t`)
}

// unreadable finds what would break or choke the library.
func unreadable(src []byte) (place, string) {
	if len(src) > maxFile {
		return place{}, fmt.Sprintf("the file has %d bytes; a job file has at most %d", len(src), maxFile)
	}
	depth := 0
	for i, line := range bytes.Split(src, []byte("\n")) {
		if !utf8.Valid(line) {
			return place{i + 1, 1}, "the line is not valid UTF-8"
		}
		if len(line) > maxLine {
			return place{i + 1, 1}, fmt.Sprintf("the line has %d bytes; the longest allowed is %d", len(line), maxLine)
		}
		if bytes.Count(line, []byte("- ")) > maxDepth && len(bytes.Trim(line, " -")) < len(line)-2*maxDepth {
			return place{i + 1, 1}, fmt.Sprintf("nested more than %d levels deep", maxDepth)
		}
		for _, c := range line {
			switch c {
			case '[', '{':
				depth++
			case ']', '}':
				depth = max(0, depth-1)
			}
		}
		if depth > 2*maxDepth {
			return place{i + 1, 1}, fmt.Sprintf("nested more than %d levels deep", maxDepth)
		}
	}
	return place{}, ""
}

// unquoted looks whether the library stumbled over the brace of a ${..} without quotes; if so it returns the reference, and the text with that one spelled so that reading goes on.
func unquoted(src []byte, at place) (ref string, fixed []byte) {
	lines := bytes.SplitAfter(src, []byte("\n"))
	if at.line < 1 || at.line > len(lines) {
		return "", nil
	}
	line := []rune(string(lines[at.line-1]))
	i := at.col - 1
	if i < 1 || i >= len(line) || line[i] != '{' || line[i-1] != '$' {
		return "", nil
	}
	end := i
	for end < len(line) && line[end] != '}' {
		end++
	}
	if end == len(line) {
		return "", nil
	}
	ref = string(line[i-1 : end+1])
	lines[at.line-1] = []byte(string(line[:i-1]) + hidden(ref) + string(line[end+1:]))
	return ref, bytes.Join(lines, nil)
}

// hidden spells a reference as YAML takes it without quotes, in as many characters.
func hidden(ref string) string { return "$(" + ref[2:len(ref)-1] + ")" }

// restore puts a hidden reference back into the texts.
func restore(n *node, from, to string, seen map[*node]bool) {
	if n == nil || seen[n] {
		return
	}
	seen[n] = true
	n.text = strings.ReplaceAll(n.text, from, to)
	for _, c := range n.items {
		restore(c, from, to, seen)
	}
	for _, e := range n.entries {
		restore(e.val, from, to, seen)
	}
}
