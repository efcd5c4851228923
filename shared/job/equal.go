package job

import "github.com/plumbline-sync/plumbline/shared/record"

// Equal reports whether two values of the model's field are equal under its rules; with none they compare as DiffSync's do (record.EqualLoose), with a type exactly.
// One side absent (nil) is equal, unless absent_is_null.
func (m *Model) Equal(field string, a, b record.Value) bool {
	panic("job.Equal")
}

// Convert returns the value as one of the type. Null stays null, "" as type leaves the value as it is; text is read with blanks around it dropped. With sep a text becomes a list.
// A value that is of the type already is returned itself, without allocation. The error says value and type, for a finding.
func Convert(v record.Value, t Type, sep ...string) (record.Value, error) {
	panic("job.Convert")
}

// Fold returns the value for comparison without case: its texts, also those in lists, folded; a value without upper case is returned itself, without allocation.
func Fold(v record.Value) record.Value {
	panic("job.Fold")
}

// Match reports whether a record, whose fields get returns (nil: absent), is in the scope: all conditions hold. A nil Where matches everything.
func (w Where) Match(get func(field string) record.Value) bool {
	panic("job.Match")
}
