package file

import (
	"bufio"
	"context"
	"io"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// walk copies the file to w, with what the visitor makes of each row. A file that is not there is made.
func (s *stage) walk(ctx context.Context, w io.Writer, v visitor) error {
	b, ok := w.(*replacement)
	out := &output{ctx: ctx}
	if ok {
		out.Writer = b.Writer
	} else {
		out.Writer = bufio.NewWriter(w)
	}
	var err error
	switch s.group.format {
	case "csv":
		err = s.walkCSV(out, v)
	case "ndjson":
		err = s.walkNDJSON(out, v)
	default:
		err = s.walkJSON(out, v)
	}
	if err == nil {
		err = out.err
	}
	return err
}

// output is where a walk writes to; its first error stays.
type output struct {
	*bufio.Writer
	ctx  context.Context
	rows int64
	err  error
}

func (o *output) put(pieces ...[]byte) {
	for _, p := range pieces {
		if o.err == nil {
			_, err := o.Write(p)
			if err != nil {
				o.err = fault.Errorf(fault.Unavailable, "%w", err)
			}
		}
	}
}

// mark copies the file's byte order mark, if there is one.
func (o *output) mark(in *input) error {
	err := in.bom()
	if err == nil && in.off > 0 {
		o.put(mark)
	}
	return err
}

// row counts a row; an error where the walk is to stop.
func (o *output) row() (int64, error) {
	o.rows++
	if o.rows%256 == 0 && o.ctx.Err() != nil {
		return 0, o.ctx.Err()
	}
	return o.rows, o.err
}

// walkNDJSON walks a file of one object a line.
func (s *stage) walkNDJSON(out *output, v visitor) error {
	t := s.group.tables[0]
	style := compact
	if !t.absent {
		in, err := open(t.on(), t.path, t.show)
		if err != nil {
			return err
		}
		defer func() { _ = in.close() }()
		if err = out.mark(in); err != nil {
			return err
		}
		if style, err = copyLines(out, in, t, v); err != nil {
			return err
		}
	}
	for e, err := range v.created(t) {
		if err != nil {
			return err
		}
		out.put(style.object(e.set, t.order()), newline)
	}
	return nil
}

func copyLines(out *output, in *input, t *table, v visitor) (objectStyle, error) {
	style, learnt, ended := compact, false, true
	var scan record.Scanner
	for {
		line, err := in.next()
		if err == errLong {
			err = fault.Errorf(fault.Invalid, "%s: the line is %w; it cannot be copied", in.at(), err)
		}
		if err != nil {
			return style, err
		}
		if len(line) == 0 {
			if !ended {
				out.put(newline)
			}
			return style, nil
		}
		in.consume(len(line), 1)
		ended = line[len(line)-1] == '\n'
		if blank(line) {
			out.put(line)
			continue
		}
		r := row{table: t, fields: func() (record.Fields, bool) {
			f, err := scan.Object(line)
			return f, err == nil
		}}
		if r.number, err = out.row(); err != nil {
			return style, err
		}
		e, err := v.visit(&r)
		if err != nil {
			return style, err
		}
		if !learnt {
			style, learnt = learn(line).flat(), true
		}
		switch {
		case e == nil:
			out.put(line)
		case e.remove:
			ended = true
		default:
			n := ending(line)
			out.put(e.apply(line[:n], t.order()), line[n:])
		}
	}
}
