package plan

import (
	"io"
	"strconv"
	"strings"

	"github.com/plumbline-sync/plumbline/shared/run"
)

// column is one of the summary's.
type column struct {
	head  string
	of    func(c run.Counts) int64
	style Style
	rare  bool // left out where it is 0 throughout
}

func columns() []column {
	return []column{
		{"create", func(c run.Counts) int64 { return c.Create }, Created, false},
		{"update", func(c run.Counts) int64 { return c.Update }, Updated, false},
		{"move", func(c run.Counts) int64 { return c.Move }, Moved, false},
		{"delete", func(c run.Counts) int64 { return c.Delete }, Deleted, false},
		{"held", func(c run.Counts) int64 { return c.Held }, HeldBack, false},
		{"unchanged", func(c run.Counts) int64 { return c.Unchanged }, Faint, false},
		{"skip", func(c run.Counts) int64 { return c.Skip }, Faint, true},
		{"out of scope", func(c run.Counts) int64 { return c.OutOfScope }, Faint, true},
	}
}

// Summary prints the table of counts by model and action, models in the order of application.
func (p *Printer) Summary(ix *Index) error {
	total := ix.Total()
	name := len("interface")
	for _, m := range ix.Models {
		name = max(name, min(Width(Visible(m)), mostOfName))
	}
	var cols []column
	var widths []int
	head := pad("", name)
	for _, c := range columns() {
		if c.rare && c.of(total) == 0 {
			continue
		}
		w := max(len(c.head), len(Thousands(c.of(total)))) + 2
		if c.head == "unchanged" {
			w++
		}
		cols, widths = append(cols, c), append(widths, w)
		head += strings.Repeat(" ", w-len(c.head)) + c.head
	}
	b := &p.buf
	b.Reset()
	b.WriteString(p.paint(Faint, head))
	b.WriteByte('\n')
	row := func(m string, c run.Counts) {
		b.WriteString(pad(Cut(Visible(m), name), name))
		for i, col := range cols {
			cell := "."
			if n := col.of(c); n != 0 {
				cell = Thousands(n)
			}
			b.WriteString(strings.Repeat(" ", widths[i]-len(cell)))
			if cell != "." {
				cell = p.paint(col.style, cell)
			}
			b.WriteString(cell)
		}
		b.WriteByte('\n')
	}
	for _, m := range ix.Models {
		row(m, ix.Counts[m])
	}
	if len(ix.Models) > 1 {
		row("total", total)
	}
	_, err := io.WriteString(p.W, b.String())
	return err
}

// Thousands returns the number with commas between its thousands.
func Thousands(n int64) string {
	s := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, s = "-", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return sign + s
}
