package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/fatih/color"

	"github.com/plumbline-sync/plumbline/shared/plan"
)

// visible makes text of records and systems safe to print: see plan.Visible.
func visible(s string) string { return plan.Visible(s) }

// cut shortens text to n characters, in the middle.
func cut(s string, n int) string { return plan.Cut(s, n) }

// change colours a piece of a plan.
func (p painter) change(s plan.Style, text string) string {
	switch s {
	case plan.Created:
		return p.good(text)
	case plan.Updated:
		return p.warn(text)
	case plan.Moved:
		return p.with(text, color.FgCyan)
	case plan.Deleted:
		return p.bad(text)
	case plan.HeldBack:
		return p.with(text, color.FgMagenta)
	}
	return p.faint(text)
}

// tableBody prints rows as table does, without a head.
func tableBody(w io.Writer, align []string, rows [][]string) {
	var b strings.Builder
	table(&b, 1<<20, align, rows)
	_, after, _ := strings.Cut(b.String(), "\n")
	fmt.Fprint(w, after)
}

// indent prints rows as tableBody does, four columns in.
func indent(w io.Writer, rows [][]string) {
	if len(rows) == 0 {
		return
	}
	var b strings.Builder
	tableBody(&b, make([]string, len(rows[0])), rows)
	for line := range strings.Lines(b.String()) {
		fmt.Fprint(w, "    "+line)
	}
}
