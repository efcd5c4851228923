package dashboard

import (
	"net/http"
	"strconv"

	"github.com/plumbline-sync/plumbline/shared/run"
)

// log shows a run's log, which has at most 10,000 lines. The first page counts their messages.
func (d *Dashboard) log(r *http.Request) (*view, error) {
	one, p, err := d.listOf(r, "log", []string{"debug", "info", "warn", "error"})
	if err != nil {
		return nil, err
	}
	from := 0
	if q := r.URL.Query().Get("from"); q != "" {
		if from, err = strconv.Atoi(q); err != nil || from < 0 {
			return nil, p.noPlace(q)
		}
		if from > run.MaxLog+1 {
			return nil, p.beyond(q)
		}
	}
	p.Models = nil // a line is of a step, not of a model
	g := &grouper{}
	const chunk = 1000
	for at := from; p.Next == "" || p.First == ""; at += chunk {
		lines, err := d.Env.Runs.Lines(r.Context(), one.ID, at, chunk)
		if err != nil {
			return nil, err
		}
		if len(lines) == 0 && at == from && from > 0 {
			return nil, p.beyond(strconv.Itoa(from))
		}
		for i, l := range lines {
			message, attrs := d.Hide(l.Message), d.Hide(l.Attrs)
			if p.Status != "" && p.Status != l.Level || !contains(message, p.Match) && !contains(attrs, p.Match) {
				continue
			}
			g.add(l.Level, message)
			switch {
			case p.Next != "":
			case len(p.Rows) == rowsOnPage:
				p.Next = p.address(strconv.Itoa(at + i))
			default:
				p.Rows = append(p.Rows, listRow{Time: &l.Time, Status: l.Level, Step: l.Step, Message: shownText(message), Attrs: shownText(attrs)})
			}
		}
		if len(lines) < chunk {
			break
		}
	}
	for _, m := range g.list(d) {
		if m.Count > 1 && p.First == "" { // once said is in the list
			p.Groups = append(p.Groups, m)
		}
	}
	if len(p.Rows) == 0 && p.First == "" && p.Status+p.Match == "" {
		p.Empty = "The log is empty: the steps and adapters had nothing to say."
	}
	return p.view(d, one, "Log"), nil
}
