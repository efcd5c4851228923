package file

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// jsonCopy is a walk over a JSON file: a list, lists by model, or a DiffSync export. What it does not change keeps its bytes, white space included.
type jsonCopy struct {
	lexer
	stage *stage
	out   *output
	v     visitor
	scan  record.Scanner
	met   []*table
}

func (s *stage) walkJSON(out *output, v visitor) error {
	c := &jsonCopy{stage: s, out: out, v: v}
	c.keep = true
	t := s.group.tables[0]
	if t.absent {
		return c.make()
	}
	in, err := open(t.on(), t.path, t.show)
	if err != nil {
		return err
	}
	defer func() { _ = in.close() }()
	c.input = in
	if err := out.mark(in); err != nil {
		return err
	}
	first, err := c.peek()
	if err != nil {
		return err
	}
	c.blank()
	switch {
	case first == '[' && len(s.group.tables) == 1 && s.kinds == nil:
		err = c.records(t, '[', ']')
	case first == '{':
		err = c.members()
	default:
		return c.unexpected(first, "a list of objects, or an object with a list for each model")
	}
	if err != nil {
		return err
	}
	if end, err := c.peek(); err != nil || end != 0 {
		return c.unexpected(end, "nothing after the last bracket")
	}
	c.blank()
	return nil
}

// blank writes the white space passed over.
func (c *jsonCopy) blank() {
	c.out.put(c.gap)
	c.gap = c.gap[:0]
}

// make writes a file that was not there.
func (c *jsonCopy) make() error {
	ts := c.stage.group.tables
	if c.stage.kinds == nil && len(ts) == 1 {
		c.out.put([]byte("["))
		_, err := c.created(ts[0], true, "\n  ", spaced)
		c.out.put([]byte("\n]\n"))
		return err
	}
	c.out.put([]byte("{"))
	err := c.unmet(true, "\n  ")
	c.out.put([]byte("\n}\n"))
	return err
}

// members copies the object that holds the models.
func (c *jsonCopy) members() error {
	if err := c.take('{'); err != nil {
		return err
	}
	c.out.put([]byte("{"))
	c.first = true
	gap := "\n  "
	for n := 0; ; n++ {
		more, err := c.separator('}')
		if err != nil {
			return err
		}
		if !more {
			blank := bytes.Clone(c.gap)
			c.gap = c.gap[:0]
			err := c.unmet(n == 0, gap)
			c.out.put(blank, []byte("}"))
			return err
		}
		if n > 0 {
			c.out.put([]byte(","))
		}
		gap = string(c.gap)
		c.blank()
		name, raw, err := c.rawName()
		if err != nil {
			return err
		}
		c.out.put(raw)
		t := c.stage.group.table(name)
		switch {
		case t == nil:
			err = c.copyValue()
		case c.stage.kinds != nil:
			err = c.records(t, '{', '}')
		default:
			err = c.records(t, '[', ']')
		}
		if err != nil {
			return err
		}
		c.first = false
	}
}

// rawName reads a name and the colon after it, also as they stand there with the white space around the colon.
func (c *jsonCopy) rawName() (name string, raw []byte, err error) {
	text, err := c.value()
	if err != nil {
		return "", nil, err
	}
	raw = bytes.Clone(text)
	v, err := record.AppendCanonical(nil, raw)
	name, ok := record.Value(v).Text()
	if err != nil || !ok {
		return "", nil, fault.Errorf(fault.Invalid, "%s: want a name in quotes, got %s", c.at(), short(raw))
	}
	if err := c.take(':'); err != nil {
		return "", nil, err
	}
	raw = append(append(raw, c.gap...), ':')
	c.gap = c.gap[:0]
	_, err = c.peek()
	raw = append(raw, c.gap...)
	c.gap = c.gap[:0]
	return name, raw, err
}

func (c *jsonCopy) copyValue() error {
	text, err := c.value()
	if err == errLong {
		return fault.Errorf(fault.Invalid, "%s: a value is %w; it cannot be copied", c.at(), err)
	}
	c.out.put(text)
	return err
}

// records copies the records of a table, in brackets, and adds the new ones.
func (c *jsonCopy) records(t *table, open, end byte) error {
	c.met = append(c.met, t)
	if err := c.take(open); err != nil {
		return err
	}
	c.out.put([]byte{open})
	c.first = true
	gap, empty, style, learnt := "\n  ", true, spaced, false
	var lead []byte // what stands before the first record
	for {
		more, err := c.separator(end)
		if err != nil {
			return err
		}
		if !more {
			blank := bytes.Clone(c.gap)
			c.gap = c.gap[:0]
			added, err := c.created(t, empty, gap, style)
			if added && len(blank) == 0 && gap == "\n  " {
				blank = newline
			}
			c.out.put(blank, []byte{end})
			return err
		}
		before := bytes.Clone(c.gap)
		c.gap = c.gap[:0]
		gap = string(before)
		if !learnt {
			lead = before
		}
		text, name, e, err := c.record(t, end == '}')
		if err != nil {
			return err
		}
		if !learnt {
			style, learnt = learn(text), true
		}
		if e != nil && e.remove {
			continue
		}
		if empty {
			before = lead
		} else {
			c.out.put([]byte(","))
		}
		empty = false
		c.out.put(before, name)
		if e != nil {
			text = e.apply(text, t.order())
		}
		c.out.put(text)
	}
}

// record reads the next record and asks what becomes of it.
func (c *jsonCopy) record(t *table, named bool) (text, name []byte, e *edit, err error) {
	r := row{table: t}
	if named {
		if r.uid, name, err = c.rawName(); err != nil {
			return nil, nil, nil, err
		}
	}
	if text, err = c.value(); err == errLong {
		err = fault.Errorf(fault.Invalid, "%s: a record is %w; it cannot be copied", c.at(), err)
	}
	if err != nil {
		return nil, nil, nil, err
	}
	r.fields = func() (record.Fields, bool) {
		f, err := c.scan.Object(text)
		return f, err == nil
	}
	if r.number, err = c.out.row(); err != nil {
		return nil, nil, nil, err
	}
	e, err = c.v.visit(&r)
	return text, name, e, err
}

// created writes the new records of a table.
func (c *jsonCopy) created(t *table, empty bool, gap string, style objectStyle) (bool, error) {
	added := false
	for e, err := range c.v.created(t) {
		if err != nil {
			return added, err
		}
		if !empty {
			c.out.put([]byte(","))
		}
		empty, added = false, true
		c.out.put([]byte(gap))
		fields := e.set
		if c.stage.kinds != nil {
			c.out.put(record.AppendString(nil, e.key), []byte(style.colon))
			fields = c.member(t, e)
		}
		c.out.put(style.object(fields, t.order()))
	}
	return added, nil
}

// member completes a new record as an export has it: with its lists of children. It has no flags of its own: in DiffSync its class's hold then.
func (c *jsonCopy) member(t *table, e *edit) record.Fields {
	fields := slices.Clone(e.set)
	k := c.stage.kinds[slices.Index(c.stage.group.tables, t)]
	for _, l := range k.lists {
		v := e.list(l.field, []byte("[]"))
		if v == nil {
			v = record.Value("[]")
		}
		fields = append(fields, record.Field{Name: l.field, Value: v})
	}
	return fields
}

// unmet writes models that the file had no key for, if they have records now.
func (c *jsonCopy) unmet(empty bool, gap string) error {
	open, end := "[", "]"
	if c.stage.kinds != nil {
		open, end = "{", "}"
	}
	for _, t := range c.stage.group.tables {
		if slices.Contains(c.met, t) {
			continue
		}
		begun := false
		for e, err := range c.v.created(t) {
			if err != nil {
				return err
			}
			if !begun && !empty {
				c.out.put([]byte(","))
			}
			if begun {
				c.out.put([]byte(","))
			} else {
				c.out.put([]byte(gap), fmt.Appendf(nil, "%q: %s", t.keys[0], open))
			}
			begun, empty = true, false
			c.out.put([]byte(gap + "  "))
			fields := e.set
			if c.stage.kinds != nil {
				c.out.put(record.AppendString(nil, e.key), []byte(": "))
				fields = c.member(t, e)
			}
			c.out.put(spaced.object(fields, t.order()))
		}
		if begun {
			c.out.put([]byte(gap + end))
		}
	}
	return nil
}
