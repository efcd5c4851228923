package file

import (
	"bytes"
	"fmt"

	"github.com/plumbline-sync/plumbline/shared/fault"
)

// dialect is how a CSV file is written down.
type dialect struct {
	delim     byte
	quote     byte   // 0: none
	comment   string // "": none
	emptyText bool   // an unquoted empty cell is "", not null
}

func newDialect(t Text, path string) dialect {
	d := dialect{delim: ',', quote: '"', comment: t.Comment, emptyText: t.Empty == "string"}
	if hasEnding(path, "tsv") || hasEnding(path, "tab") {
		d.delim = '\t'
	}
	switch t.Delimiter {
	case "":
	case "tab", `\t`:
		d.delim = '\t'
	default:
		d.delim = t.Delimiter[0]
	}
	switch t.Quote {
	case "":
	case "none":
		d.quote = 0
	default:
		d.quote = t.Quote[0]
	}
	return d
}

// cell is one cell of a row: its text as it stands is raw[from:to], without the quotes.
type cell struct {
	from, to int
	quoted   bool
	doubled  bool // quotes in it stand twice
}

// csvRow is one row, in place; valid until the next.
type csvRow struct {
	raw   []byte // with quotes and line end
	end   int    // length of raw without the line end
	line  int64
	cells []cell
	fault string // what is wrong with it; "" for nothing
}

// text returns a cell's text; dst is scratch space for what must be put together.
func (r *csvRow) text(i int, quote byte, dst []byte) (text, scratch []byte) {
	c := r.cells[i]
	t := r.raw[c.from:c.to]
	if !c.doubled {
		return t, dst
	}
	from := len(dst)
	for {
		q := bytes.IndexByte(t, quote)
		if q < 0 {
			dst = append(dst, t...)
			return dst[from:], dst
		}
		dst = append(dst, t[:q+1]...)
		t = t[q+2:]
	}
}

// csvScanner cuts a CSV file into rows. A line end within quotes belongs to the cell; a quote within an unquoted cell is itself.
type csvScanner struct {
	*input
	dialect
	row csvRow
	// skipped is called with each line that is no row, if it is set.
	skipped func(line []byte)
}

// scan reads the next row into s.row, past blank lines and comments; false at the end of the file. The row before is consumed by it.
func (s *csvScanner) scan() (bool, error) {
	for {
		line, err := s.next()
		if err == errLong {
			return s.tooLong()
		}
		if err != nil || len(line) == 0 {
			return false, err
		}
		n := ending(line)
		if n == 0 || s.comment != "" && bytes.HasPrefix(line, []byte(s.comment)) {
			s.consume(len(line), 1)
			if s.skipped != nil {
				s.skipped(line)
			}
			continue
		}
		s.row = csvRow{cells: s.row.cells[:0], line: s.line}
		if s.quote == 0 || bytes.IndexByte(line, s.quote) < 0 {
			s.split(line[:n])
			s.row.raw, s.row.end = line, n
			s.consume(len(line), 1)
			return true, nil
		}
		return true, s.quoted()
	}
}

// split cuts a line without quotes.
func (s *csvScanner) split(line []byte) {
	from := 0
	for {
		i := bytes.IndexByte(line[from:], s.delim)
		if i < 0 {
			s.row.cells = append(s.row.cells, cell{from: from, to: len(line)})
			return
		}
		s.row.cells = append(s.row.cells, cell{from: from, to: from + i})
		from += i + 1
	}
}

// quoted cuts a row that has quotes, over as many lines as it takes.
func (s *csvScanner) quoted() error {
	for i := 0; ; i++ {
		c := cell{from: i, to: i}
		rest := i // what follows the closing quote, or the whole cell
		if b, err := s.byteAt(i); err != nil {
			return err
		} else if b == int(s.quote) {
			c.quoted, c.from = true, i+1
			if rest, err = s.closing(&c); err != nil {
				return err
			}
		}
		i = rest
		b, err := s.endOf(&i)
		if err != nil {
			return err
		}
		end := i
		if b == '\n' && end > rest && s.data()[end-1] == '\r' {
			end--
		}
		if !c.quoted {
			c.to = end
		} else if end > rest {
			s.row.fault = fmt.Sprintf("text after the closing quote of column %d", len(s.row.cells)+1)
		}
		s.row.cells = append(s.row.cells, c)
		if b == int(s.delim) {
			continue
		}
		if b == '\n' {
			i++
		}
		s.row.raw, s.row.end = s.data()[:i], end
		s.consume(i, int64(bytes.Count(s.row.raw, newline)))
		return nil
	}
}

// endOf moves i to the end of the cell, and returns what stands there: the delimiter, a line end, or -1 for the end of the file.
func (s *csvScanner) endOf(i *int) (int, error) {
	for {
		d := s.data()
		for *i < len(d) && d[*i] != s.delim && d[*i] != '\n' {
			*i++
		}
		if b, err := s.byteAt(*i); err != nil || b < 0 || b == int(s.delim) || b == '\n' {
			return b, err
		}
	}
}

var newline = []byte("\n")

// byteAt returns byte i of the row, -1 at the end of the file; it reads on where it must.
func (s *csvScanner) byteAt(i int) (int, error) {
	for i >= len(s.data()) {
		if ok, err := s.more(); err == errLong {
			return 0, fault.Errorf(fault.Invalid, "%s: the row that begins here is %w", s.at(), err)
		} else if !ok || err != nil {
			return -1, err
		}
	}
	return int(s.data()[i]), nil
}

// closing finds the end of a quoted cell that begins at c.from, sets c.to and returns the index after the closing quote.
func (s *csvScanner) closing(c *cell) (int, error) {
	i := c.from
	for {
		q := bytes.IndexByte(s.data()[i:], s.quote)
		if q < 0 {
			i = len(s.data())
			ok, err := s.more()
			if err == nil && !ok {
				err = fault.Errorf(fault.Invalid, "%s: a quote that opens in this row is never closed", s.at())
			} else if err == errLong {
				err = fault.Errorf(fault.Invalid, "%s: a quote that opens in this row is not closed within 64 MiB", s.at())
			}
			if err != nil {
				return 0, err
			}
			continue
		}
		i += q
		b, err := s.byteAt(i + 1)
		if err != nil {
			return 0, err
		}
		if b != int(s.quote) {
			c.to = i
			return i + 1, nil
		}
		c.doubled = true
		i += 2
	}
}

// tooLong passes over a line that is longer than the longest allowed, as a row that cannot be used.
// Where a quote stands in it nobody can say where the row ends: that is an error.
func (s *csvScanner) tooLong() (bool, error) {
	if s.quote != 0 && bytes.IndexByte(s.data(), s.quote) >= 0 {
		return false, fault.Errorf(fault.Invalid, "%s: the row that begins here is %w", s.at(), errLong)
	}
	s.row = csvRow{cells: s.row.cells[:0], line: s.line, fault: "too large: the line is " + errLong.Error()}
	return true, s.skip()
}

// ending returns the length of the line without its end.
func ending(line []byte) int {
	n := len(line)
	if n > 0 && line[n-1] == '\n' {
		n--
		if n > 0 && line[n-1] == '\r' {
			n--
		}
	}
	return n
}
