// Package mapping translates between a side's fields and the model's: their record into ours on a load, ours into theirs on a write.
package mapping

import (
	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// Mapping is a job's map of one model on one side, compiled. It is used from one goroutine: each gets its own by Clone.
type Mapping struct{}

// Compile compiles the map of a model for a source; mp may be nil. Errors: Invalid, naming the field.
func Compile(m *job.Model, mp *job.Mapping) (*Mapping, error) { panic("not yet") }

// CompileTarget compiles the map of a model for a target: there a constant is written by creates and not compared, so In leaves it out
// (but for identifiers and parent fields), and what cannot be inverted is an error.
func CompileTarget(m *job.Model, mp *job.Mapping) (*Mapping, error) { panic("not yet") }

// Clone returns a mapping for another goroutine.
func (t *Mapping) Clone() *Mapping { panic("not yet") }

// Wanted returns the names of their fields that the mapping reads, sorted; nil where that cannot be told: then every field of theirs is wanted.
func (t *Mapping) Wanted() []string { panic("not yet") }

// In appends to dst our fields of their record, sorted by name: identifiers, parent fields and attributes, as far as theirs has them.
// Values alias theirs or live until the next call. An error is a *record.BadError with all troubles as its reason; dst then has the other fields.
func (t *Mapping) In(theirs, dst record.Fields) (record.Fields, error) { panic("not yet") }

// Out appends to dst their fields of ours; constants are added only for a create. Fields that the model does not know keep their names.
// An error is a *record.BadError: a list element that contains the separator, a value that `values` does not know.
func (t *Mapping) Out(ours, dst record.Fields, create bool) (record.Fields, error) { panic("not yet") }

// TheirName returns the name of their field that holds our field: our own name where nothing maps it, "" for constants and expressions.
func (t *Mapping) TheirName(ours string) string { panic("not yet") }

// Invertible returns nil where the mapping can write, else an Invalid that names each field that cannot be inverted.
func (t *Mapping) Invertible() error { panic("not yet") }

// Entry is one line of the data mappings that people see.
type Entry struct {
	Model  string `json:"model"`
	Ours   string `json:"ours"`
	Theirs string `json:"theirs,omitempty"` // "" for constants and expressions
	How    string `json:"how,omitempty"`    // `split ";"`, `values Up: active, Down: offline`, ...; "" for a plain field
}

// Entries returns a line for each field of the model: identifiers, parent fields, attributes.
func (t *Mapping) Entries() []Entry { panic("not yet") }
