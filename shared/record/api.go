package record

import "encoding/json"

// ValueKind is what kind of JSON value a Value is.
type ValueKind uint8

// The kinds of values.
const (
	Absent ValueKind = iota
	NullKind
	BoolKind
	NumberKind
	StringKind
	ArrayKind
	ObjectKind
)

// Kind returns what v is; Absent for a nil or empty Value.
func (v Value) Kind() ValueKind { panic("soon") }

// IsNull reports whether v is null; an absent value is not.
func (v Value) IsNull() bool { panic("soon") }

// Text returns the text of a string, unquoted; false for anything else.
func (v Value) Text() (string, bool) { panic("soon") }

// Int64 returns the value of an integer that an int64 holds; false for anything else.
func (v Value) Int64() (int64, bool) { panic("soon") }

// Float64 returns the nearest float64 of a number; false for anything else and for numbers beyond its range.
func (v Value) Float64() (float64, bool) { panic("soon") }

// Bool returns the value of a boolean; ok is false for anything else.
func (v Value) Bool() (b, ok bool) { panic("soon") }

// Any returns the value as Go values: nil, bool, json.Number, string, []any, map[string]any; nil for an absent one too.
func (v Value) Any() any { panic("soon") }

// String returns the value for people: strings without quotes, all else as JSON; "" for an absent one.
func (v Value) String() string { panic("soon") }

// MarshalJSON returns the value itself; null for an absent one.
func (v Value) MarshalJSON() ([]byte, error) { panic("soon") }

// UnmarshalJSON sets v to the canonical form of the JSON text.
func (v *Value) UnmarshalJSON(src []byte) error { panic("soon") }

// Elements returns the elements of an array, which point into v; nil for anything else.
func (v Value) Elements() []Value { panic("soon") }

// Members returns the members of an object, sorted by name, whose values point into v; nil for anything else.
func (v Value) Members() Fields { panic("soon") }

// EqualLoose reports whether two values are equal as DiffSync compares them: as Python does, 1 equals true and 0 equals false, inside lists and objects too;
// all else is equal when its bytes are. Absent equals only absent.
func EqualLoose(a, b Value) bool { panic("soon") }

// Of returns the canonical value of any Go value: nil, booleans, numbers (NaN and infinities are refused), json.Number, *big.Int, strings (valid UTF-8), Value itself,
// time.Time (RFC 3339 with nanoseconds as far as needed, in its own zone), []byte (base64), and pointers, slices, maps and structs of these, structs by their json tags.
func Of(x any) (Value, error) { panic("soon") }

// MustOf is Of for constants and tests: it panics where Of gives an error.
func MustOf(x any) Value { panic("soon") }

// StringValue returns the value of a string; invalid UTF-8 is refused.
func StringValue(s string) (Value, error) { panic("soon") }

// AppendString appends s as a canonical JSON string. s must be valid UTF-8.
func AppendString(dst []byte, s string) []byte { panic("soon") }

// AppendCanonical appends the canonical form of one JSON text, white space around it allowed. Refused, with the offset: bad syntax, duplicate names, invalid UTF-8, lone surrogates,
// more than 500 levels, and numbers with exponents beyond a thousand million.
func AppendCanonical(dst, src []byte) ([]byte, error) { panic("soon") }

// MakeKey returns the key of kind and identifiers.
func MakeKey(kind string, ids ...Value) Key { panic("soon") }

// AppendKey appends the text of the key of kind and identifiers.
func AppendKey(dst []byte, kind string, ids ...Value) []byte { panic("soon") }

// KindPrefix returns what the keys of a kind, and no others, begin with.
func KindPrefix(kind string) string { panic("soon") }

// Kind returns the kind in the key; "" for the empty key.
func (k Key) Kind() string { panic("soon") }

// IDs returns the identifiers in the key.
func (k Key) IDs() []Value { panic("soon") }

// String returns the key for people: the kind and the identifiers, blanks between them.
func (k Key) String() string { panic("soon") }

// Line is one record as a snapshot stores it: canonical JSON, one line, without the newline,
//
//	{"k":["device","ams01-leaf-01"],"p":["site","ams01"],"a":{"role":"leaf"}<TAB>,"s":["AMS01-leaf-01"],"f":4,"l":{"id":5}}
//
// k the key, p the parent's key (left out where none), a the attributes sorted by name; then a raw TAB, which cannot stand raw anywhere else; then what is not compared, each left out when empty:
// s the identifiers' own spelling where it differs from the key's, f the record's flags, l the local values sorted by name. So lines are cut and compared without a parser.
// The methods take a well-formed line (Check tells); what they return points into the line unless it says otherwise.
type Line []byte

// Key returns the record's key, a copy.
func (l Line) Key() Key { panic("soon") }

// KeyText returns the text of the key, which points into the line.
func (l Line) KeyText() []byte { panic("soon") }

// Parent returns the parent's key, a copy; "" where there is none.
func (l Line) Parent() Key { panic("soon") }

// Compared returns the part before the TAB: equal records have equal ones.
func (l Line) Compared() []byte { panic("soon") }

// Flags returns the record's own flags.
func (l Line) Flags() Flags { panic("soon") }

// Local returns the local values.
func (l Line) Local() Fields { panic("soon") }

// IDs returns the identifiers in their own spelling.
func (l Line) IDs() []Value { panic("soon") }

// Attrs appends the attributes, sorted by name, to dst[:0] and returns it. Names are no aliases of the line; those that stand in dst's old content at the same place are used again, so a loop that hands its dst back does not allocate.
func (l Line) Attrs(dst Fields) Fields { panic("soon") }

// Check returns what is wrong with a line from an untrusted place; nil when AppendLine could have made it.
func (l Line) Check() error { panic("soon") }

// AppendLine appends the line of a record. attrs and local are sorted by name and have canonical values; absent ones among them are left out. spelling is nil where it is the key's.
func AppendLine(dst []byte, key, parent Key, attrs Fields, spelling []Value, flags Flags, local Fields) []byte {
	panic("soon")
}

// Scanner splits JSON objects into fields, fast: a Scanner that is used again allocates nothing for a record. The zero Scanner is ready. It is not for concurrent use.
type Scanner struct{ _ int }

// Object returns the fields of one JSON object text, in the order of the text, values canonical, white space around it allowed. Fields and values are valid until the next call
// and as long as src is unchanged; names are for ever. What AppendCanonical refuses is refused here; the error says at which byte.
func (s *Scanner) Object(src []byte) (Fields, error) { panic("soon") }

var _ json.Marshaler = Value(nil)
