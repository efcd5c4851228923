package dashboard

import (
	"fmt"
	"unicode/utf8"

	"github.com/plumbline-sync/plumbline/shared/plan"
	"github.com/plumbline-sync/plumbline/shared/record"
	"github.com/plumbline-sync/plumbline/shared/run"
)

// changeRow is a change as pages show it.
type changeRow struct {
	At      int64      `json:"at"`
	Op      plan.Op    `json:"op"`
	Model   string     `json:"model"`
	Name    string     `json:"name"`
	Key     string     `json:"key"`
	Path    []string   `json:"path,omitempty"`
	Remark  string     `json:"remark,omitempty"`
	Held    string     `json:"held,omitempty"` // the code
	Why     string     `json:"why,omitempty"`  // why it is held
	Fields  []fieldRow `json:"fields"`
	More    int        `json:"more_fields,omitempty"`
	Result  *resultRow `json:"result,omitempty"`
	Pages   []link     `json:"pages,omitempty"`
	Address string     `json:"address"`
	Sign    string     `json:"-"`
	Depth   int        `json:"-"` // in a tree: below the node that it stands in
}

// fieldRow is an attribute with its old and its new value.
type fieldRow struct {
	Name   string   `json:"name"`
	Before string   `json:"before,omitempty"`
	After  string   `json:"after,omitempty"`
	Old    *marked  `json:"-"` // nil: there was none
	New    *marked  `json:"-"` // nil: there is none
	Plus   []string `json:"plus,omitempty"`
	Minus  []string `json:"minus,omitempty"`
	Cut    bool     `json:"cut,omitempty"` // the value is longer than shown
}

// marked is a value in three parts, of which the middle one differs.
type marked struct{ Lead, Mid, Tail string }

// link is a page elsewhere.
type link struct {
	Text    string `json:"text"`
	Address string `json:"address"`
}

// How much of a value is shown, in bytes: in a list, and on the page of one change. What is longer is cut, and says so.
const (
	cutAt   = 300
	wholeAt = 100_000
	// beside is how much of what is equal stands beside what differs, where the whole does not fit.
	beside = 60
	// fieldsInList is how many attributes a change shows in a list.
	fieldsInList = 12
)

// row makes the row of a change.
func (d *Dashboard) row(one *run.Run, list string, at int64, c *plan.Change, most int) *changeRow {
	row := &changeRow{
		At: at, Op: c.Op, Model: c.Model(), Name: nameOf(c.IDs), Key: string(c.Key), Remark: remarkOf(c), Sign: signOf(c.Op),
		Address: fmt.Sprintf("/runs/%s/changes/%s/%d", one.ID, list, at),
	}
	for _, k := range c.Path {
		row.Path = append(row.Path, k.String())
	}
	if c.Held != nil {
		row.Held, row.Why = string(c.Held.Code), d.Hide(c.Held.Detail)
	}
	fields := c.Set
	if c.Op == plan.Delete {
		fields = c.Before
	}
	for _, f := range fields {
		if c.Op == plan.Create && f.Value.IsNull() {
			continue
		}
		if most == cutAt && len(row.Fields) == fieldsInList {
			row.More++
			continue
		}
		row.Fields = append(row.Fields, fieldOf(c, f, most))
	}
	return row
}

func fieldOf(c *plan.Change, f record.Field, most int) fieldRow {
	row := fieldRow{Name: f.Name}
	switch c.Op {
	case plan.Create:
		row.After, row.Cut = cutText(plan.Text(head(f.Value, most)), most)
		row.New = &marked{Lead: row.After}
		return row
	case plan.Delete:
		row.Before, row.Cut = cutText(plan.Text(head(f.Value, most)), most)
		row.Old = &marked{Lead: row.Before}
		return row
	}
	was := c.Before.Get(f.Name)
	if len(was)+len(f.Value) < 4*most {
		if plus, minus, ok := plan.ListChange(was, f.Value); ok {
			row.Plus, row.Minus = plus, minus
			row.Before, row.After = plan.Text(was), plan.Text(f.Value)
			return row
		}
	}
	if was.Kind() == record.StringKind && f.Value.Kind() == record.StringKind && len(was)+len(f.Value) > 8*most { // only what is shown is made visible
		before, _ := was.Text()
		after, _ := f.Value.Text()
		old, now := mark(before, after)
		row.fill(old, now, most, plan.Visible)
		return row
	}
	before, after := plan.Text(was), plan.Text(f.Value)
	if before == after {
		before, after = plan.Visible(string(was)), plan.Visible(string(f.Value))
	}
	old, now := mark(before, after)
	row.fill(old, now, most, func(s string) string { return s })
	return row
}

// fill takes two values that were marked, cut to about most bytes each.
func (f *fieldRow) fill(old, now *marked, most int, visible func(string) string) {
	for to, m := range map[**marked]*marked{&f.Old: old, &f.New: now} {
		short, cut := m.fit(most)
		*to = &marked{visible(short.Lead), visible(short.Mid), visible(short.Tail)}
		f.Cut = f.Cut || cut
	}
	f.Before, f.After = f.Old.Lead+f.Old.Mid+f.Old.Tail, f.New.Lead+f.New.Mid+f.New.Tail
}

// head returns a value that is not much longer than what is shown of it: a long text is cut before it is looked at more closely.
func head(v record.Value, most int) record.Value {
	if v.Kind() != record.StringKind || len(v) < 8*most {
		return v
	}
	text, _ := v.Text()
	return record.MustOf(text[:back(text, 4*most)])
}

// mark splits two texts into what they have in common at both ends, and what differs between.
func mark(before, after string) (old, now *marked) {
	n := 0
	for n < len(before) && n < len(after) && before[n] == after[n] {
		n++
	}
	n = back(before, n)
	m := 0
	for m < len(before)-n && m < len(after)-n && before[len(before)-1-m] == after[len(after)-1-m] {
		m++
	}
	for m > 0 && !utf8.RuneStart(before[len(before)-m]) {
		m--
	}
	if n+m < 3 { // next to nothing in common: no mark is clearer
		return &marked{Mid: before}, &marked{Mid: after}
	}
	return &marked{before[:n], before[n : len(before)-m], before[len(before)-m:]}, &marked{after[:n], after[n : len(after)-m], after[len(after)-m:]}
}

// fit cuts a value to about most bytes: what is equal first.
func (m *marked) fit(most int) (*marked, bool) {
	if len(m.Lead)+len(m.Mid)+len(m.Tail) <= most {
		return m, false
	}
	cut := &marked{m.Lead, m.Mid, m.Tail}
	if len(cut.Lead) > beside {
		from := len(cut.Lead) - beside
		for from < len(cut.Lead) && !utf8.RuneStart(cut.Lead[from]) {
			from++
		}
		cut.Lead = "…" + cut.Lead[from:]
	}
	if len(cut.Tail) > beside {
		cut.Tail = cut.Tail[:back(cut.Tail, beside)] + "…"
	}
	cut.Mid, _ = cutText(cut.Mid, most)
	return cut, true
}

// cutText cuts text to at most so many bytes.
func cutText(s string, most int) (string, bool) {
	if len(s) <= most {
		return s, false
	}
	return s[:back(s, most)] + "…", true
}

// back returns the last place at or before n where a character begins.
func back(s string, n int) int {
	for n > 0 && n < len(s) && !utf8.RuneStart(s[n]) {
		n--
	}
	return min(n, len(s))
}

func nameOf(vs []record.Value) string {
	s := ""
	for i, v := range vs {
		if i > 0 {
			s += " "
		}
		s += v.String()
	}
	return s
}

func signOf(op plan.Op) string {
	return map[plan.Op]string{plan.Create: "+", plan.Update: "~", plan.Move: "→", plan.Delete: "−"}[op]
}

// remarkOf says what is to be said about a whole change.
func remarkOf(c *plan.Change) string {
	name := func(k record.Key) string {
		if k == "" {
			return "no parent"
		}
		return k.String()
	}
	switch {
	case c.Op == plan.Move:
		return "from " + name(c.OldParent) + " to " + name(c.Parent)
	case c.Cascade != "":
		return "goes with " + c.Cascade.String()
	case c.Clear:
		return "before its delete"
	case c.Deferred:
		return "after the creates"
	}
	return ""
}
