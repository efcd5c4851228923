package job

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/plumbline-sync/plumbline/shared/fault"
)

// Problem is one thing that is wrong with a job file.
type Problem struct {
	File      string
	Line, Col int    // from 1; 0: the file as a whole
	Path      string // the key, "models.device.attributes"; "" : the file as a whole
	Text      string // what is wrong and what to do; where it begins with "is missing" it continues the path
}

// String returns the problem as a person sees it: file:line:column: path: text.
func (p Problem) String() string {
	var b strings.Builder
	b.WriteString(p.File)
	if p.Line > 0 {
		fmt.Fprintf(&b, ":%d:%d", p.Line, p.Col)
	}
	switch {
	case p.Path == "":
		b.WriteString(": ")
	case strings.HasPrefix(p.Text, "is missing"):
		b.WriteString(": " + p.Path + " ")
	default:
		b.WriteString(": " + p.Path + ": ")
	}
	b.WriteString(p.Text)
	return b.String()
}

// Problems is everything that is wrong with a job file, by place; those of the file as a whole come last. As an error it has the code Invalid.
type Problems struct{ List []Problem } //nolint:errname // it is what it holds

// Error returns the problems, one a line.
func (p *Problems) Error() string {
	var b strings.Builder
	for i, x := range p.List {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(x.String())
	}
	return b.String()
}

// As gives the error its code.
func (p *Problems) As(target any) bool {
	if t, ok := target.(**fault.Error); ok {
		*t = &fault.Error{Code: fault.Invalid, Err: p}
		return true
	}
	return false
}

// sort puts the problems into the order of their places and drops those said twice.
func (p *Problems) sort() {
	slices.SortStableFunc(p.List, func(a, b Problem) int {
		if (a.Line == 0) != (b.Line == 0) {
			return cmp.Compare(b.Line, a.Line)
		}
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col))
	})
	p.List = slices.Compact(p.List)
}
