// Package job holds what a user writes: a named pair of source and target with its models, mappings, rules, policy and limits.
// Read validates all of it in one go and reports every problem with its place in the file.
package job

import (
	"time"

	"github.com/plumbline-sync/plumbline/shared/record"
)

// Job is a validated job file. It is never changed after Read.
type Job struct {
	Name        string
	Title       string // never empty: the name where the file has none
	Description string
	Direction   string // "source" (a data source job: the target is the system of record), "target", or ""
	Vars        []Var  // in file order
	Source      *Side
	Target      *Side
	// Models in the order in which changes are applied: parents and references first, the file's order breaks ties. Never empty.
	Models []*Model
	// FileOrder are the models' names as the file has them; DiffSync's forms group by it.
	FileOrder         []string
	Policy            Policy
	Flags             Flags
	ContinueOnFailure bool
	Limits            Limits
	Lock              string // "" : the adapter's own name for the target
	LockWait          time.Duration
	Dir               string // absolute folder of the file: relative paths in it start there
	File              string // its path as given
	Text              []byte // the file as read; a run keeps a copy
	Digest            string // SHA-256 of Text, hex

	catalog  Catalog
	narrowed []map[string]map[string]any // what Narrow added
}

// Model returns the model with the name; nil where there is none.
func (j *Job) Model(name string) *Model {
	for _, m := range j.Models {
		if m.Name == name {
			return m
		}
	}
	return nil
}

// Var is a variable that is asked for at run time.
type Var struct {
	Name        string
	Description string
	Choices     []string // empty: any text
	Default     *string  // nil: must be given
}

// Side is one of the two systems of a job.
type Side struct {
	Side    string // "source" or "target"
	Adapter string
	Name    string // label in DiffSync's forms; by default "source" or "target"
	Label   string // for people; "" : the adapter's own description
	Icon    string
	Links   []Link
	// Config is the adapter's config struct as Catalog gave it, filled from the file; secrets still unresolved references.
	Config any
	// Map has an entry for each model that the side maps.
	Map map[string]*Mapping
	// Batch, Workers and Rate (changes a second) narrow what the adapter says of itself; 0: as the adapter says.
	Batch   int
	Workers int
	Rate    float64
}

// Link is a named address for people.
type Link struct{ Name, URL string }

// Mapping says how a side keeps a model.
type Mapping struct {
	// Fields are by our field names, in file order.
	Fields []FieldMap
	// Config is the adapter's model config struct, filled; nil where it takes none.
	Config any
}

// Field returns the mapping of our field; nil: under its own name.
func (m *Mapping) Field(ours string) *FieldMap {
	for i := range m.Fields {
		if m.Fields[i].Name == ours {
			return &m.Fields[i]
		}
	}
	return nil
}

// FieldMap says how a side keeps one field. At most one of From, Value and Expr leads.
type FieldMap struct {
	Name    string                  // ours
	From    string                  // theirs (`from:` or `column:`); "" with Value or Expr, else our own name
	Values  map[string]record.Value // their text -> our value; a value that is not in it is a finding
	Split   string                  // their text is a list, separated by this
	Default record.Value            // where theirs is absent or null; nil: none
	Value   record.Value            // a constant; on a target it is written by creates and not compared
	Expr    string                  // expr-lang over their fields; source side only
	KeyOf   string                  // their value is the local key of that model's record (sql)
}

// Model is the declaration of one kind of record.
type Model struct {
	Name        string
	Identifiers []Attribute // never empty
	Attributes  []Attribute // compared; in file order
	// Parents are the kinds that may be the parent, at most one of them for each record; empty: none.
	Parents   []Parent
	Shortname []string // names of identifiers; never empty
	Children  []string // child kinds in file order
	Where     Where    // scope; nil: everything. Texts with ${var:..} are resolved by Job.WithVars
	Flags     record.Flags
	Policy    Policy // "" : the job's
	Limits    *Limits
}

// Theirs returns the side's name of the field: our own where nothing else is said. An expression has none.
func (f *FieldMap) Theirs() string {
	if f.From != "" {
		return f.From
	}
	return f.Name
}

// Attribute returns the identifier or attribute with the name; nil where there is none. (Parent fields that are neither are not found.)
func (m *Model) Attribute(name string) *Attribute {
	for i := range m.Identifiers {
		if m.Identifiers[i].Name == name {
			return &m.Identifiers[i]
		}
	}
	for i := range m.Attributes {
		if m.Attributes[i].Name == name {
			return &m.Attributes[i]
		}
	}
	return nil
}

// Attribute is an identifier or attribute with its rules. Of the rules an identifier has only Type and IgnoreCase.
type Attribute struct {
	Name         string
	Type         Type // "" : as it comes
	Set          bool // compare: set
	IgnoreCase   bool
	Tolerance    float64 // 0: exact
	AbsentIsNull bool
	EmptyIsNull  bool
	OnCreate     bool   // write: on-create, sent by a create, never compared
	Defer        bool   // written after all creates, by an update
	References   string // the model it holds an identity of; ""
}

// Type is a declared type of a field.
type Type string

// The types.
const (
	String  Type = "string"
	Integer Type = "integer"
	Number  Type = "number"
	Boolean Type = "boolean"
	Time    Type = "time"
	List    Type = "list"
	Object  Type = "object"
)

// Parent says by which fields of ours a record names a parent of the kind.
type Parent struct {
	Model string
	// Fields are our field for each of the parent's identifiers, in the parent's order.
	Fields []string
	// Types are the parent's identifier types, in the same order; IgnoreCase likewise.
	Types      []Type
	IgnoreCase []bool
}

// Policy says which changes a job may make. What it forbids is held.
type Policy string

// The policies.
const (
	Sync       Policy = "sync"
	UpsertOnly Policy = "upsert-only"
	CreateOnly Policy = "create-only"
	UpdateOnly Policy = "update-only"
	None       Policy = "none"
)

// Allows reports whether the policy lets an action ("create", "update", "delete") through.
func (p Policy) Allows(action string) bool {
	switch p {
	case Sync:
		return true
	case UpsertOnly:
		return action != "delete"
	case CreateOnly:
		return action == "create"
	case UpdateOnly:
		return action == "update"
	}
	return false
}

// Flags are DiffSync's job-wide flags, with DiffSync's bit values.
type Flags uint8

// The job-wide flags that a job file names in lower case. (continue_on_failure is a key of its own.)
const (
	SkipUnmatchedSrc    Flags = 2
	SkipUnmatchedDst    Flags = 4
	LogUnchangedRecords Flags = 8
)

// Limit is a share or a number; the zero Limit is unlimited only where Set is false.
type Limit struct {
	Set   bool
	Share float64 // 0.3 for 30%; used where IsShare
	Count int64
	// IsShare says which of the two it is.
	IsShare bool
}

// Limits guard a run. The job's have defaults filled in for what the file leaves out (design: shrink 50%, findings 1%); a model's only what it sets.
type Limits struct {
	Create, Update, Delete Limit
	Floor                  *int64 // shares count from so many existing records on
	Shrink                 Limit
	Findings               Limit
	Failures               int64 // stop after so many failures in a row; 0: never
}

// Where is a scope: all conditions must hold.
type Where []Condition

// Condition is one condition on a field: one of Values matches, or Regexp, or CIDR.
type Condition struct {
	Field  string
	Values []record.Value
	Regexp string // without the slashes; ""
	CIDRs  []string

	compiled
}
