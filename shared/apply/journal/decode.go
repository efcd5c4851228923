package journal

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// largest is how much an object may hold before it is compressed; a writer stays far below.
const largest = 64 << 20

// object is a journal object, checked as a whole, whose lines are not read yet.
type object struct {
	header Header
	lines  []byte
}

var (
	errShort   = errors.New("damaged: it is cut short")
	errAltered = errors.New("damaged: its checksum does not fit")
)

// open checks an object of the journal and reads its header.
func open(data []byte) (*object, error) {
	d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(largest))
	if err != nil {
		return nil, err
	}
	defer d.Close()
	text, err := d.DecodeAll(data, nil)
	if err != nil {
		return nil, fmt.Errorf("damaged: %w", err)
	}
	first, rest, ok := bytes.Cut(text, []byte{'\n'})
	if !ok {
		return nil, errShort
	}
	o := &object{}
	if o.header, err = readHeader(first); err != nil {
		return nil, err
	}
	if len(rest) == 0 || rest[len(rest)-1] != '\n' {
		return nil, errShort
	}
	end := bytes.LastIndexByte(rest[:len(rest)-1], '\n') + 1
	o.lines = rest[:end]
	sum := sha256.Sum256(text[:len(first)+1+end])
	var s record.Scanner
	fs, err := s.Object(rest[end : len(rest)-1])
	if err != nil || len(fs) != 2 || fs.Get("lines") == nil {
		return nil, errShort
	}
	if text, _ := fs.Get("sha256").Text(); text != hex.EncodeToString(sum[:]) {
		return nil, errAltered
	}
	if n, ok := fs.Get("lines").Int64(); !ok || n != int64(bytes.Count(o.lines, []byte{'\n'})) {
		return nil, errAltered
	}
	return o, nil
}

func readHeader(line []byte) (h Header, err error) {
	var s record.Scanner
	fs, err := s.Object(line)
	if err != nil {
		return h, fmt.Errorf("damaged: header: %w", err)
	}
	v, ok := fs.Get("journal").Int64()
	switch {
	case !ok || v < 1:
		return h, errors.New("damaged: it has no header")
	case v > Version:
		return h, fmt.Errorf("its format has version %d, this program knows versions up to %d: use a newer one", v, Version)
	}
	h.Version = int(v)
	h.Number, _ = fs.Get("number").Int64()
	h.Plan, _ = fs.Get("plan").Text()
	h.Run, _ = fs.Get("run").Text()
	h.Stages, _ = fs.Get("stages").Bool()
	at, _ := fs.Get("time").Text()
	if h.Time, err = time.Parse(time.RFC3339Nano, at); err != nil {
		return h, fmt.Errorf("damaged: header: %w", err)
	}
	return h, nil
}

// entries reads the lines. An entry is valid until the next is asked for.
func (o *object) entries(yield func(*Entry, error) bool) {
	var s record.Scanner
	var e Entry
	n := 1
	for rest := o.lines; len(rest) > 0; {
		var line []byte
		line, rest, _ = bytes.Cut(rest, []byte{'\n'})
		n++
		e = Entry{Object: o.header.Number}
		if err := e.read(&s, line); err != nil {
			yield(nil, fmt.Errorf("damaged: line %d: %w", n, err))
			return
		}
		if !yield(&e, nil) {
			return
		}
	}
}

var errEntry = errors.New("it is no entry of a journal")

// read reads one line.
func (e *Entry) read(s *record.Scanner, line []byte) error {
	fs, err := s.Object(line)
	if err != nil {
		return err
	}
	if len(fs) == 1 {
		return e.readRange(fs[0])
	}
	e.Kind = Result
	var ok bool
	if e.N, ok = fs.Get("n").Int64(); !ok {
		return errEntry
	}
	for _, f := range fs {
		ok := true
		switch f.Name {
		case "op":
			e.Op, ok = f.Value.Text()
		case "k":
			ok = f.Value.Kind() == record.ArrayKind
			e.Key = record.Key(f.Value)
		case "status":
			var text string
			text, ok = f.Value.Text()
			e.Status = adapter.Status(text)
		case "part":
			e.Part, ok = f.Value.Bool()
		case "freed":
			e.Freed, ok = f.Value.Bool()
		case "s":
			ok = f.Value.Kind() == record.ArrayKind
			e.Spelled = record.Key(f.Value)
		case "message":
			e.Message, ok = f.Value.Text()
		case "local":
			ok = f.Value.Kind() == record.ObjectKind
			if ok {
				e.Local = append(record.Fields{}, f.Value.Members()...)
			}
		case "fields":
			for _, v := range f.Value.Elements() {
				t, _ := v.Text()
				e.Fields = append(e.Fields, t)
			}
		}
		if !ok {
			return fmt.Errorf("%s is no %s", strconv.Quote(f.Name), "part of an entry")
		}
	}
	if e.Status == "" || e.Key == "" {
		return errEntry
	}
	return nil
}

func (e *Entry) readRange(f record.Field) error {
	e.Kind = Kind(f.Name)
	var ok bool
	switch e.Kind {
	case Commit, Begin, End:
		e.N, ok = f.Value.Int64()
	case Flight, Again, Release:
		vs := f.Value.Elements()
		if len(vs) != 2 {
			return errEntry
		}
		var ok2 bool
		e.N, ok = vs[0].Int64()
		e.Last, ok2 = vs[1].Int64()
		ok = ok && ok2 && e.N <= e.Last
	}
	if !ok {
		return errEntry
	}
	return nil
}

// located says which object an error is about.
func located(name string, err error) error {
	return fault.Errorf(fault.Invalid, "read journal %q: %w; a new run loads the target anew and needs no old journal", name, err)
}
