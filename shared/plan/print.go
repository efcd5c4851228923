package plan

import (
	"context"
	"io"
	"strings"

	"github.com/plumbline-sync/plumbline/shared/record"
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
	Below func(c *Change) []string          // lines that are said below a change, never cut; nil: none
	buf   strings.Builder
}

const (
	defaultWidth = 100
	remarkColumn = 40 // where what is said about a whole change stands, if its name leaves room
	nameColumn   = 8  // the least room for an attribute's name
	mostOfName   = 32 // and the most
)

// Plan prints the changes that the filter keeps, then the held ones, and returns how many of each. It holds one change at a time.
func (p *Printer) Plan(ctx context.Context, r *Reader, f Filter) (changes, held int64, err error) {
	for c, err := range r.Changes(ctx, 1, 0) {
		if err != nil {
			return changes, held, err
		}
		if !f.Keeps(c) {
			continue
		}
		if !c.Part {
			changes++
		}
		if err := p.Change(c); err != nil {
			return changes, held, err
		}
	}
	for c, err := range r.Held(ctx) {
		if err != nil {
			return changes, held, err
		}
		if !f.Keeps(c) {
			continue
		}
		held++
		if err := p.Change(c); err != nil {
			return changes, held, err
		}
	}
	return changes, held, nil
}

// Change prints one change: a line with its sign and name, and one for each attribute. Of a held one it prints the line with the reason only.
func (p *Printer) Change(c *Change) error {
	b := &p.buf
	b.Reset()
	if c.Held != nil {
		p.held(c)
	} else {
		b.WriteString(p.Line(c))
		b.WriteByte('\n')
		p.attributes(c)
	}
	if p.Below != nil {
		for _, line := range p.Below(c) {
			b.WriteString("    " + p.paint(Faint, Visible(line)) + "\n")
		}
	}
	_, err := io.WriteString(p.W, b.String())
	return err
}

// held writes a held change: the reason beside the name where it fits, else below it, never cut.
func (p *Printer) held(c *Change) {
	b := &p.buf
	b.WriteString(p.Line(c))
	b.WriteByte('\n')
	name, why := "! held: + "+Visible(c.Model()+" "+c.identity()), Visible(c.Held.Detail)
	if Width(name)+2+Width(why) <= p.width() {
		return
	}
	b.Reset()
	bare := *c
	bare.Held = &Held{Code: c.Held.Code}
	b.WriteString(p.Line(&bare))
	b.WriteByte('\n')
	line := ""
	for word := range strings.FieldsSeq(why) {
		if line != "" && Width(line)+1+Width(word) > p.width()-4 {
			b.WriteString("    " + p.paint(Faint, line) + "\n")
			line = ""
		}
		line = strings.TrimSpace(line + " " + word)
	}
	b.WriteString("    " + p.paint(Faint, line) + "\n")
}

// Line returns the first line of what Change prints, without a line break.
func (p *Printer) Line(c *Change) string {
	sign, style := signOf(c.Op)
	lead, remark := sign+" ", remarkOf(c)
	if c.Held != nil {
		lead, style, remark = "! held: "+lead, HeldBack, Visible(c.Held.Detail)
	}
	name := Visible(c.Model() + " " + c.identity())
	room := p.width() - Width(lead)
	if remark == "" {
		return p.paint(style, lead) + Cut(name, room)
	}
	if Width(name)+2+Width(remark) > room {
		// the remark gets what the name does not need, the name at least half
		remark = Cut(remark, max(room-Width(name)-2, room/2-2))
		name = Cut(name, room-2-Width(remark))
	}
	gap := max(2, min(remarkColumn-Width(lead)-Width(name), room-Width(name)-Width(remark)))
	faint := Faint
	if c.Op == Move && c.Held == nil {
		faint = Moved
	}
	return p.paint(style, lead) + name + strings.Repeat(" ", gap) + p.paint(faint, remark)
}

// signOf returns an op's sign.
func signOf(op Op) (string, Style) {
	switch op {
	case Create:
		return "+", Created
	case Update:
		return "~", Updated
	case Move:
		return ">", Moved
	case Delete:
		return "-", Deleted
	}
	return " ", Faint
}

// remarkOf returns what is said about a whole change.
func remarkOf(c *Change) string {
	switch {
	case c.Op == Move:
		return Visible(parents(c.OldParent, c.Parent))
	case c.Cascade != "":
		return Visible("goes with " + c.Cascade.String())
	case c.Clear:
		return "before its delete"
	case c.Deferred:
		return "after the creates"
	}
	return ""
}

// parents says from where to where a record moves.
func parents(from, to record.Key) string {
	switch {
	case from == "":
		return "to " + to.String()
	case to == "":
		return "away from " + from.String()
	case from.Kind() == to.Kind():
		return from.String() + " -> " + words(to.IDs())
	}
	return from.String() + " -> " + to.String()
}

func (p *Printer) width() int {
	if p.Width <= 0 {
		return defaultWidth
	}
	return max(p.Width, 40)
}

func (p *Printer) paint(s Style, text string) string {
	if p.Paint == nil || text == "" {
		return text
	}
	return p.Paint(s, text)
}
