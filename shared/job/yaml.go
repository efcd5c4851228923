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
	file, err := parse(src)
	if err == nil {
		return first(file, nil, report)
	}
	refs, places, fixed := unquoted(string(src))
	var back []string
	for i, ref := range refs {
		report(places[i], "", "a reference inside { } or [ ] needs quotes: \"%s\"", ref)
		back = append(back, hidden(ref), ref)
	}
	if len(refs) > 0 {
		file, err = parse([]byte(fixed))
	}
	if err != nil {
		at, msg := locate(err)
		report(at, "", "%s", msg)
		return nil
	}
	return first(file, back, report)
}

// first builds the first document of a file.
func first(file *ast.File, back []string, report func(at place, path, format string, args ...any)) *node {
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
	if b.full {
		return nil
	}
	if root == nil {
		report(place{}, "", "the file is empty; docs/job-file.md says what a job file holds")
		return nil
	}
	if root.shape != shapeMap {
		report(root.place, "", "want a mapping of keys (source, target, models, policy ..), got %s", root)
		return nil
	}
	if back != nil {
		restore(root, strings.NewReplacer(back...), map[*node]bool{})
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
	if strings.HasPrefix(msg, "mapping value is not allowed") {
		return at, `not readable as YAML: a key and its value cannot stand here; is the line indented too far, or a text with ": " in it without quotes?`
	}
	if msg == "non-map value is specified" {
		return at, `not readable as YAML: "key: value" should stand here; is a colon missing?`
	}
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
