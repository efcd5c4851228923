package file

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
	"unsafe"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// csvReader reads the rows of a CSV file as records. Every value is text or null.
type csvReader struct {
	csvScanner
	table   *table
	columns []string // as the header has them
	wanted  []int    // index of each field's column
	missing []string // wanted, but no column: null
	rec     record.Record
	scratch []byte
	values  []byte
}

func openCSV(t *table, from place, target bool) (reader, error) {
	r, err := newCSVReader(t, target)
	if err != nil {
		return nil, err
	}
	if from.Offset > 0 {
		err = r.seek(from)
	}
	if err != nil {
		_ = r.close()
		return nil, err
	}
	return r, nil
}

// newCSVReader opens the file and reads its header.
func newCSVReader(t *table, target bool) (*csvReader, error) {
	in, err := open(t.on(), t.path, t.show)
	if err != nil {
		return nil, err
	}
	r := &csvReader{
		csvScanner: csvScanner{input: in, dialect: newDialect(t.text, t.path)},
		table:      t, rec: record.Record{Model: t.Name, Place: t.show},
	}
	err = r.head()
	if err == nil {
		err = r.match(target)
	}
	if err != nil {
		_ = in.close()
		return nil, err
	}
	return r, nil
}

// head reads the header. An empty file has no columns.
func (r *csvReader) head() error {
	if err := r.bom(); err != nil {
		return err
	}
	if h := r.table.text.Header; h != nil && !*h {
		r.columns = r.table.text.Columns
		return nil
	}
	ok, err := r.csvScanner.scan()
	if err != nil || !ok {
		return err
	}
	if r.row.fault != "" || !utf8.Valid(r.row.raw) {
		return fault.Errorf(fault.Invalid, "%s:%d: the header cannot be read: %s", r.show, r.row.line, orUTF8(r.row.fault))
	}
	for i := range r.row.cells {
		var text []byte
		text, r.scratch = r.row.text(i, r.quote, r.scratch[:0])
		r.columns = append(r.columns, strings.TrimSpace(string(text)))
	}
	return nil
}

func orUTF8(reason string) string {
	if reason == "" {
		return "it is not valid UTF-8"
	}
	return reason
}

// match finds the column of each wanted field. On a target a column that is not there yet is null, and made when it is written.
func (r *csvReader) match(target bool) error {
	if len(r.columns) == 0 && !target {
		return fault.Errorf(fault.Invalid, "file %q: it is empty; its first line must name the columns", r.show)
	}
	var errs []error
	for _, name := range r.table.Fields {
		i := slices.Index(r.columns, name)
		switch {
		case i >= 0 && slices.Contains(r.columns[i+1:], name):
			j := i + 1 + slices.Index(r.columns[i+1:], name)
			errs = append(errs, fault.Errorf(fault.Invalid, "%s:1: column %q stands twice, as number %d and %d", r.show, name, i+1, j+1))
		case i >= 0:
			r.wanted = append(r.wanted, i)
			r.rec.Fields = append(r.rec.Fields, record.Field{Name: name})
		case target:
			r.missing = append(r.missing, name)
		case !r.table.optional(name):
			errs = append(errs, fault.Errorf(fault.Invalid, "%s:1: there is no column %q%s", r.show, name, r.instead(name)))
		}
	}
	for _, name := range r.missing {
		r.rec.Fields = append(r.rec.Fields, record.Field{Name: name, Value: record.Value(record.Null)})
	}
	return joined(errs)
}

// optional reports whether the job has a default for the file's field.
func (t *table) optional(theirs string) bool {
	return slices.ContainsFunc(t.Mapping.Fields, func(f job.FieldMap) bool {
		return t.theirs(f.Name) == theirs && f.Default != nil
	})
}

func (r *csvReader) instead(name string) string {
	if n := job.Nearest(name, r.columns); n != "" {
		return fmt.Sprintf("; did you mean %q?", n)
	}
	return "; there are " + strings.Join(r.columns, ", ")
}

func (r *csvReader) place() place { return place{Offset: r.off, Line: r.line} }

func (r *csvReader) read() (*record.Record, error) {
	ok, err := r.csvScanner.scan()
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, io.EOF
	}
	return r.record()
}

// record returns the row at hand as a record.
func (r *csvReader) record() (*record.Record, error) {
	r.rec.Pos = r.row.line
	if r.row.fault == "" && len(r.row.cells) != len(r.columns) {
		r.row.fault = fmt.Sprintf("%d columns, the header has %d", len(r.row.cells), len(r.columns))
	}
	if r.row.fault != "" {
		return nil, record.Bad(r.table.Name, r.rec.Position(), "%s", r.row.fault)
	}
	if !utf8.Valid(r.row.raw) {
		return nil, r.invalid()
	}
	r.scratch, r.values = r.scratch[:0], r.values[:0]
	for i, col := range r.wanted {
		r.rec.Fields[i].Value = r.value(col)
	}
	return &r.rec, nil
}

// value returns a cell's value.
func (r *csvReader) value(col int) record.Value {
	c := r.row.cells[col]
	if c.from == c.to && !c.quoted && !r.emptyText {
		return record.Value(record.Null)
	}
	var text []byte
	text, r.scratch = r.row.text(col, r.quote, r.scratch)
	from := len(r.values)
	r.values = record.AppendString(r.values, unsafe.String(unsafe.SliceData(text), len(text)))
	return r.values[from:len(r.values):len(r.values)]
}

// invalid returns the finding on a row that is not valid UTF-8, with the identifiers if these are.
func (r *csvReader) invalid() error {
	bad := &record.BadError{Model: r.table.Name, Where: r.rec.Position()}
	for i := range r.row.cells {
		if text, _ := r.row.text(i, r.quote, nil); !utf8.Valid(text) {
			bad.Reason = fmt.Sprintf("not valid UTF-8 in column %q: %q", r.columns[i], short(text))
			break
		}
	}
	for _, name := range r.table.idNames() {
		i := slices.Index(r.columns, name)
		if i < 0 {
			bad.IDs = nil
			return bad
		}
		text, _ := r.row.text(i, r.quote, nil)
		if !utf8.Valid(text) {
			bad.IDs = nil
			return bad
		}
		bad.IDs = append(bad.IDs, record.Field{Name: name, Value: record.AppendString(nil, string(text))})
	}
	return bad
}

// short cuts a text for a message.
func short(text []byte) []byte {
	if len(text) > 40 {
		return append(slices.Clone(text[:40]), "..."...)
	}
	return text
}
