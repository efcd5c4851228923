package file

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// yamlReader reads the records of a YAML file: a list of mappings, or a mapping with a list for each model.
type yamlReader struct {
	group  *group
	src    []byte
	pieces []piece // not parsed yet
	items  []yamlItem
	at     int   // of the next in items
	line   int64 // how many lines of the file stand before the text that the items are from
	next   int64 // records so far
	text   yamlText
	json   []byte
	scan   record.Scanner
	rec    record.Record
}

// yamlItem is one record's node.
type yamlItem struct {
	table *table
	node  ast.Node
}

func openYAML(g *group, from place) (reader, error) {
	r := &yamlReader{group: g, rec: record.Record{Place: g.show}, text: yamlText{anchors: map[string][]byte{}}}
	err := r.slurp()
	for err == nil && r.next < from.Count { // the records before the place, for the anchors in them
		if _, err = r.read(); isBad(err) {
			err = nil
		}
	}
	if err == io.EOF {
		err = nil
	}
	return r, err
}

// slurp reads the file and cuts it into pieces, or parses it whole.
func (r *yamlReader) slurp() error {
	g := r.group
	st, err := g.on().stat(g.path)
	if err != nil {
		return fileError("open", g.show, err)
	}
	if st.size > longest {
		return fault.Errorf(fault.Invalid, "file %q: YAML must be read whole, and it has %d MiB, more than 64; write it as NDJSON, JSON or CSV", g.show, st.size>>20)
	}
	file, err := g.on().open(g.path)
	if err != nil {
		return fileError("open", g.show, err)
	}
	defer func() { _ = file.Close() }() // it was only read
	r.src = make([]byte, st.size)
	if _, err = io.ReadFull(file, r.src); err != nil {
		return fileError("read", g.show, err)
	}
	r.src = bytes.TrimPrefix(r.src, []byte("\ufeff"))
	if err := soundYAML(g, r.src); err != nil {
		return err
	}
	pieces, ok := splitYAML(r.src)
	if !ok || pieces[0].key == "" && len(g.tables) > 1 {
		return r.whole()
	}
	r.pieces = pieces
	return r.met(pieces)
}

// met checks that the pieces hold a list for each model.
func (r *yamlReader) met(pieces []piece) error {
	if pieces[0].key == "" {
		return nil
	}
	var seen, others []string
	for _, p := range pieces {
		if p.items { // the list went on
			continue
		}
		t := r.group.table(p.key)
		switch {
		case t == nil:
			others = append(others, p.key)
		case slices.Contains(seen, t.Name):
			return fault.Errorf(fault.Invalid, "%s:%d: the records of model %q stand twice, a second time under %q", r.group.show, p.line-1, t.Name, p.key)
		default:
			seen = append(seen, t.Name)
		}
	}
	return r.group.unmet(seen, others)
}

// whole parses the file whole, and goes on after the records that were read already.
func (r *yamlReader) whole() error {
	r.pieces, r.items, r.at = nil, nil, 0
	doc, err := parseYAML(r.group, r.src, 1)
	if err != nil {
		return err
	}
	if err := r.collect(doc); err != nil {
		return err
	}
	for r.at < min(int(r.next), len(r.items)) { // for the anchors in them
		r.json = r.text.append(r.json[:0], r.items[r.at].node, 0)
		r.at++
	}
	return nil
}

// more parses the next piece; false after the last.
func (r *yamlReader) more() (bool, error) {
	if len(r.pieces) == 0 {
		return false, nil
	}
	p := r.pieces[0]
	r.pieces, r.items, r.at = r.pieces[1:], r.items[:0], 0
	t := r.group.tables[0]
	if p.key != "" {
		t = r.group.table(p.key)
	}
	if t == nil || !p.items {
		return true, nil
	}
	doc, err := parseYAML(r.group, r.src[p.from:p.to], p.line)
	list, ok := doc.(*ast.SequenceNode)
	if err != nil || !ok { // it is not laid out as it seemed
		return true, r.whole()
	}
	r.line = p.line - 1
	return true, r.list(t, list)
}

// parseYAML parses a text that begins in a line of the file.
func parseYAML(g *group, src []byte, line int64) (doc ast.Node, err error) {
	defer func() {
		if recover() != nil { // the library gives up in this way on odd input
			doc, err = nil, fault.Errorf(fault.Invalid, "file %q: this is not YAML that can be read", g.show)
		}
	}()
	file, err := parser.ParseBytes(src, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		return nil, yamlError(g, err)
	}
	for _, d := range file.Docs {
		if _, ok := d.Body.(*ast.CommentGroupNode); ok || d.Body == nil {
			continue
		}
		if doc != nil {
			return nil, fault.Errorf(fault.Invalid, "%s:%d: a second document begins here; want one", g.show, line-1+lineOf(d.Body))
		}
		doc = d.Body
	}
	return doc, nil
}

// yamlError says where the library found what.
func yamlError(g *group, err error) error {
	var e yaml.Error
	if !errors.As(err, &e) || e.GetToken() == nil || e.GetToken().Position == nil {
		msg, _, _ := strings.Cut(err.Error(), "\n")
		return fault.Errorf(fault.Invalid, "file %q: not readable as YAML: %s", g.show, msg)
	}
	msg, _, _ := strings.Cut(e.GetMessage(), "\n")
	return fault.Errorf(fault.Invalid, "%s:%d: not readable as YAML: %s", g.show, e.GetToken().Position.Line, msg)
}

// lineOf returns the line in which a node begins.
func lineOf(n ast.Node) int64 {
	switch x := n.(type) {
	case *ast.MappingNode:
		if len(x.Values) > 0 {
			return lineOf(x.Values[0])
		}
	case *ast.MappingValueNode:
		return lineOf(x.Key)
	}
	if t := n.GetToken(); t != nil && t.Position != nil {
		return int64(t.Position.Line)
	}
	return 0
}

// collect lists the records' nodes in the file's order.
func (r *yamlReader) collect(doc ast.Node) error {
	g := r.group
	switch x := doc.(type) {
	case *ast.SequenceNode:
		if len(g.tables) > 1 {
			return fault.Errorf(fault.Invalid, "file %q: a list holds one model, and %s are looked for; want a mapping with a list for each", g.show, g.models())
		}
		return r.list(g.tables[0], x)
	case *ast.MappingNode:
		return r.kinds(x.Values)
	case *ast.MappingValueNode:
		return r.kinds([]*ast.MappingValueNode{x})
	case nil:
		return fault.Errorf(fault.Invalid, "file %q: it is empty; want a list of records", g.show)
	}
	return fault.Errorf(fault.Invalid, "%s:%d: want a list of records, or a mapping with a list for each model", g.show, lineOf(doc))
}

func (r *yamlReader) list(t *table, n ast.Node) error {
	switch x := n.(type) {
	case *ast.SequenceNode:
		for _, v := range x.Values {
			r.items = append(r.items, yamlItem{t, v})
		}
		return nil
	case *ast.NullNode, nil:
		return nil
	}
	return fault.Errorf(fault.Invalid, "%s:%d: model %q: want a list of records", r.group.show, lineOf(n), t.Name)
}

func (r *yamlReader) kinds(values []*ast.MappingValueNode) error {
	var seen, others []string
	for _, v := range values {
		name := yamlKey(v.Key)
		t := r.group.table(name)
		if t == nil {
			others = append(others, name)
			r.text.append(nil, v.Value, 0) // for the anchors in it
			continue
		}
		if slices.Contains(seen, t.Name) {
			return fault.Errorf(fault.Invalid, "%s:%d: the records of model %q stand twice, a second time under %q", r.group.show, lineOf(v), t.Name, name)
		}
		seen = append(seen, t.Name)
		if err := r.list(t, v.Value); err != nil {
			return err
		}
	}
	return r.group.unmet(seen, others)
}

func (r *yamlReader) place() place { return place{Count: r.next} }

func (r *yamlReader) close() error { return nil }

func (r *yamlReader) read() (*record.Record, error) {
	for r.at >= len(r.items) {
		if ok, err := r.more(); err != nil {
			return nil, err
		} else if !ok {
			return nil, io.EOF
		}
	}
	it := r.items[r.at]
	r.at++
	r.next++
	r.rec.Model, r.rec.Pos = it.table.Name, r.line+lineOf(it.node)
	r.text.bad = ""
	r.json = r.text.append(r.json[:0], it.node, 0)
	if r.text.bad == "" && (len(r.json) == 0 || r.json[0] != '{') {
		r.text.bad = "want a mapping, got " + string(short(r.json))
	}
	if r.text.bad != "" {
		return nil, &record.BadError{Model: it.table.Name, IDs: salvage(r.json, it.table.idNames()), Where: r.rec.Position(), Reason: r.text.bad}
	}
	fields, err := r.scan.Object(r.json)
	if err != nil {
		return nil, badObject(it.table, r.json, r.rec.Position(), err)
	}
	r.rec.Fields = fields
	return &r.rec, nil
}

// unmet is the error for models whose records stand nowhere in the file.
func (g *group) unmet(seen, others []string) error {
	var errs []error
	for _, t := range g.tables {
		if slices.Contains(seen, t.Name) || t.mayLack {
			continue
		}
		hint := ""
		if len(others) > 0 {
			hint = "; there are " + strings.Join(others[:min(8, len(others))], ", ")
		}
		errs = append(errs, fault.Errorf(fault.NotFound, "file %q: model %q: there is no key %s%s", g.show, t.Name, strings.Join(t.keys, " or "), hint))
	}
	return joined(errs)
}

func yamlKey(k ast.MapKeyNode) string {
	if s, ok := k.(*ast.StringNode); ok {
		return s.Value
	}
	if t := k.GetToken(); t != nil {
		return t.Value
	}
	return fmt.Sprint(k)
}
