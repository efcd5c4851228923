package step

import (
	"context"
	"fmt"
	"iter"
	"log/slog"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/load"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// Peek loads at most limit records (0: all) of one side, as a run would, into the snapshot named by the side and its findings, "findings-" and the side.
// It is for who writes a job or an adapter; there is no run.
func (e *Env) Peek(ctx context.Context, j *job.Job, side string, limit int64) error {
	s := j.Source
	if side == "target" {
		s = j.Target
	}
	o, err := e.open(ctx, j, s, nil)
	if err != nil {
		return err
	}
	defer o.close()
	_, err = load.Run(ctx, load.Input{
		Side: side, Source: &firstOf{o.adapter, limit}, Models: o.models, Job: j,
		Store: e.Objects, Name: side, Findings: "findings-" + side, Temp: e.Temp, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return o.redact.Error(fmt.Errorf("load %s %q: %w", side, s.Adapter, err))
	}
	return nil
}

// firstOf is a source that ends after so many records.
type firstOf struct {
	adapter.Source
	limit int64
}

// Load yields the first records of the source.
func (f *firstOf) Load(ctx context.Context, req adapter.Request) iter.Seq2[*record.Record, error] {
	return func(yield func(*record.Record, error) bool) {
		n := int64(0)
		for r, err := range f.Source.Load(ctx, req) {
			if !yield(r, err) {
				return
			}
			if n++; f.limit > 0 && n == f.limit {
				return
			}
		}
	}
}
