package plan

import (
	"bufio"

	"github.com/plumbline-sync/plumbline/shared/record"
)

// dictShape writes Diff.dict() as JSON while elements go by.
type dictShape struct {
	w      *bufio.Writer
	levels []dictLevel
	buf    []byte
}

// dictLevel is an object that is open.
type dictLevel struct {
	group   string // the group that is open in it
	opened  bool   // there is one
	members bool   // it has members
}

func (s *dictShape) begin() { s.w.WriteByte('{') }

func (s *dictShape) open(kind, name string, e *formElement) {
	l := &s.levels[len(s.levels)-1]
	switch {
	case l.opened && l.group == kind:
		s.w.WriteByte(',')
	default:
		if l.opened {
			s.w.WriteByte('}')
		}
		if l.members {
			s.w.WriteByte(',')
		}
		s.name(kind)
		s.w.WriteByte('{')
		l.group, l.opened, l.members = kind, true, true
	}
	s.name(name)
	s.w.WriteByte('{')
	if e == nil {
		e = &formElement{source: record.Fields{}, target: record.Fields{}}
	}
	next := dictLevel{}
	for _, side := range []struct {
		sign string
		fs   record.Fields
	}{{"-", e.target}, {"+", e.source}} {
		if side.fs == nil {
			continue
		}
		if next.members {
			s.w.WriteByte(',')
		}
		next.members = true
		s.name(side.sign)
		s.buf = appendMembers(s.buf[:0], side.fs)
		s.w.Write(s.buf)
	}
	s.levels = append(s.levels, next)
}

func (s *dictShape) name(n string) {
	s.buf = append(record.AppendString(s.buf[:0], n), ':')
	s.w.Write(s.buf)
}

func (s *dictShape) close() {
	if s.levels[len(s.levels)-1].opened {
		s.w.WriteByte('}')
	}
	s.w.WriteByte('}')
	s.levels = s.levels[:len(s.levels)-1]
}

func (s *dictShape) end() {
	if s.levels[0].opened {
		s.w.WriteByte('}')
	}
	s.w.WriteString("}\n")
}
