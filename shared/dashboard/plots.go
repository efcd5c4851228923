package dashboard

import (
	"context"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/step"
)

// plotted is how many of a job's last runs its plots show.
const plotted = 30

// plots draws a job's last runs, and compares how long their steps took. The runs come newest first.
func (d *Dashboard) plots(ctx context.Context, runs []*run.Run) (all []*plot, paces []paceOf, err error) {
	runs = slices.Clone(runs)
	slices.Reverse(runs)
	runs = slices.DeleteFunc(runs, func(r *run.Run) bool { return r.Status == run.Running })
	if len(runs) == 0 {
		return nil, nil, nil
	}
	steps := make([]map[string]*run.Step, len(runs))
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(8)
	for i, r := range runs {
		g.Go(func() error {
			all, err := d.Env.Runs.Steps(gctx, r.ID)
			steps[i] = map[string]*run.Step{}
			for _, s := range all {
				steps[i][s.Name] = s
			}
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, nil, err
	}
	measured := []string{step.StepLoadSource, step.StepLoadTarget, step.StepDiff, step.StepAudit, step.StepSync}
	times := newPlot("duration", "Duration of each step", "seconds", runs)
	memory := newPlot("memory", "Peak memory of each step", "MB", runs)
	memory.Lines = true
	for _, name := range measured {
		times.add(name, func(i int) (float64, bool) {
			s := steps[i][name]
			return secondsOf(s), s != nil
		})
		memory.add(name, func(i int) (float64, bool) {
			s := steps[i][name]
			if s == nil || s.Memory.Peak <= 0 {
				return 0, false
			}
			return float64(s.Memory.Peak) / (1 << 20), true
		})
	}
	changes := newPlot("changes", "Changes found, by action", "changes", runs)
	for name, of := range map[string]func(run.Counts) int64{
		"1create": func(c run.Counts) int64 { return c.Create }, "2update": func(c run.Counts) int64 { return c.Update },
		"3move": func(c run.Counts) int64 { return c.Move }, "4delete": func(c run.Counts) int64 { return c.Delete }, "5held": func(c run.Counts) int64 { return c.Held },
	} {
		changes.add(name, func(i int) (float64, bool) { return sum(runs[i], of), true })
	}
	slices.SortFunc(changes.Series, func(a, b *series) int { return strings.Compare(a.Name, b.Name) })
	for _, s := range changes.Series {
		s.Name = s.Name[1:]
	}
	records := newPlot("records", "Records of each side", "records", runs)
	records.Lines = true
	records.add("source", func(i int) (float64, bool) {
		return sum(runs[i], func(c run.Counts) int64 { return c.Source }), len(runs[i].Counts) > 0
	})
	records.add("target", func(i int) (float64, bool) {
		return sum(runs[i], func(c run.Counts) int64 { return c.Target }), len(runs[i].Counts) > 0
	})
	all = []*plot{times, memory, changes, records}
	for _, p := range all {
		p.draw()
	}
	return all, pacesOf(measured, steps), nil
}

func secondsOf(s *run.Step) float64 {
	if s == nil {
		return 0
	}
	return s.Duration.Seconds()
}

func sum(r *run.Run, of func(run.Counts) int64) float64 {
	var n int64
	for _, c := range r.Counts {
		n += of(c)
	}
	return float64(n)
}
