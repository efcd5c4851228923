// Package journal keeps what applying a plan does: which ranges of changes are about to be sent, and how each change ended.
//
// A journal is a prefix with the objects 00000001, 00000002 and so on below it. Each is a conditional create of the next number, so of two writers
// one loses. An object is NDJSON, one zstd frame: a header, lines, and an end that holds the number of lines and the SHA-256 of all before it.
//
//	{"journal":1,"number":7,"plan":"9f2c..","run":"7f3k-0142","stages":false,"time":"2026-03-01T10:00:00Z"}
//	{"begin":1}                        a call begins: what was staged and not committed before is void
//	{"flight":[1,400]}                 changes 1 to 400 may be sent from now on
//	{"n":1,"op":"create","k":["site","ams01"],"status":"done","local":{"id":5}}
//	{"n":2,"op":"create","k":["site","fra02"],"status":"failed","message":"name is too long"}
//	{"n":3,"op":"update","k":["site","lon01"],"status":"waiting","message":"code is taken","fields":["code"]}
//	{"release":[381,400]}              of these, those without a result were not sent after all
//	{"again":[3,3]}                    change 3, which waited, may be sent a second time from now on
//	{"commit":2}                       a target that stages has made the 2 results since the last commit last
//	{"end":1}                          everything is through, and the target was told so
//	{"lines":9,"sha256":"c1d0.."}
package journal

import (
	"fmt"
	"strings"
	"time"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// Version is the version of the format that this package writes, and the newest that it reads.
const Version = 1

// Waiting is the status of a change that was refused as a conflict, or depends on one that was, and is tried once more after the last section. It is never the last word.
const Waiting adapter.Status = "waiting"

// Kind says what an entry is about.
type Kind string

// The kinds of entries.
const (
	Result  Kind = "result"  // how one change ended
	Flight  Kind = "flight"  // a range of changes may be sent from now on
	Release Kind = "release" // those of a range that have no result were not sent
	Commit  Kind = "commit"  // a target that stages has made everything so far last
	Begin   Kind = "begin"   // a call begins: what was staged and not committed before is void
	Again   Kind = "again"   // as Flight, for the second tries of those of a range that wait
	End     Kind = "end"     // the whole plan is through and the target was told so
)

// Entry is one line of a journal.
type Entry struct {
	Kind Kind
	// N is the change's ordinal in the plan; of a range the first, with Last the last; of a commit and a begin a count.
	N, Last int64
	// Op is what the change does: create, update, move, delete.
	Op string
	// Part marks the end of a second change to one record that is not counted: it went well, or the first is what went wrong.
	Part    bool
	Key     record.Key
	Status  adapter.Status
	Message string
	// Local are the record's new local values; nil: none, or unchanged.
	Local record.Fields
	// Spelled is the key in the record's own spelling, of a create, where that differs; "" where it does not.
	Spelled record.Key
	// Fields are our names of the fields in conflict, of a Waiting change whose target can tell; with Freed they have been set to null meanwhile.
	Fields []string
	Freed  bool
	// Void says of a result that Told yields that a target staged it and never committed it: it does not count. The journal does not have it.
	Void bool
	// Object is the number of the journal's object that the entry stands in.
	Object int64
}

// Header is the first line of an object.
type Header struct {
	Version int
	Number  int64
	Plan    string // the plan's digest
	Run     string
	Stages  bool // the target stages: results count once a commit follows
	Time    time.Time
}

// name returns the name of the object with a number.
func name(prefix string, number int64) string {
	return fmt.Sprintf("%s/%08d", strings.TrimSuffix(prefix, "/"), number)
}
