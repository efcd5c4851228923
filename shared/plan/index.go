package plan

import "github.com/plumbline-sync/plumbline/shared/run"

// Version is the format version of the plans that this package writes; it refuses to read newer ones.
const Version = 1

// Index is what a plan says of itself; it is small whatever the plan's size.
type Index struct {
	Version      int    `json:"version"`
	Job          string `json:"job"`
	JobDigest    string `json:"job_digest"`
	SourceDigest string `json:"source_digest"`
	TargetDigest string `json:"target_digest"`
	// Digest is the SHA-256 of the plan's content, hex: equal plans have equal digests.
	Digest string `json:"digest"`
	// Models are the job's models in the order in which changes are applied, Files in the order of the job file.
	Models []string `json:"models"`
	Files  []string `json:"files"`
	// Sections are what sync applies, in order; what goes with an ancestor's delete comes last, and is asked about before the deletes.
	Sections []Section `json:"sections"`
	// Counts are by model; every model of the job has an entry. Held, out of scope and skipped changes are in no action's count.
	// Source and Target count the records in scope.
	Counts map[string]run.Counts `json:"counts"`
	// Attributes counts, by model and attribute, the changes that write it: updates and moves, not creates.
	Attributes map[string]map[string]int64 `json:"attributes"`
	// Held counts the held changes, sorted by model, action and code.
	Held []HeldCount `json:"held"`
	// Moved says that a record changed its parent, in the plan or held or dropped by a flag: DiffSync's numbers then take Forms.Summary.
	Moved bool `json:"moved,omitempty"`
	// Lists are the numbers of changes that are in no section: held, out of scope, unchanged.
	Lists Lists `json:"lists"`
}

// Section is one kind of change to one model. Its changes are independent of each other; before the next section begins all of them have ended.
type Section struct {
	Model    string `json:"model"`
	Op       Op     `json:"op"`
	Deferred bool   `json:"deferred,omitempty"` // deferred attributes
	Clear    bool   `json:"clear,omitempty"`    // deferred attributes of what is to be deleted
	Cascade  bool   `json:"cascade,omitempty"`  // deletes that go with an ancestor's: not sent
	Depth    int    `json:"depth"`              // below how many of its own kind; for deletes as it is, else as it should be
	First    int64  `json:"first"`              // ordinal of the first change
	Count    int64  `json:"count"`
}

// same reports whether both are the same section.
func (s Section) same(o Section) bool {
	s.First, s.Count, o.First, o.Count = 0, 0, 0, 0
	return s == o
}

// label names the section in the container's index.
func (s Section) label() string {
	l := s.Model + " " + string(s.Op)
	if s.Deferred {
		l += " deferred"
	}
	if s.Clear {
		l += " clear"
	}
	if s.Cascade {
		l += " cascade"
	}
	return l
}

// Lists counts what is in no section.
type Lists struct {
	Held       int64 `json:"held"`
	OutOfScope int64 `json:"out_of_scope"`
	Unchanged  int64 `json:"unchanged"`
}

// HeldCount counts held changes.
type HeldCount struct {
	Model string `json:"model"`
	Op    Op     `json:"op"`
	Code  Code   `json:"code"`
	Part  bool   `json:"part,omitempty"` // deferred attributes of a record whose first change is not held
	Count int64  `json:"count"`
}

// Changes returns how many changes sync would apply; a record whose deferred attributes are written apart counts once.
func (ix *Index) Changes() int64 { return ix.Total().Changes() }

// Last returns the highest ordinal: how many lines the sections have, the second changes of records among them; 0 for none.
func (ix *Index) Last() int64 {
	if len(ix.Sections) == 0 {
		return 0
	}
	s := ix.Sections[len(ix.Sections)-1]
	return s.First + s.Count - 1
}

// Total returns the counts of all models added up.
func (ix *Index) Total() run.Counts { return run.Total(ix.Counts) }
