// Package finding keeps the records that could not be used as they are, with the reason: a stored stream sorted by identity,
// written as records go by, read back in order or looked up by identity.
package finding

import (
	"encoding/json"
	"fmt"

	"github.com/plumbline-sync/plumbline/shared/record"
	"github.com/plumbline-sync/plumbline/shared/snapshot"
)

// Code says what kind of finding it is.
type Code string

// The kinds of findings.
const (
	Bad       Code = "bad"       // the record could not be read, lacks an identifier, or a value does not convert
	Mapping   Code = "mapping"   // a value that the job's map cannot translate
	TooLarge  Code = "too-large" // the record is over 4 MiB
	Duplicate Code = "duplicate" // a second record with the same identity; the first is in the snapshot
	Orphan    Code = "orphan"    // a changed record whose parent is not in its own snapshot
	Cycle     Code = "cycle"     // a record that is below itself, or deeper than a tree may be
	Rejected  Code = "rejected"  // the target's audit says that it cannot hold the change
)

// Finding is one record that could not be used, and why.
type Finding struct {
	Side  string     // "source", "target" or "audit"
	Model string     // never empty
	Key   record.Key // "" where the identifiers could not be read
	Name  string     // the record's name for people; may be empty
	Where string     // where it stands, for people ("devices.csv:88"); may be empty
	Code  Code
	// Reason says what is wrong with it; the troubles of one record are joined by "; ".
	Reason string
}

// String returns the finding as people read it: where, record, reason.
func (f Finding) String() string {
	s := f.Reason
	switch {
	case f.Name != "":
		s = f.Model + " " + f.Name + ": " + s
	case f.Key != "":
		s = f.Key.String() + ": " + s
	case f.Model != "":
		s = f.Model + ": " + s
	}
	if f.Where != "" {
		s = f.Where + ": " + s
	}
	return s
}

// stored is a finding as JSON has it: the key as the array that it is, null where there is none.
type stored struct {
	Side   string          `json:"side"`
	Model  string          `json:"model"`
	Key    json.RawMessage `json:"key"`
	Name   string          `json:"name,omitempty"`
	Where  string          `json:"where,omitempty"`
	Code   Code            `json:"code"`
	Reason string          `json:"reason"`
}

// MarshalJSON writes the key as the array that it is, null where there is none.
func (f Finding) MarshalJSON() ([]byte, error) {
	s := stored{f.Side, f.Model, json.RawMessage(record.Null), f.Name, f.Where, f.Code, f.Reason}
	if f.Key != "" {
		s.Key = json.RawMessage(f.Key)
	}
	return json.Marshal(s)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (f *Finding) UnmarshalJSON(b []byte) error {
	var s stored
	if err := json.Unmarshal(b, &s); err != nil {
		return err
	}
	*f = Finding{s.Side, s.Model, "", s.Name, s.Where, s.Code, s.Reason}
	if len(s.Key) > 0 && string(s.Key) != record.Null {
		k, err := record.AppendCanonical(nil, s.Key)
		if err != nil {
			return fmt.Errorf("key of a finding: %w", err)
		}
		f.Key = record.Key(k)
	}
	return nil
}

// format is the container that findings are stored in: NDJSON in zstd, sorted by key, those without one first.
var format = snapshot.Format{What: "findings", Version: 1}

// footer is what the container's index says of all findings.
type footer struct {
	Models     map[string]int64 `json:"models"`
	Unreadable map[string]int64 `json:"unreadable,omitempty"`
	First      int64            `json:"first"` // ordinal of the first finding with a key
}
