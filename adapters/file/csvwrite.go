package file

import (
	"bytes"
	"io"
	"slices"
	"strings"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// appendCell appends the value as a cell: null is nothing, text stands in quotes where it must, all else as JSON.
func (d dialect) appendCell(dst []byte, v record.Value, first bool) []byte {
	if v == nil || v.IsNull() {
		return dst
	}
	text := string(v)
	if s, ok := v.Text(); ok {
		text = s
	}
	if !d.mustQuote(text, first) {
		return append(dst, text...)
	}
	dst = append(dst, d.quote)
	for i := range len(text) {
		if text[i] == d.quote {
			dst = append(dst, d.quote)
		}
		dst = append(dst, text[i])
	}
	return append(dst, d.quote)
}

// mustQuote reports whether the text would be read as something else without quotes.
func (d dialect) mustQuote(text string, first bool) bool {
	return text == "" && !d.emptyText ||
		strings.IndexByte(text, d.delim) >= 0 || d.quote != 0 && strings.IndexByte(text, d.quote) >= 0 || strings.ContainsAny(text, "\r\n") ||
		first && (d.comment != "" && strings.HasPrefix(text, d.comment) || strings.HasPrefix(text, "\ufeff"))
}

// csvCopy is a walk over a CSV file.
type csvCopy struct {
	*csvReader
	out     *output
	v       visitor
	old     int    // columns that the file has
	eol     string // line end
	columns []string
	buf     []byte
}

func (s *stage) walkCSV(out *output, v visitor) error {
	t := s.group.tables[0]
	c := &csvCopy{out: out, v: v, eol: "\n"}
	if t.absent {
		c.csvReader = &csvReader{csvScanner: csvScanner{dialect: newDialect(t.text, t.path)}, table: t}
	} else {
		r, err := newCSVReader(t, true)
		if err != nil {
			return err
		}
		defer func() { _ = r.close() }()
		c.csvReader = r
	}
	if err := c.header(s.names); err != nil {
		return err
	}
	if !t.absent {
		if err := c.rows(); err != nil {
			return err
		}
	}
	for e, err := range v.created(t) {
		if err != nil {
			return err
		}
		c.buf = c.buf[:0]
		for i, name := range c.columns {
			if i > 0 {
				c.buf = append(c.buf, c.delim)
			}
			c.buf = c.appendCell(c.buf, e.set.Get(name), i == 0)
		}
		c.out.put(c.buf, []byte(c.eol))
	}
	return nil
}

// header copies the header, with columns for fields that have none yet.
func (c *csvCopy) header(names []string) error {
	c.old = len(c.csvReader.columns)
	c.columns = slices.Clone(c.csvReader.columns)
	if h := c.table.text.Header; h != nil && !*h {
		c.columns = c.table.text.Columns
		return c.prefix()
	}
	if c.old == 0 {
		c.columns = c.table.order()
	}
	for _, n := range c.table.order() {
		if slices.Contains(names, n) && !slices.Contains(c.columns, n) {
			c.columns = append(c.columns, n)
		}
	}
	for _, n := range names {
		if !slices.Contains(c.columns, n) {
			c.columns = append(c.columns, n)
		}
	}
	return c.prefix()
}

// prefix copies what stands before the first row, and writes the header to its end.
func (c *csvCopy) prefix() error {
	var raw []byte
	if c.input != nil && c.off > 0 {
		raw = make([]byte, c.off)
		if _, err := c.file.ReadAt(raw, 0); err != nil && err != io.EOF {
			return fileError("read", c.show, err)
		}
	}
	if h := c.table.text.Header; h != nil && !*h {
		c.out.put(raw)
		return nil
	}
	if bytes.HasSuffix(raw, []byte("\r\n")) {
		c.eol = "\r\n"
	}
	switch {
	case c.old > 0:
		raw = raw[:ending(raw)]
	case len(raw) > 0 && ending(raw) == len(raw) && !bytes.Equal(raw, mark): // a comment without an end: the header begins a line
		raw = append(raw, c.eol...)
	}
	c.out.put(raw)
	for i := c.old; i < len(c.columns); i++ {
		c.buf = c.buf[:0]
		if i > 0 {
			c.buf = append(c.buf, c.delim)
		}
		c.out.put(c.appendCell(c.buf, record.AppendString(nil, c.columns[i]), i == 0))
	}
	c.out.put([]byte(c.eol))
	return nil
}

// rows copies the rows.
func (c *csvCopy) rows() error {
	c.skipped = func(line []byte) {
		c.out.put(line)
		if !bytes.HasSuffix(line, newline) {
			c.out.put([]byte(c.eol))
		}
	}
	for {
		ok, err := c.csvScanner.scan()
		if err != nil || !ok {
			return err
		}
		if c.row.raw == nil {
			return fault.Errorf(fault.Invalid, "%s:%d: the row is %w; it cannot be copied", c.show, c.row.line, errLong)
		}
		r := row{table: c.table}
		if r.number, err = c.out.row(); err != nil {
			return err
		}
		full := c.row.fault == "" && len(c.row.cells) >= c.old // one that is too long stays too long, by as many cells
		r.fields = func() (record.Fields, bool) {
			rec, err := c.record()
			if err != nil {
				return nil, false
			}
			return rec.Fields, true
		}
		e, err := c.v.visit(&r)
		if err != nil {
			return err
		}
		if e != nil && e.remove {
			continue
		}
		eol := c.row.raw[c.row.end:]
		if len(eol) == 0 {
			eol = []byte(c.eol)
		}
		if e == nil {
			c.out.put(c.row.raw[:c.row.end])
		} else {
			c.out.put(c.edited(e))
		}
		if full {
			c.out.put(bytes.Repeat([]byte{c.delim}, max(0, len(c.columns)-c.old-c.written(e))))
		}
		c.out.put(eol)
	}
}

// written says how many of the new columns edited writes by itself: all, or none.
func (c *csvCopy) written(e *edit) int {
	if e == nil {
		return 0
	}
	return len(c.columns) - c.old
}

// edited returns the row with the edit's fields set. Other cells keep their bytes.
func (c *csvCopy) edited(e *edit) []byte {
	c.buf = c.buf[:0]
	for i, name := range c.columns {
		if i > 0 {
			c.buf = append(c.buf, c.delim)
		}
		if v := e.set.Get(name); v != nil {
			c.buf = c.appendCell(c.buf, v, i == 0)
			continue
		}
		if i >= len(c.row.cells) {
			continue
		}
		cell := c.row.cells[i]
		if cell.quoted {
			cell.from, cell.to = cell.from-1, cell.to+1
		}
		c.buf = append(c.buf, c.row.raw[cell.from:cell.to]...)
	}
	return c.buf
}
