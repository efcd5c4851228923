// Package finding keeps the records that could not be used as they are, with the reason: a stored stream sorted by identity,
// written as records go by, read back in order or looked up by identity.
package finding

import "github.com/plumbline-sync/plumbline/shared/record"

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
	Side  string     `json:"side"`  // "source", "target" or "audit"
	Model string     `json:"model"` // never empty
	Key   record.Key `json:"key"`   // as a JSON array; "" (JSON null) where the identifiers could not be read
	Name  string     `json:"name"`  // the record's name for people; may be empty
	Where string     `json:"where"` // where it stands, for people ("devices.csv:88"); may be empty
	Code  Code       `json:"code"`
	// Reason says what is wrong with it; the troubles of one record are joined by "; ".
	Reason string `json:"reason"`
}

// String returns the finding as people read it: where, record, reason.
func (f Finding) String() string {
	s := f.Reason
	switch {
	case f.Name != "":
		s = f.Model + " " + f.Name + ": " + s
	case f.Key != "":
		s = string(f.Key) + ": " + s
	case f.Model != "":
		s = f.Model + ": " + s
	}
	if f.Where != "" {
		s = f.Where + ": " + s
	}
	return s
}
