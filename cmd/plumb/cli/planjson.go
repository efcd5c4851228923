package cli

import (
	"context"
	"encoding/json"

	"github.com/plumbline-sync/plumbline/shared/apply/journal"
	"github.com/plumbline-sync/plumbline/shared/plan"
	"github.com/plumbline-sync/plumbline/shared/step"
)

// changeLine is a change with what is known beside it.
type changeLine struct {
	change *plan.Change
	beside struct {
		Result *outcome    `json:"result,omitempty"`
		Pages  []step.Page `json:"pages,omitempty"`
	}
}

// outcome is how a change ended.
type outcome struct {
	Status  string `json:"status"`
	Message string `json:"message,omitempty"`
}

// MarshalJSON puts what is beside the change at the end of what it writes of itself.
func (l *changeLine) MarshalJSON() ([]byte, error) {
	line := l.change.AppendJSON(nil)
	beside, err := json.Marshal(l.beside)
	if err != nil || len(beside) == 2 { // {}
		return line, err
	}
	return append(append(line[:len(line)-1], ','), beside[1:]...), nil
}

// planJSON prints a plan as lines: every change that the filter keeps, after a sync with its result, the held ones, then the plan's index.
func (a *app) planJSON(ctx context.Context, v showPlan) error {
	show := func(kind string, c *plan.Change, e *journal.Entry) error {
		if !v.filter.Keeps(c) {
			return nil
		}
		l := &changeLine{change: c}
		l.beside.Pages = v.pages.of(ctx, c, e)
		if e != nil {
			l.beside.Result = &outcome{string(e.Status), e.Message}
		}
		return a.json(kind, l)
	}
	var err error
	for c, e := range v.changes(ctx, &err) {
		if err := show("change", c, e); err != nil {
			return err
		}
	}
	if err != nil {
		return err
	}
	for c, err := range v.plan.Held(ctx) {
		if err == nil {
			err = show("held", c, nil)
		}
		if err != nil {
			return err
		}
	}
	return a.json("plan", v.plan.Index())
}
