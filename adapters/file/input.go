package file

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/plumbline-sync/plumbline/shared/fault"
)

const (
	window = 256 << 10 // read at once
	// longest is the longest line or element that is looked at, so that an endless one cannot exhaust memory.
	longest = 64 << 20
)

// errLong says that a line or element is longer than the longest allowed.
var errLong = errors.New("longer than 64 MiB")

// place is where reading stands; it is what a cursor holds.
type place struct {
	Offset int64  `json:"o,omitempty"` // of the next record
	Line   int64  `json:"l,omitempty"` // its line, from 1
	Count  int64  `json:"n,omitempty"` // records so far, where a reader must count
	Key    string `json:"k,omitempty"` // what the offset stands in
	Seen   string `json:"s,omitempty"` // which models' records were met already
}

// input is a file read front to back through a window that holds at least the record at hand.
type input struct {
	file    handle
	show    string // the file's name, for people
	buf     []byte
	r, w    int   // buf[r:w] is read and not consumed
	off     int64 // of buf[r] in the file
	line    int64 // of buf[r]
	ended   bool
	longest int
}

func open(on disk, path, show string) (*input, error) {
	f, err := on.open(path)
	if err != nil {
		return nil, fileError("open", show, err)
	}
	return &input{file: f, show: show, buf: make([]byte, window), line: 1, longest: longest}, nil
}

// seek goes to a place that an earlier input noted.
func (in *input) seek(p place) error {
	if _, err := in.file.Seek(p.Offset, io.SeekStart); err != nil {
		return fileError("read", in.show, err)
	}
	in.r, in.w, in.off, in.line, in.ended = 0, 0, p.Offset, max(1, p.Line), false
	return nil
}

func (in *input) close() error { return in.file.Close() }

// data returns what is read and not consumed.
func (in *input) data() []byte { return in.buf[in.r:in.w] }

// more reads on, so that data grows; false at the end of the file. errLong where data is the longest allowed already.
func (in *input) more() (bool, error) {
	if in.ended {
		return false, nil
	}
	rest := in.w - in.r
	switch {
	case len(in.buf) > 4*window && rest <= window/2: // a giant has passed
		small := make([]byte, window)
		copy(small, in.data())
		in.buf, in.r, in.w = small, 0, rest
	case in.r > 0:
		in.r, in.w = 0, copy(in.buf, in.data())
	case rest >= in.longest:
		return false, errLong
	case rest == len(in.buf):
		grown := make([]byte, min(2*len(in.buf), in.longest))
		copy(grown, in.buf)
		in.buf = grown
	}
	n, err := in.file.Read(in.buf[in.w:min(len(in.buf), in.w+4*window)])
	in.w += n
	if err == io.EOF {
		in.ended = true
		return n > 0, nil
	}
	if err != nil {
		return false, fileError("read", in.show, err)
	}
	return true, nil
}

// consume drops the first n bytes of data, which hold so many line ends. They stay readable until the next call that reads.
func (in *input) consume(n int, lines int64) {
	in.r += n
	in.off += int64(n)
	in.line += lines
}

// next returns the next line with its end, in place, without consuming it; empty at the end of the file. errLong where it is too long: skip then.
func (in *input) next() ([]byte, error) {
	from := 0
	for {
		d := in.data()
		if i := bytes.IndexByte(d[from:], '\n'); i >= 0 {
			return d[:from+i+1], nil
		}
		from = len(d)
		ok, err := in.more()
		if err != nil {
			return nil, err
		}
		if !ok {
			return in.data(), nil
		}
	}
}

// skip consumes the rest of a line of any length.
func (in *input) skip() error {
	for {
		d := in.data()
		if i := bytes.IndexByte(d, '\n'); i >= 0 {
			in.consume(i+1, 1)
			return nil
		}
		in.consume(len(d), 0)
		if ok, err := in.more(); !ok || err != nil {
			return err
		}
	}
}

// at returns the line at hand, for people.
func (in *input) at() string { return fmt.Sprintf("%s:%d", in.show, in.line) }

// mark is the byte order mark of UTF-8.
var mark = []byte("\ufeff")

// bom consumes a byte order mark at the start of the file. Other encodings than UTF-8 are an error.
func (in *input) bom() error {
	for len(in.data()) < 4 {
		if ok, err := in.more(); err != nil {
			return err
		} else if !ok {
			break
		}
	}
	d := in.data()
	switch {
	case bytes.HasPrefix(d, mark):
		in.consume(len(mark), 0)
	case bytes.HasPrefix(d, []byte("\xff\xfe")), bytes.HasPrefix(d, []byte("\xfe\xff")):
		return fault.Errorf(fault.Invalid, "read %q: it is UTF-16; save it as UTF-8", in.show)
	}
	return nil
}

// fileError gives an error of the file system its code.
func fileError(op, show string, err error) error {
	code := fault.Unavailable
	if _, coded := errors.AsType[*fault.Error](err); coded {
		return err // an object's, which names it
	}
	switch {
	case err == errFolder:
		code = fault.Invalid
	case errors.Is(err, os.ErrNotExist):
		code = fault.NotFound
	case errors.Is(err, os.ErrPermission):
		code = fault.Denied
	}
	if p, ok := errors.AsType[*os.PathError](err); ok {
		err = p.Err
	}
	return fault.Errorf(code, "%s %q: %w", op, show, err)
}
