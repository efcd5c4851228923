package plan

import (
	"context"
	"iter"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/objects"
	"github.com/plumbline-sync/plumbline/shared/snapshot"
)

// refusals is what a container of refused changes says of itself: lines of a plan, each with how it is held.
var refusals = snapshot.Format{What: "audit", Version: Version} // read only

// Refusals reads what one call of Audit wrote.
type Refusals struct{ blocks *snapshot.BlockReader }

// OpenRefusals opens the refusals under the name. NotFound where there are none; Invalid where they are damaged or of a newer version.
func OpenRefusals(ctx context.Context, store objects.Store, name string) (*Refusals, error) {
	b, err := snapshot.OpenBlocks(ctx, store, name, refusals)
	if err != nil {
		return nil, err
	}
	return &Refusals{b}, nil
}

// Digest returns the SHA-256 of the content, hex.
func (r *Refusals) Digest() string { return r.blocks.Digest() }

// All yields the refused changes in the plan's order: what tells a change from others, and Held. After an error nothing follows.
func (r *Refusals) All(ctx context.Context) iter.Seq2[*Change, error] {
	return changes(ctx, r.blocks, 0, r.blocks.Lines())
}

// Close frees the reader.
func (r *Refusals) Close() error { return r.blocks.Close() }

// refuse notes to each change that the audit refused why.
func (w *decider) refuse() error {
	for _, r := range w.in.Refused {
		for c, err := range r.All(w.ctx) {
			if err != nil {
				return err
			}
			k := w.ks.by[c.Model()]
			if k == nil || c.Held == nil {
				return fault.Errorf(fault.Invalid, "diff %s: its refusal by the audit cannot be read", c.Key)
			}
			var path []byte
			for _, p := range c.Path {
				path = append(append(path, p...), 0)
			}
			path = append(path, c.Key...)
			if err := w.notes.post(w.ks.rank(k, c.Op, c.Deferred, c.Clear, ownDepth(k, path)), path, append([]byte{noteAudit}, c.Held.Detail...)); err != nil {
				return err
			}
		}
	}
	return nil
}
