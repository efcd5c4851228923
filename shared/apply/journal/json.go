package journal

import "bytes"

// MarshalJSON writes the entry as the journal has it: {"flight":[1,400]}, or {"n":1,"op":"create","k":["site","ams01"],"status":"done"}; see docs/formats.md.
func (e *Entry) MarshalJSON() ([]byte, error) {
	return bytes.TrimSuffix(appendEntry(nil, e), []byte{'\n'}), nil
}
