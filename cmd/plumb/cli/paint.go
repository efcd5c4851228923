package cli

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/fatih/color"

	"github.com/plumbline-sync/plumbline/shared/plan"
	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/words"
)

// painter colours text for one stream; colour only repeats what a sign already says.
type painter struct{ on bool }

// newPainter paints on terminals only, and not where NO_COLOR is set (no-color.org) or the terminal is dumb.
func newPainter(w io.Writer) painter {
	_, no := os.LookupEnv("NO_COLOR")
	return painter{on: terminal(w) && !no && os.Getenv("TERM") != "dumb"}
}

func (p painter) with(s string, attrs ...color.Attribute) string {
	if !p.on {
		return s
	}
	c := color.New(attrs...)
	c.EnableColor()
	return c.Sprint(s)
}

func (p painter) good(s string) string   { return p.with(s, color.FgGreen) }
func (p painter) warn(s string) string   { return p.with(s, color.FgYellow) }
func (p painter) bad(s string) string    { return p.with(s, color.FgRed) }
func (p painter) strong(s string) string { return p.with(s, color.Bold) }
func (p painter) faint(s string) string  { return p.with(s, color.Faint) }

// status colours how a run ended.
func (p painter) status(s run.Status, text string) string {
	switch s {
	case run.Succeeded, run.Running:
		return p.good(text)
	case run.Partial, run.Refused, run.Aborted:
		return p.warn(text)
	}
	return p.bad(text)
}

// size prints a size of memory; "." where it was not taken.
func size(n int64) string { return cmp.Or(words.Megabytes(n), ".") }

// table prints rows in aligned columns; columns whose head begins with a space are aligned to the right.
// The last column is cut to what is left of most columns.
func table(w io.Writer, most int, head []string, rows [][]string) {
	names := make([]string, len(head))
	for i, h := range head {
		names[i] = strings.TrimPrefix(h, " ")
	}
	rows = append([][]string{names}, rows...)
	width := make([]int, len(head))
	for _, r := range rows {
		for i, c := range r {
			width[i] = max(width[i], plan.Width(c))
		}
	}
	left := most
	for _, n := range width[:len(width)-1] {
		left -= n + 3
	}
	for _, r := range rows {
		var b strings.Builder
		if last := len(r) - 1; plan.Width(r[last]) > left && !strings.Contains(r[last], "\x1b") {
			r[last] = plan.Cut(r[last], max(left, 10))
			width[last] = min(width[last], max(left, 10))
		}
		for i, c := range r {
			pad := strings.Repeat(" ", max(0, width[i]-plan.Width(c)))
			if strings.HasPrefix(head[i], " ") {
				c = pad + c
			} else {
				c += pad
			}
			b.WriteString(c + "   ")
		}
		fmt.Fprintln(w, strings.TrimRight(b.String(), " "))
	}
}
