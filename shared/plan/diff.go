package plan

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/finding"
	"github.com/plumbline-sync/plumbline/shared/record"
	"github.com/plumbline-sync/plumbline/shared/snapshot"
	"github.com/plumbline-sync/plumbline/shared/spill"
)

// format is what a plan's container says of itself.
var format = snapshot.Format{What: "plan", Version: Version} // read only

// Diff compares two snapshots under the job's rules and writes the plan. The same input gives the same bytes.
func Diff(ctx context.Context, in Input) (*Index, error) {
	known := newLate(in)
	for n := 1; ; n++ {
		late := newLate(in)
		ix, err := attempt(ctx, in, known, late, n == attempts)
		known.Close()
		if err != nil || ix != nil {
			late.Close()
			return ix, err
		}
		known = late
	}
}

// attempt makes the plan with the notes that are known to come too late, and adds to late those that do; nil where it is to be made again with these.
func attempt(ctx context.Context, in Input, known, late *spill.Sorter, wary bool) (*Index, error) {
	d := newDiffer(ctx, in)
	defer d.close()
	if err := d.start(); err != nil {
		return nil, err
	}
	w := newDecider(d)
	defer w.close()
	w.late, w.wary = late, wary
	if err := w.remember(known); err != nil {
		return nil, err
	}
	return w.diff()
}

// diff makes and writes the plan; nil where it is to be made again.
func (w *decider) diff() (*Index, error) {
	d := w.differ
	if err := w.refuse(); err != nil {
		return nil, err
	}
	d.take, d.small = w.takeNow, d.mayBeNearby()
	if err := d.compare(); err != nil {
		return nil, err
	}
	d.near = nil
	chains, err := d.resolve()
	if err != nil {
		return nil, errors.Join(err, chains.Close())
	}
	defer chains.Close()
	if err := d.lookUpReferences(); err != nil {
		return nil, err
	}
	if err := w.decide(chains); err != nil {
		return nil, err
	}
	d.drafts.Close()
	chains.Close()
	d.refOut.Close()
	if err := w.below(); err != nil {
		return nil, err
	}
	w.complete()
	ix, err := w.write()
	if err != nil || ix == nil {
		return nil, err
	}
	if d.findingsOut != nil {
		if _, err := d.findingsOut.Commit(d.ctx); err != nil {
			return nil, err
		}
	}
	return ix, nil
}

func newDiffer(ctx context.Context, in Input) *differ {
	if in.nearbyAfter == 0 {
		in.nearbyAfter = nearbyAfter
	}
	w := &differ{ctx: ctx, in: in, ks: newKinds(in.Job)}
	w.tally = make([]tally, len(w.ks.list))
	w.drafts, w.level = w.sorter(memoryDrafts), w.sorter(memoryLookup)
	w.refs, w.refOut = w.sorter(memoryLookup), w.sorter(memoryLookup)
	w.goes = newBloom()
	w.whole = in.Job.Flags&logUnchanged != 0 || in.Source.Info().Flagged || in.Target.Info().Flagged
	for _, k := range w.ks.list {
		w.whole = w.whole || k.model.Where != nil || k.flags&record.Ignore != 0 && k.parents
	}
	return w
}

// start opens the findings.
func (w *differ) start() error {
	w.unreadable = map[*kind]string{}
	for i, r := range w.findings() {
		if r == nil {
			continue
		}
		w.anyFinding = true
		w.own[i] = r.Cursor()
		for m := range r.Unreadable() {
			if k := w.ks.by[m]; k != nil && w.unreadable[k] == "" {
				w.unreadable[k] = sides[i]
			}
		}
	}
	if w.in.Findings != "" {
		w.findingsOut = finding.NewWriter(finding.Options{Store: w.in.Store, Name: w.in.Findings, Temp: w.in.Temp})
	}
	return nil
}

func (w *differ) close() {
	for _, s := range []*spill.Sorter{w.drafts, w.level, w.refs, w.refOut} {
		s.Close()
	}
	if w.findingsOut != nil {
		w.findingsOut.Abort()
	}
}

func newDecider(d *differ) *decider {
	w := &decider{differ: d, bloom: newBloom(), cascading: map[[2]int]bool{}}
	w.final, w.lists = newOrder(d), d.sorter(memoryLookup)
	w.gone, w.turns, w.above = d.sorter(memoryMail), d.sorter(memoryMail), d.sorter(memoryMail)
	w.kept = d.sorter(memoryLookup)
	w.goers = make([]bool, len(d.ks.list))
	w.notes, w.deps, w.lost = newMail(d), newMail(d), newMail(d)
	w.counts = make([]counts, len(d.ks.list))
	w.dynamic = len(d.in.Refused) > 0
	for _, k := range d.ks.list {
		w.counts[k.index].attributes = make([]int64, len(k.names))
		w.dynamic = w.dynamic || k.refers
	}
	return w
}

func (w *decider) close() {
	for _, s := range []*spill.Sorter{w.lists, w.gone, w.turns, w.above, w.kept} {
		s.Close()
	}
	w.final.close()
	for _, m := range []*mail{w.notes, w.deps, w.lost} {
		m.close()
	}
}

// write writes the plan: sections, lists, and last what it says of itself. Where it is to be made again it writes none and returns nil.
func (w *decider) write() (*Index, error) {
	out, err := snapshot.NewBlockWriter(w.ctx, w.in.Store, w.in.Name, format, 0)
	if err != nil {
		return nil, err
	}
	defer out.Abort()
	ix := &Index{Version: Version, Job: w.in.Job.Name, JobDigest: w.in.Job.Digest, SourceDigest: w.in.Source.Info().Digest, TargetDigest: w.in.Target.Info().Digest}
	sw := &writer{decider: w, out: out, index: ix, below: map[string]sum{}}
	if err := sw.sections(); err != nil || w.again() {
		return nil, err
	}
	list := byte(0xff)
	for it, err := range w.lists.Sorted() {
		if err != nil {
			return nil, err
		}
		if it.Rec[0] != list {
			list = it.Rec[0]
			if err := out.Cut([]byte(listNames[list])); err != nil {
				return nil, err
			}
		}
		line := it.Rec[it.KeyLen:]
		if err := out.Append(line, len(line)); err != nil {
			return nil, err
		}
	}
	w.fill(ix)
	line, err := json.Marshal(map[string]*Index{"plan": ix})
	if err != nil {
		return nil, fault.Wrap(fault.Internal, err)
	}
	if err := out.Cut([]byte("plan")); err != nil {
		return nil, err
	}
	if err := out.Append(line, len(line)); err != nil {
		return nil, err
	}
	if err := out.Finish(nil); err != nil {
		return nil, err
	}
	r, err := Open(w.ctx, w.in.Store, w.in.Name)
	if err != nil {
		return nil, err
	}
	return r.Index(), r.Close()
}

var listNames = [lists]string{"held", "out-of-scope", "unchanged"} // read only
