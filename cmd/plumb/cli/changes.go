package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"strings"
	"syscall"

	"github.com/plumbline-sync/plumbline/shared/apply/journal"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/finding"
	"github.com/plumbline-sync/plumbline/shared/plan"
	"github.com/plumbline-sync/plumbline/shared/record"
	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/snapshot"
	"github.com/plumbline-sync/plumbline/shared/step"
	"github.com/plumbline-sync/plumbline/shared/words"
)

// showChanges prints a run's plan, after a sync with the result of each change; links adds the pages of its records.
func (a *app) showChanges(ctx context.Context, s *state, r *run.Run, f plan.Filter, links bool) error {
	p, err := plan.Open(ctx, s.objects, s.env.PlanName(r))
	if fault.Is(err, fault.NotFound) {
		return step.NoPlan(r)
	}
	if err != nil {
		return err
	}
	defer p.Close()
	j, err := s.env.JobOf(ctx, r)
	if err != nil {
		return err
	}
	v := showPlan{run: r, job: j, plan: p, filter: f, state: s, links: links}
	if a.output != "text" || v.untried() {
		return a.showPlan(ctx, v)
	}
	if err := f.Check(p.Index()); err != nil {
		return usage("%w", err)
	}
	pages, done := a.linker(ctx, v)
	defer done()
	pr := a.printer(a.out)
	for c, e := range results(ctx, s, r, p, &err) {
		if !f.Keeps(c) {
			continue
		}
		pr.Below = pages.below(ctx, e)
		if perr := pr.Change(c); perr != nil {
			return perr
		}
		a.result("    ", e)
	}
	if err != nil {
		return err
	}
	pr.Below = pages.below(ctx, nil)
	for c, err := range p.Held(ctx) {
		if err == nil && f.Keeps(c) {
			err = pr.Change(c)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// results pairs the plan's changes with their results in the journals, both in the order of ordinals; e is nil where a change was not tried. err is set where reading ends early.
func results(ctx context.Context, s *state, r *run.Run, p *plan.Reader, err *error) iter.Seq2[*plan.Change, *journal.Entry] {
	return func(yield func(*plan.Change, *journal.Entry) bool) {
		prefixes, jerr := s.env.Journals(ctx, r)
		if jerr != nil {
			*err = jerr
			return
		}
		var heads []*head
		for _, prefix := range prefixes {
			h := &head{}
			h.next, h.stop = iter.Pull2(journal.Open(s.objects, prefix, p.Index().Digest).Sorted(ctx, s.env.Temp))
			defer h.stop()
			heads = append(heads, h)
		}
		for c, cerr := range p.Changes(ctx, 1, 0) {
			if cerr != nil {
				*err = cerr
				return
			}
			var of *journal.Entry
			for _, h := range heads { // a later run's word stands
				e, herr := h.of(c.N)
				if herr != nil {
					*err = herr
					return
				}
				if e != nil {
					of = e
				}
			}
			if !yield(c, of) {
				return
			}
		}
	}
}

// head walks one journal's results in the order of ordinals.
type head struct {
	next func() (*journal.Entry, error, bool)
	stop func()
	at   *journal.Entry
	done bool
}

// of returns the result of the change with the ordinal, which ascends from call to call; nil where the journal has none.
func (h *head) of(n int64) (*journal.Entry, error) {
	for !h.done && (h.at == nil || h.at.N < n) {
		e, err, ok := h.next()
		if err != nil {
			return nil, err
		}
		h.at, h.done = e, !ok
	}
	if !h.done && h.at.N == n {
		return h.at, nil
	}
	return nil, nil
}

// result prints how a change ended, in lines that fit.
func (a *app) result(indent string, e *journal.Entry) {
	text, paint := a.resultText(e)
	a.paragraph(a.out, indent, text, paint)
}

// resultText says how a change ended, and how that is coloured.
func (a *app) resultText(e *journal.Entry) (string, func(string) string) {
	if e == nil {
		return "not tried", a.paint.faint
	}
	text := string(e.Status)
	if e.Message != "" {
		text += ": " + e.Message
	}
	switch e.Status {
	case "failed":
		return text, a.paint.bad
	case "skipped", "warned", journal.Waiting:
		return text, a.paint.warn
	}
	return text, a.paint.good
}

// showFailed prints the first changes that failed or were skipped, with the system's own words.
func (a *app) showFailed(ctx context.Context, s *state, r *run.Run) error {
	const most = 20
	bad := r.Results["failed"] + r.Results["skipped"]
	if bad == 0 {
		return nil
	}
	p, err := plan.Open(ctx, s.objects, s.env.PlanName(r))
	if err != nil {
		return err
	}
	defer p.Close()
	pr := a.printer(a.out)
	fmt.Fprintln(a.out, "\nfailed and skipped")
	shown := int64(0)
	for c, e := range results(ctx, s, r, p, &err) {
		if e == nil || (e.Status != "failed" && e.Status != "skipped") {
			continue
		}
		fmt.Fprintf(a.out, "  %s\n", pr.Line(c))
		a.result("      ", e)
		if shown++; shown == most {
			break
		}
	}
	if bad > shown {
		fmt.Fprintf(a.out, "  and %s more:   %s show %s journal\n", words.Thousands(bad-shown), a.plumb(), r.ID)
	}
	return err
}

// showFindings prints the records that could not be used.
func (a *app) showFindings(ctx context.Context, s *state, r *run.Run, limit int) error {
	shown, sides := 0, 0
	for _, name := range []string{step.FindingsSource, step.FindingsTarget, step.FindingsPlan} {
		f, err := finding.Open(ctx, s.objects, s.env.ObjectName(r, name))
		if fault.Is(err, fault.NotFound) {
			continue // the run did not come so far
		}
		if err != nil {
			return err
		}
		if name != step.FindingsPlan {
			sides++
		}
		for one, err := range f.All(ctx) {
			if err != nil {
				return err
			}
			if shown++; limit > 0 && shown > limit {
				break
			}
			if err := a.printFinding(one); err != nil {
				return err
			}
		}
		if err := f.Close(); err != nil {
			return err
		}
	}
	switch {
	case shown > 0 || a.output == "json":
	case sides < 2: // it cannot be said of what was not loaded
		fmt.Fprintf(a.out, "No findings, but not all records were looked at: run %s is %s, and not both sides were loaded.\n", r.ID, r.Status)
	default:
		fmt.Fprintln(a.out, "No findings: every record could be used.")
	}
	return nil
}

func (a *app) printFinding(f finding.Finding) error {
	if a.output == "json" {
		return a.json("finding", f)
	}
	lead := fmt.Sprintf("%-6s  %-9s  ", f.Side, f.Code)
	text := []string{visible(f.String())}
	if terminal(a.out) { // elsewhere a finding is a line
		text = wrapped(text[0], a.width()-len(lead))
	}
	for _, line := range text {
		if _, err := fmt.Fprintln(a.out, lead+line); err != nil {
			return err
		}
		lead = strings.Repeat(" ", len(lead))
	}
	return nil
}

// showRecords prints the records of one side as they were loaded.
func (a *app) showRecords(ctx context.Context, s *state, r *run.Run, side, kind string, limit int) error {
	name := step.SnapshotSource
	switch side {
	case "source":
	case "target":
		name = step.SnapshotTarget
	default:
		return usage("--side %q: want source or target", side)
	}
	sn, err := snapshot.Open(ctx, s.objects, s.env.ObjectName(r, name))
	if err != nil {
		return err
	}
	defer sn.Close()
	prefix := ""
	if kind != "" {
		prefix = record.KindPrefix(kind)
	}
	shown := 0
	for line, err := range sn.Scan(ctx, prefix) {
		if err != nil {
			return err
		}
		if shown++; limit > 0 && shown > limit {
			break
		}
		if err := a.printRecord(line); err != nil {
			return err
		}
	}
	return nil
}

// printRecord prints one stored record.
func (a *app) printRecord(line record.Line) error {
	if a.output == "json" {
		stored := bytes.Replace(line[1:], []byte{'\t'}, nil, 1) // the tab ends what is compared; here it says nothing
		_, err := fmt.Fprintf(a.out, "{\"type\":\"record\",%s\n", stored)
		return err
	}
	_, err := fmt.Fprintf(a.out, "%s\n", a.paint.strong(visible(line.Key().String())))
	if p := line.Parent(); p != "" && err == nil {
		_, err = fmt.Fprintf(a.out, "    in %s\n", visible(p.String()))
	}
	for _, f := range line.Attrs(nil) {
		if err == nil {
			_, err = fmt.Fprintf(a.out, "    %-16s %s\n", visible(f.Name), visible(f.Value.String()))
		}
	}
	for _, f := range line.Local() {
		if err == nil {
			_, err = fmt.Fprintf(a.out, "    %s\n", a.paint.faint(fmt.Sprintf("%-16s %s (local)", visible(f.Name), visible(f.Value.String()))))
		}
	}
	return err
}

// isClosedPipe reports whether writing ended because the reader went away.
func isClosedPipe(err error) bool {
	return errors.Is(err, syscall.EPIPE) || errors.Is(err, os.ErrClosed)
}
