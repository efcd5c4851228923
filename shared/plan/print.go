package plan

import (
	"context"
	"io"
)

// Style says what a piece of text is, so that the caller can colour it.
type Style string

// The styles. Created to HeldBack are also used for the signs.
const (
	Created  Style = "create"
	Updated  Style = "update"
	Moved    Style = "move"
	Deleted  Style = "delete"
	HeldBack Style = "held"
	Faint    Style = "faint"
)

// Printer prints plans for people. Text of records is made visible first: it cannot move a terminal's cursor or turn its direction.
type Printer struct {
	W     io.Writer
	Width int                               // columns; 0: 100
	Paint func(s Style, text string) string // nil: no colour
}

// Plan prints the changes that the filter keeps, then the held ones, and returns how many of each. It holds one change at a time.
func (p *Printer) Plan(ctx context.Context, r *Reader, f Filter) (changes, held int64, err error) {
	panic("plan")
}

// Change prints one change, held or not: a line with its sign and name, and one for each attribute.
func (p *Printer) Change(c *Change) error { panic("plan") }

// Line returns the first line of what Change prints, without a line break.
func (p *Printer) Line(c *Change) string { panic("plan") }

// Summary prints the table of counts by model and action.
func (p *Printer) Summary(ix *Index) error { panic("plan") }
