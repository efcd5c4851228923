package record

import "bytes"

// EqualLoose reports whether two values are equal as DiffSync compares them: as Python does, 1 equals true and 0 equals false, inside lists and objects too;
// all else is equal when its bytes are. Absent equals only absent.
func EqualLoose(a, b Value) bool {
	if bytes.Equal(a, b) {
		return true
	}
	ka, kb := a.Kind(), b.Kind()
	if ka != kb {
		return (ka == BoolKind && kb == NumberKind && boolIs(a, b)) || (ka == NumberKind && kb == BoolKind && boolIs(b, a))
	}
	switch ka {
	case ArrayKind:
		x, y := a.Elements(), b.Elements()
		if len(x) != len(y) {
			return false
		}
		for i := range x {
			if !EqualLoose(x[i], y[i]) {
				return false
			}
		}
		return true
	case ObjectKind:
		x, y := a.Members(), b.Members()
		if len(x) != len(y) {
			return false
		}
		for i := range x {
			if x[i].Name != y[i].Name || !EqualLoose(x[i].Value, y[i].Value) {
				return false
			}
		}
		return true
	}
	return false
}

// boolIs reports whether the boolean is the number 1 or 0.
func boolIs(b, number Value) bool {
	return len(number) == 1 && ((b[0] == 't' && number[0] == '1') || (b[0] == 'f' && number[0] == '0'))
}
