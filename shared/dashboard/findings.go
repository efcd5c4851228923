package dashboard

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/finding"
	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/step"
)

func codes() []string {
	return []string{string(finding.Bad), string(finding.Mapping), string(finding.TooLarge), string(finding.Duplicate), string(finding.Orphan), string(finding.Cycle), string(finding.Rejected)}
}

func (d *Dashboard) findings(r *http.Request) (*view, error) {
	ctx := r.Context()
	one, p, err := d.listOf(r, "findings", codes())
	if err != nil {
		return nil, err
	}
	names := []string{step.FindingsSource, step.FindingsTarget, step.FindingsPlan}
	var which int
	var at int64
	from := r.URL.Query().Get("from")
	if from != "" {
		if _, err := fmt.Sscanf(from, "%d.%d", &which, &at); err != nil || which < 0 || at < 0 {
			return nil, p.noPlace(from)
		}
	}
	g := &grouper{}
	known, size := false, int64(0)
	l := &looker{now: d.Now}
	for w := which; w < len(names); w++ {
		if from != "" && w > which && l.looked == 0 {
			break // this list ends before that
		}
		f, err := finding.Open(ctx, d.Env.Objects, d.Env.ObjectName(one, names[w]))
		if fault.Is(err, fault.NotFound) {
			continue // the run did not come so far
		}
		if err != nil {
			return nil, brokenOr(ctx, err)
		}
		known = true
		size += f.Len()
		for m := range f.Counts() {
			if !slices.Contains(p.Models, m) {
				p.Models = append(p.Models, m)
			}
		}
		err = d.findingRows(ctx, p, g, f, w, at, l)
		f.Close()
		if err != nil {
			return nil, brokenOr(ctx, err)
		}
		at = 0
	}
	if from != "" && l.looked == 0 {
		return nil, p.beyond(from)
	}
	if p.First == "" {
		p.Groups = g.list(d)
	}
	if p.Of > 0 {
		p.Size = size
	}
	if len(p.Rows) == 0 && p.First == "" && p.Status+p.Model+p.Match == "" {
		p.Empty = "No findings: every record could be used."
		if !known {
			p.Empty = fmt.Sprintf("No findings are kept: run %s %s before a side was loaded.", one.ID, endedOr(one))
		}
	}
	return p.view(d, one, "Findings"), nil
}

func endedOr(one *run.Run) string {
	if one.Status == run.Running {
		return "is at work"
	}
	return "ended " + string(one.Status)
}

// findingRows adds findings until the page is full or the time is up. The first page goes on counting messages, until the time is up.
func (d *Dashboard) findingRows(ctx context.Context, p *listPage, g *grouper, f *finding.Reader, which int, at int64, l *looker) error {
	n := at - 1
	for one, err := range f.From(ctx, at) {
		if err != nil {
			return err
		}
		n++
		if l.late() {
			if p.First == "" {
				p.Of = l.looked
			}
			if p.Next == "" {
				p.Next, p.Looked = p.address(fmt.Sprintf("%d.%d", which, n)), true
			}
			return nil
		}
		reason := d.Hide(one.Reason)
		if p.Status != "" && p.Status != string(one.Code) || p.Model != "" && p.Model != one.Model || !contains(reason, p.Match) && !contains(d.Hide(one.String()), p.Match) {
			continue
		}
		if p.Next == "" && len(p.Rows) == rowsOnPage {
			p.Next = p.address(fmt.Sprintf("%d.%d", which, n))
		}
		if p.Next != "" && p.First != "" {
			return nil
		}
		g.add(string(one.Code), reason)
		if p.Next != "" {
			continue
		}
		name := one.Name
		if name == "" && one.Key != "" {
			name = one.Key.String()
		}
		p.Rows = append(p.Rows, listRow{At: one.Side, Status: string(one.Code), Op: one.Model, Name: shownText(name), Where: shownText(d.Hide(one.Where)), Message: shownText(reason)})
	}
	return nil
}
