// Package record holds the unit that everything else moves: a record of a system, its identity and its values,
// and their one canonical text, in which equal values are equal bytes.
package record

import (
	"bytes"
	"strings"
)

// Value is one JSON value in canonical form: no white space, object keys sorted by their bytes and unique, strings as UTF-8 with only the
// needful escapes (", \, and control characters as \b \t \n \f \r or \u00xx), numbers in their one spelling (1, 1.0 and 1e0 are 1; any number of digits is kept exactly).
// Hence two values are equal exactly when their bytes are. A nil Value means absent, which is not the same as Null.
// A Value is never modified in place; it may point into a buffer that is reused: who keeps it clones it (bytes.Clone).
type Value []byte

// The values that need no making.
const (
	Null  = "null"
	True  = "true"
	False = "false"
)

// Field is a named value.
type Field struct {
	Name  string
	Value Value
}

// Fields is a list of fields with unique names.
type Fields []Field

// Get returns the value of the field with the name, nil where there is none.
func (fs Fields) Get(name string) Value {
	for i := range fs {
		if fs[i].Name == name {
			return fs[i].Value
		}
	}
	return nil
}

// Clone returns a copy whose values point into no buffer.
func (fs Fields) Clone() Fields {
	if fs == nil {
		return nil
	}
	all := make(Fields, len(fs))
	for i, f := range fs {
		all[i] = Field{strings.Clone(f.Name), bytes.Clone(f.Value)}
	}
	return all
}

// Key is an identity, kind and identifiers, as the canonical text of a JSON array: ["device","ams01-leaf-01"].
// Keys are unique on one side, comparable with ==, and ordered by their bytes (numbers do not sort as numbers);
// all keys of a kind stand together. An identifier that ignores case stands folded in it.
type Key string

// Flags are DiffSync's model flags of one record, with DiffSync's bit values.
type Flags uint8

// DiffSync's model flags; a job file writes them in lower case (skip_unmatched_src).
const (
	Ignore               Flags = 1
	SkipChildrenOnDelete Flags = 2
	SkipUnmatchedSrc     Flags = 4
	SkipUnmatchedDst     Flags = 8
	SkipUnmatchedBoth    Flags = SkipUnmatchedSrc | SkipUnmatchedDst
	NaturalDeletionOrder Flags = 16
)

// Record is one object as an adapter yields it, before it is checked against its model.
// The engine copies what it needs before it asks for the next one: an adapter may reuse the record and its buffers.
type Record struct {
	// Model is the name of the model that the record belongs to.
	Model string
	// Fields are identifiers, parent fields and attributes in any order, under the system's own names where the job maps fields, else under the model's.
	// Names must be unique. Fields that no model asks for are dropped.
	Fields Fields
	// Local values are carried for the adapter and never compared: a primary key, an etag.
	Local Fields
	// Flags are the record's own, beside those of the model and the job.
	Flags Flags
	// Where says for people where the record stands ("devices.csv:88"); empty where nothing useful can be said. It is read only when there is something to report:
	// an adapter for which making it costs sets Pos instead.
	Where string
	// Pos is the number of the line or row in File or table, 0 for none; together with Place it serves where Where is empty.
	Pos   int64
	Place string
}

// Position returns where the record stands, for people: Where, else Place:Pos, else Place; may be empty.
func (r *Record) Position() string {
	switch {
	case r.Where != "":
		return r.Where
	case r.Pos > 0:
		return r.Place + ":" + itoa(r.Pos)
	}
	return r.Place
}
