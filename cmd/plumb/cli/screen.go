package cli

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/term"

	"github.com/plumbline-sync/plumbline/shared/plan"
	"github.com/plumbline-sync/plumbline/shared/run"
)

// The columns that output is laid out for: where the terminal does not say, and at most.
const (
	usualWidth = 100
	mostWidth  = 140
)

// width returns how many columns a line may take.
func (a *app) width() int {
	f, ok := a.out.(*os.File)
	if !ok {
		return usualWidth
	}
	cols, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return usualWidth
	}
	return min(max(cols, 40), mostWidth)
}

// printer prints plans to w, as wide as the screen.
func (a *app) printer(w io.Writer) *plan.Printer {
	return &plan.Printer{W: w, Paint: a.paint.change, Width: a.width()}
}

// headline returns a screen's first line: a job and what is said of it, and at the right end what is to be copied. Plain text; paint colours the job.
func (a *app) headline(name, said, right string) string {
	name = plan.Cut(visible(name), 32)
	room := a.width() - plan.Width(name) - 3 - 2 - plan.Width(right)
	said = plan.Cut(visible(said), max(room, 10))
	gap := max(2, a.width()-plan.Width(name)-3-plan.Width(said)-plan.Width(right))
	return a.paint.strong(name) + "   " + said + strings.Repeat(" ", gap) + a.paint.faint(right)
}

// wrapped breaks text at blanks into lines of at most width columns.
func wrapped(text string, width int) []string {
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(text) {
		switch {
		case line == "":
			line = word
		case plan.Width(line)+1+plan.Width(word) <= width:
			line += " " + word
		default:
			lines = append(lines, line)
			line = word
		}
	}
	if line == "" {
		return lines
	}
	return append(lines, line)
}

// paragraph prints text in lines that fit, each after the same indent.
func (a *app) paragraph(w io.Writer, indent, text string, paint func(string) string) {
	for part := range strings.SplitSeq(text, "\n") {
		for _, l := range wrapped(visible(part), a.width()-len(indent)) {
			fmt.Fprintln(w, indent+paint(l))
		}
	}
}

// sides says what is compared with what.
func sides(r *run.Run) string {
	if r.Source == "" || r.Target == "" { // a load that failed leaves chance to say whether the other got so far
		return ""
	}
	return r.Source + "  ->  " + r.Target
}

func or(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// way is what a person may do next: why, and the command.
type way struct{ why, command string }

// ways prints what to do next, the commands below each other.
func (a *app) ways(ws []way) {
	most := 0
	for _, w := range ws {
		most = max(most, plan.Width(w.why))
	}
	for i, w := range ws {
		if i == 0 {
			fmt.Fprintln(a.out)
		}
		fmt.Fprintf(a.out, "%s%s   %s\n", w.why, strings.Repeat(" ", most-plan.Width(w.why)), w.command)
	}
}

// nearby returns a path as a person in this folder would type it.
func nearby(path string) string {
	here, err := os.Getwd()
	if err != nil || !filepath.IsAbs(path) {
		return path
	}
	rel, err := filepath.Rel(here, path)
	if err != nil || strings.HasPrefix(rel, filepath.Join("..", "..", "..")) {
		return path
	}
	return rel
}

// jobArg is how a person names the run's job in a command: its name where the folder of jobs has it, else its file.
func (a *app) jobArg(r *run.Run) string {
	if r.JobFile == "" || a.onStack() {
		return r.Job
	}
	file := r.JobFile
	if !filepath.IsAbs(file) {
		file = filepath.Join(r.JobDir, filepath.Base(file))
	}
	dir, err := filepath.Abs(a.jobsDir)
	if err == nil && filepath.Dir(file) == dir {
		return r.Job
	}
	return nearby(file)
}
