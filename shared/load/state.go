package load

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
)

// stateVersion is the version of the saved form.
const stateVersion = 1

// state is what a call leaves for the next.
type state struct {
	Version  int             `json:"version"`
	Cursor   []byte          `json:"cursor,omitempty"`
	Done     bool            `json:"done,omitempty"` // all is read; what is left is to write the snapshot
	Records  int64           `json:"records"`
	Total    int64           `json:"total,omitempty"`  // what the source said at the beginning
	Source   string          `json:"source,omitempty"` // the source's own version
	Places   []string        `json:"places,omitempty"`
	Snapshot json.RawMessage `json:"snapshot"`
	Findings json.RawMessage `json:"findings"`
}

// begin goes on from the saved state, if there is one, and makes sure that the source is still the same.
func (l *loader) begin(ctx context.Context) error {
	if len(l.in.State) == 0 {
		return l.askVersion(ctx)
	}
	var s state
	if err := json.Unmarshal(l.in.State, &s); err != nil {
		return fault.Errorf(fault.Invalid, "resume load: its saved state is damaged: %w", err)
	}
	if s.Version != stateVersion {
		return fault.Errorf(fault.Invalid, "resume load: its saved state has version %d, this program reads %d: start the run again", s.Version, stateVersion)
	}
	l.cursor, l.before, l.done, l.records, l.total, l.version = s.Cursor, s.Cursor, s.Done, s.Records, s.Total, s.Source
	l.places.last = nowhere | uint64(l.records)
	for _, p := range s.Places {
		l.places.add(p)
	}
	if err := l.snapshot.Resume(ctx, s.Snapshot); err != nil {
		return err
	}
	if err := l.findings.Resume(ctx, s.Findings); err != nil {
		return err
	}
	if l.done {
		return nil
	}
	return l.sameVersion(ctx)
}

// save stores everything so far and returns the state for the next call.
func (l *loader) save(ctx context.Context) ([]byte, error) {
	s := state{Version: stateVersion, Cursor: l.cursor, Done: l.done, Records: l.records, Total: l.total, Source: l.version, Places: l.places.names}
	var err error
	if s.Snapshot, err = l.snapshot.Save(ctx); err != nil {
		return nil, fmt.Errorf("save load: %w", err)
	}
	if s.Findings, err = l.findings.Save(ctx); err != nil {
		return nil, fmt.Errorf("save load: %w", err)
	}
	return json.Marshal(s)
}

// askVersion notes the source's version before the first record.
func (l *loader) askVersion(ctx context.Context) (err error) {
	if v, ok := l.in.Source.(adapter.Versioner); ok {
		l.version, err = v.Version(ctx)
	}
	return err
}

// sameVersion refuses a source that is no longer what it was before the first record.
func (l *loader) sameVersion(ctx context.Context) error {
	v, ok := l.in.Source.(adapter.Versioner)
	if !ok || l.version == "" {
		return nil
	}
	now, err := v.Version(ctx)
	if err != nil {
		return err
	}
	if now != l.version {
		return fault.Errorf(fault.Conflict, "it changed while it was read; run it again when nobody writes to it")
	}
	return nil
}
