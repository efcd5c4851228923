package plan

import (
	"bufio"
	"strings"

	"github.com/plumbline-sync/plumbline/shared/record"
)

// strShape writes Diff.str() while elements go by.
type strShape struct {
	w              *bufio.Writer
	source, target string   // names of the sides
	groups         []string // by level, the group that is open
	any            bool
}

func (s *strShape) begin() {}

func (s *strShape) open(kind, name string, e *formElement) {
	level := len(s.groups) - 1
	margin := strings.Repeat("    ", level)
	if s.groups[level] != kind {
		s.groups[level] = kind
		s.line(margin + kind)
	}
	margin += "  "
	head := margin + kind + ": " + name
	switch {
	case e == nil:
		s.line(head)
	case e.source == nil:
		s.line(head + " MISSING in " + s.source)
	case e.target == nil:
		s.line(head + " MISSING in " + s.target)
	default:
		s.line(head)
		for i, f := range e.source {
			s.line(margin + "  " + f.Name + "    " + s.source + "(" + record.Python(f.Value) + ")    " + s.target + "(" + record.Python(e.target[i].Value) + ")")
		}
	}
	s.groups = append(s.groups, "")
}

func (s *strShape) line(l string) {
	s.w.WriteString(l)
	s.w.WriteByte('\n')
	s.any = true
}

func (s *strShape) close() { s.groups = s.groups[:len(s.groups)-1] }

func (s *strShape) end() {
	if !s.any {
		s.w.WriteString("(no diffs)\n")
	}
}
