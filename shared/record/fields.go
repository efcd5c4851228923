package record

import (
	"slices"
	"strings"
)

// Sort sorts the fields by name, in place.
func (fs Fields) Sort() {
	if !slices.IsSortedFunc(fs, compareNames) {
		slices.SortFunc(fs, compareNames)
	}
}

func compareNames(a, b Field) int { return strings.Compare(a.Name, b.Name) }
