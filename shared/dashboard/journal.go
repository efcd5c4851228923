package dashboard

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/plumbline-sync/plumbline/shared/apply/journal"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/words"
)

// listPage is a page of a journal, of findings or of a log.
type listPage struct {
	Run     *run.Run       `json:"run"`
	Tabs    []pageOfRun    `json:"-"`
	What    string         `json:"what"`
	Status  string         `json:"status,omitempty"`
	Model   string         `json:"model,omitempty"`
	Match   string         `json:"match,omitempty"`
	Choices []string       `json:"-"` // of Status
	Models  []string       `json:"-"`
	Groups  []messageGroup `json:"groups"`
	Of      int64          `json:"groups_of,omitempty"` // the time was up: Groups are of so many lines,
	Size    int64          `json:"size,omitempty"`      // of so many
	Rows    []listRow      `json:"rows"`
	Next    string         `json:"next,omitempty"`
	First   string         `json:"first,omitempty"`
	Looked  bool           `json:"more_to_look_at,omitempty"` // the time was up
	Pending bool           `json:"groups_pending,omitempty"`
	Empty   string         `json:"empty,omitempty"` // why there is nothing at all
}

// listRow is a line of it.
type listRow struct {
	At      string     `json:"at,omitempty"`
	Link    string     `json:"-"`
	Time    *time.Time `json:"time,omitempty"`
	Status  string     `json:"status"`
	Step    string     `json:"step,omitempty"`
	Op      string     `json:"op,omitempty"`
	Name    string     `json:"name,omitempty"`
	Where   string     `json:"where,omitempty"`
	Message string     `json:"message,omitempty"`
	Attrs   string     `json:"attrs,omitempty"`
	Note    bool       `json:"note,omitempty"` // about a range of changes, not about one
}

const rowsOnPage = 100

// listOf begins a page of the run: what the address says of it.
func (d *Dashboard) listOf(r *http.Request, what string, choices []string) (*run.Run, *listPage, error) {
	one, err := d.Env.Runs.Get(r.Context(), r.PathValue("run"))
	if err != nil {
		return nil, nil, d.gone(err, r.PathValue("run"))
	}
	q := r.URL.Query()
	p := &listPage{Run: d.clean(one), Tabs: tabs(one, what), What: what, Status: q.Get("status"), Model: q.Get("model"), Match: q.Get("match"), Choices: choices}
	for m := range one.Counts {
		p.Models = append(p.Models, m)
	}
	slices.Sort(p.Models)
	if p.Status != "" && !slices.Contains(choices, p.Status) {
		return nil, nil, queryError{fault.Errorf(fault.Invalid, "%s: there is no %q; there are %q", what, p.Status, choices)}
	}
	if len(p.Match) > 500 {
		return nil, nil, queryError{fault.Errorf(fault.Invalid, "%s: match is longer than 500 bytes", what)}
	}
	if q.Get("from") != "" {
		p.First = p.address("")
	}
	return one, p, nil
}

// address returns the page's address from a place on.
func (p *listPage) address(from string) string {
	q := url.Values{}
	for name, v := range map[string]string{"status": p.Status, "model": p.Model, "match": p.Match, "from": from} {
		if v != "" {
			q.Set(name, v)
		}
	}
	at := "/runs/" + p.Run.ID + "/" + p.What
	if len(q) > 0 {
		at += "?" + q.Encode()
	}
	return at
}

// link gives each group the address of its own lines.
func (p *listPage) link() {
	for i := range p.Groups {
		g := &p.Groups[i]
		if g.Status == "" {
			continue
		}
		to := *p
		to.Status, to.Match = g.Status, g.Message
		if len(to.Match) > 200 {
			to.Match = to.Match[:back(to.Match, 200)]
		}
		g.Link = to.address("")
	}
}

func (p *listPage) view(d *Dashboard, one *run.Run, title string) *view {
	p.link()
	v := &view{page: "list", title: title + " of run " + one.ID, data: p, path: append(d.pathOf(one), crumb{title, ""})}
	if p.Pending || one.Status == run.Running {
		v.live = 2
	}
	return v
}

func (d *Dashboard) journal(r *http.Request) (*view, error) {
	ctx := r.Context()
	one, p, err := d.listOf(r, "journal", []string{"done", "adopted", "warned", "skipped", "failed", "waiting"})
	if err != nil {
		return nil, err
	}
	prefixes, err := d.Env.Journals(ctx, one)
	if err != nil {
		return nil, err
	}
	var which int
	var object, line int64
	from := r.URL.Query().Get("from")
	if from != "" {
		if _, err := fmt.Sscanf(from, "%d.%d.%d", &which, &object, &line); err != nil || which < 0 || object < 0 || line < 0 {
			return nil, p.noPlace(from)
		}
	}
	l := &looker{now: d.Now}
	for w := which; w < len(prefixes) && p.Next == ""; w++ {
		if from != "" && w > which && l.looked == 0 {
			break // this journal ends before that
		}
		if err := d.journalRows(ctx, p, one, journal.Open(d.Env.Objects, prefixes[w], ""), w, object, line, l); err != nil {
			return nil, brokenOr(ctx, err)
		}
		object, line = 0, 0
	}
	if from != "" && l.looked == 0 {
		return nil, p.beyond(from)
	}
	if err := d.journalGroups(ctx, one, p, prefixes); err != nil {
		return nil, brokenOr(ctx, err)
	}
	if len(p.Rows) == 0 && p.First == "" && p.Status+p.Model+p.Match == "" {
		p.Empty = "The run wrote nothing: it ended before that, or nothing differed."
		switch {
		case one.DryRun:
			p.Empty = "A dry run writes nothing, so it keeps no journal. A sync of its plan has one."
		case one.Status == run.Running:
			p.Empty = "Nothing is written so far; this page follows it."
		}
	}
	return p.view(d, one, "Journal"), nil
}

// journalRows adds lines of one journal from a place on, until the page is full or the time is up.
func (d *Dashboard) journalRows(ctx context.Context, p *listPage, one *run.Run, j *journal.Reader, which int, object, line int64, l *looker) error {
	plain := p.Status+p.Model+p.Match == ""
	for h, entries := range j.ObjectsFrom(ctx, object) {
		n := int64(0)
		for e, err := range entries {
			if err != nil {
				return err
			}
			if n++; h.Number == object && n < line {
				continue
			}
			full := len(p.Rows) >= rowsOnPage
			if full || l.late() {
				p.Next, p.Looked = p.address(fmt.Sprintf("%d.%d.%d", which, h.Number, n)), !full
				return nil
			}
			switch {
			case e.Kind != journal.Result && plain:
				p.Rows = append(p.Rows, listRow{Note: true, Message: e.Note()})
			case e.Kind == journal.Result && (p.Status == "" || p.Status == string(e.Status)) && (p.Model == "" || p.Model == e.Key.Kind()) && (contains(d.Hide(e.Message), p.Match) || contains(e.Key.String(), p.Match)):
				p.Rows = append(p.Rows, listRow{
					At: words.Thousands(e.N), Link: fmt.Sprintf("/runs/%s/changes/changes/%d", one.ID, e.N), Status: string(e.Status), Op: e.Op, Name: shownText(e.Key.String()), Message: shownText(d.Hide(e.Message)),
				})
			}
		}
	}
	return nil
}

// journalGroups counts what was said of changes that did not simply go well.
func (d *Dashboard) journalGroups(ctx context.Context, one *run.Run, p *listPage, prefixes []string) error {
	key := one.ID + " messages"
	if one.Status == run.Running {
		key += fmt.Sprint(d.Now().Unix() / 2)
	}
	got, whole, err := d.results.get(key, lookFor/2, func(ctx context.Context, _ func(any)) (any, error) {
		g := &grouper{}
		for _, prefix := range prefixes {
			for e, err := range journal.Open(d.Env.Objects, prefix, "").All(ctx) {
				if err != nil {
					return nil, err
				}
				if e.Kind == journal.Result && e.Message != "" && e.Status != journal.Waiting {
					g.add(string(e.Status), e.Message)
				}
			}
		}
		return g, nil
	})
	if err != nil {
		return err
	}
	if g, ok := got.(*grouper); ok {
		p.Groups = g.list(d)
	}
	p.Pending = !whole
	return nil
}
