package file

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// jsonReader reads the objects of a JSON file one at a time: a list of them, or an object with a list for each model.
type jsonReader struct {
	lexer
	group *group
	scan  record.Scanner
	rec   record.Record
	in    string   // "" before the first byte, "[" in the file's only list, "[key" in a model's list, "{" between keys, "." after all
	table *table   // of the list at hand
	seen  []string // models whose list was met
	other []string // keys that no model is looked for under
}

func openJSON(g *group, from place) (reader, error) {
	in, err := open(g.on(), g.path, g.show)
	if err != nil {
		return nil, err
	}
	r := &jsonReader{lexer: lexer{input: in}, group: g, rec: record.Record{Place: g.show}}
	if from.Key != "" {
		err = r.resume(from)
	} else {
		err = in.bom()
	}
	if err != nil {
		_ = in.close()
		return nil, err
	}
	return r, nil
}

func (r *jsonReader) resume(from place) error {
	r.in = from.Key
	if from.Seen != "" {
		r.seen = strings.Split(from.Seen, "\n")
	}
	switch {
	case r.in == "[":
		r.table = r.group.tables[0]
	case strings.HasPrefix(r.in, "["):
		r.table = r.group.table(r.in[1:])
	}
	return r.seek(from)
}

func (r *jsonReader) place() place {
	return place{Offset: r.off, Line: r.line, Key: r.in, Seen: strings.Join(r.seen, "\n")}
}

// table returns the table whose records stand under the key; nil for none.
func (g *group) table(key string) *table {
	for _, t := range g.tables {
		if slices.Contains(t.keys, key) {
			return t
		}
	}
	return nil
}

func (r *jsonReader) read() (*record.Record, error) {
	for {
		switch {
		case r.in == "":
			if err := r.begin(); err != nil {
				return nil, err
			}
		case r.in == "{":
			if err := r.key(); err != nil {
				return nil, err
			}
		case r.in == ".":
			return nil, io.EOF
		default:
			if more, err := r.separator(']'); err != nil {
				return nil, err
			} else if more {
				return r.object()
			}
			if r.in == "[" {
				if err := r.finish(); err != nil {
					return nil, err
				}
				continue
			}
			r.in, r.first = "{", false
		}
	}
}

// begin reads the first bracket.
func (r *jsonReader) begin() error {
	c, err := r.peek()
	if err != nil {
		return err
	}
	switch {
	case c == '[' && len(r.group.tables) > 1:
		return fault.Errorf(fault.Invalid, "%s: a list holds one model, and %s are looked for; want an object with a list for each", r.at(), r.group.models())
	case c == '[':
		r.in, r.table = "[", r.group.tables[0]
	case c == '{':
		r.in = "{"
	case c == 0:
		return fault.Errorf(fault.Invalid, "file %q: it is empty; want a list of objects", r.show)
	default:
		return r.unexpected(c, "a list of objects, or an object with a list for each model")
	}
	r.first = true
	r.consume(1, 0)
	return nil
}

func (g *group) models() string {
	var ns []string
	for _, t := range g.tables {
		ns = append(ns, t.Name)
	}
	return strings.Join(ns, ", ")
}

// key reads the next key of the object that holds the models' lists, and the bracket after it; lists of other things are passed over.
func (r *jsonReader) key() error {
	more, err := r.separator('}')
	if err != nil {
		return err
	}
	if !more {
		return r.finish()
	}
	at := r.at()
	name, err := r.name()
	if err != nil {
		return err
	}
	t := r.group.table(name)
	if t == nil {
		r.other = append(r.other, name)
		if _, err = r.value(); err == errLong {
			err = nil
		}
		return err
	}
	if slices.Contains(r.seen, t.Name) {
		return fault.Errorf(fault.Invalid, "%s: the records of model %q stand twice, a second time under %q", at, t.Name, name)
	}
	r.seen = append(r.seen, t.Name)
	c, err := r.peek()
	if err != nil {
		return err
	}
	if c != '[' {
		return r.unexpected(c, fmt.Sprintf("a list of objects under %q", name))
	}
	r.consume(1, 0)
	r.in, r.table, r.first = "["+name, t, true
	return nil
}

// finish checks what follows the last bracket, and that every model was met.
func (r *jsonReader) finish() error {
	listed := r.in == "["
	r.in = "."
	if c, err := r.peek(); err != nil {
		return err
	} else if c != 0 {
		return fault.Errorf(fault.Invalid, "%s: more follows after the end, %q; where each line is an object, say format: ndjson", r.at(), string(rune(c)))
	}
	if listed {
		return nil
	}
	return r.group.unmet(r.seen, r.other)
}

// object reads the element at hand.
func (r *jsonReader) object() (*record.Record, error) {
	r.rec.Model, r.rec.Pos = r.table.Name, r.line
	text, err := r.value()
	if err == errLong {
		return nil, record.Bad(r.table.Name, r.rec.Position(), "too large: the object is %v", err)
	}
	if err != nil {
		return nil, err
	}
	if len(text) == 0 {
		c, _ := r.peek()
		return nil, r.unexpected(c, "an object")
	}
	if text[0] != '{' {
		return nil, record.Bad(r.table.Name, r.rec.Position(), "want an object, got %s", short(text))
	}
	fields, err := r.scan.Object(text)
	if err != nil {
		return nil, badObject(r.table, text, r.rec.Position(), err)
	}
	r.rec.Fields = fields
	return &r.rec, nil
}
