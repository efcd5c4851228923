package file

import (
	"io"

	"github.com/plumbline-sync/plumbline/shared/record"
)

// ndjsonReader reads one JSON object a line. Blank lines are left out.
type ndjsonReader struct {
	*input
	table *table
	scan  record.Scanner
	rec   record.Record
}

func openNDJSON(t *table, from place) (reader, error) {
	in, err := open(t.on(), t.path, t.show)
	if err != nil {
		return nil, err
	}
	r := &ndjsonReader{input: in, table: t, rec: record.Record{Model: t.Name, Place: t.show}}
	if from.Offset > 0 {
		err = in.seek(from)
	} else {
		err = in.bom()
	}
	if err != nil {
		_ = in.close()
		return nil, err
	}
	return r, nil
}

func (r *ndjsonReader) place() place { return place{Offset: r.off, Line: r.line} }

func (r *ndjsonReader) read() (*record.Record, error) {
	for {
		line, err := r.next()
		if err == errLong {
			bad := record.Bad(r.table.Name, r.at(), "too large: the line is %v", err)
			if err := r.skip(); err != nil {
				return nil, err
			}
			return nil, bad
		}
		if err != nil {
			return nil, err
		}
		if len(line) == 0 {
			return nil, io.EOF
		}
		r.rec.Pos = r.line
		r.consume(len(line), 1)
		if blank(line) {
			continue
		}
		fields, err := r.scan.Object(line)
		if err != nil {
			return nil, badObject(r.table, line, r.rec.Position(), err)
		}
		r.rec.Fields = fields
		return &r.rec, nil
	}
}

func blank(line []byte) bool {
	for _, c := range line {
		if c != ' ' && c != '\t' && c != '\n' && c != '\r' {
			return false
		}
	}
	return true
}
