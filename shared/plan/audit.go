package plan

import (
	"context"
	"fmt"
	"time"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/objects"
	"github.com/plumbline-sync/plumbline/shared/snapshot"
)

// AuditInput is what Audit takes.
type AuditInput struct {
	// Plan is a plan that Diff wrote without refusals.
	Plan *Reader
	// Ask says whether the target can hold a change. An error coded Invalid or Conflict is its refusal; any other ends Audit.
	Ask func(*Change) error
	// Models are those of whose changes the target is asked.
	Models map[string]bool
	// From is the ordinal of the first change to ask about.
	From int64
	// Deadline is when Audit stops asking, after one change at the least; the zero time: when all is asked.
	Deadline time.Time
	// Store and Name are where refusals go.
	Store objects.Store
	Name  string
	// Progress is told of how many of the plan's changes the target has been asked about, or need not be; nil: nobody listens.
	Progress func(done, total int64)
}

// Audited is what Audit came to.
type Audited struct {
	// Next is the ordinal of the first change that was not asked about; 0 where there is none left.
	Next int64
	// Refused counts the refusals under Name, of which Digest is the SHA-256 in hex. Where there are none nothing is written.
	Refused int64
	Digest  string
}

// Audit asks the target about the changes of a plan, in order, and writes those that it refuses, for Diff to hold.
func Audit(ctx context.Context, in AuditInput) (Audited, error) {
	a := &audit{ctx: ctx, in: in}
	defer a.close()
	for _, s := range in.Plan.Index().Sections {
		if a.got.Next > 0 || !in.Models[s.Model] || s.Cascade || s.First+s.Count <= in.From {
			continue
		}
		if err := a.section(max(s.First, in.From), s.First+s.Count); err != nil {
			return Audited{}, err
		}
	}
	return a.end()
}

// audit is one call of Audit.
type audit struct {
	ctx context.Context
	in  AuditInput
	out *snapshot.BlockWriter // nil until something is refused
	got Audited
}

// section asks about the changes from <= n < to, until the deadline.
func (a *audit) section(from, to int64) error {
	last := a.in.Plan.Index().Last()
	for c, err := range a.in.Plan.Changes(a.ctx, from, to) {
		if err != nil {
			return err
		}
		switch said := a.in.Ask(c); {
		case said == nil:
		case fault.Is(said, fault.Invalid), fault.Is(said, fault.Conflict):
			if err := a.refuse(c, said.Error()); err != nil {
				return err
			}
		default:
			return fmt.Errorf("audit %s: %w", c.Key, said)
		}
		if a.in.Progress != nil {
			a.in.Progress(c.N, last)
		}
		if c.N < last && !a.in.Deadline.IsZero() && !time.Now().Before(a.in.Deadline) {
			a.got.Next = c.N + 1
			return nil
		}
	}
	return nil
}

// refuse writes a refusal.
func (a *audit) refuse(c *Change, why string) (err error) {
	if a.out == nil {
		if a.out, err = snapshot.NewBlockWriter(a.ctx, a.in.Store, a.in.Name, refusals, 0); err != nil {
			return err
		}
	}
	a.got.Refused++
	held := Change{Op: c.Op, Key: c.Key, Name: c.Name, IDs: c.Key.IDs(), Path: c.Path, Deferred: c.Deferred, Clear: c.Clear, Held: &Held{Code: HeldAudit, Detail: why}}
	line := held.AppendJSON(nil)
	return a.out.Append(line, len(line))
}

// end commits the refusals.
func (a *audit) end() (Audited, error) {
	if a.out == nil {
		return a.got, nil
	}
	if err := a.out.Finish(nil); err != nil {
		return Audited{}, err
	}
	r, err := OpenRefusals(a.ctx, a.in.Store, a.in.Name)
	if err != nil {
		return Audited{}, err
	}
	a.got.Digest = r.Digest()
	return a.got, r.Close()
}

func (a *audit) close() {
	if a.out != nil {
		a.out.Abort()
	}
}
