package plan

import (
	"cmp"
	"slices"

	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/record"
	"github.com/plumbline-sync/plumbline/shared/run"
)

const logUnchanged = job.LogUnchangedRecords

// counts are a kind's.
type counts struct {
	run.Counts
	attributes []int64 // changes by attribute number
	held       []HeldCount
}

func (c *counts) add(op Op) {
	switch op {
	case Create:
		c.Create++
	case Update:
		c.Update++
	case Move:
		c.Move++
	case Delete:
		c.Delete++
	}
}

// hold counts a held change; a part that is held with the first change to its record is not counted.
func (c *counts) hold(op Op, code Code, part, counted bool) {
	if !counted {
		return
	}
	c.Held++
	for i := range c.held {
		if h := &c.held[i]; h.Op == op && h.Code == code && h.Part == part {
			h.Count++
			return
		}
	}
	c.held = append(c.held, HeldCount{Op: op, Code: code, Part: part, Count: 1})
}

// complete fills in the counts that follow from the snapshots' sizes where not every record was looked at.
func (w *decider) complete() {
	if w.whole {
		return
	}
	si, ti := w.in.Source.Info(), w.in.Target.Info()
	for _, k := range w.ks.list {
		c, t := &w.counts[k.index], w.tally[k.index]
		c.Source, c.Target = si.Kinds[k.model.Name], ti.Kinds[k.model.Name]
		same := c.Source - t.onlySource - t.changed
		if k.flags&record.Ignore != 0 {
			c.Skip += same // each pair once
			continue
		}
		c.Unchanged = same
	}
}

// fill puts the counts into the index.
func (w *decider) fill(ix *Index) {
	ix.Counts = map[string]run.Counts{}
	ix.Attributes = map[string]map[string]int64{}
	for _, k := range w.ks.list {
		c := &w.counts[k.index]
		ix.Models = append(ix.Models, k.model.Name)
		ix.Counts[k.model.Name] = c.Counts
		for n, count := range c.attributes {
			if count == 0 {
				continue
			}
			if ix.Attributes[k.model.Name] == nil {
				ix.Attributes[k.model.Name] = map[string]int64{}
			}
			ix.Attributes[k.model.Name][k.names[n]] = count
		}
		for _, h := range c.held {
			h.Model = k.model.Name
			ix.Held = append(ix.Held, h)
		}
	}
	slices.SortFunc(ix.Held, func(a, b HeldCount) int {
		return cmp.Or(cmp.Compare(a.Model, b.Model), cmp.Compare(a.Op, b.Op), cmp.Compare(a.Code, b.Code))
	})
	ix.Files = w.in.Job.FileOrder
	ix.Moved = w.moved
	ix.Lists = Lists{Held: w.sizes[listHeld], OutOfScope: w.sizes[listOut], Unchanged: w.sizes[listUnchanged]}
}
