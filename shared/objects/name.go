package objects

import (
	"strings"

	"github.com/plumbline-sync/plumbline/shared/fault"
)

// The longest name, and the longest part of one, that every implementation can keep.
const (
	maxName = 512
	maxPart = 120
)

// CheckName returns an Invalid error for a name that a Store does not take. A name is one or more parts joined by slashes; a part is made of letters, digits, ".", "_" and "-",
// begins with none of these but "_", does not end with ".", and is no device name of Windows ("con", "nul", "com1" ...).
func CheckName(name string) error {
	why := ""
	switch {
	case name == "":
		why = "it is empty"
	case len(name) > maxName:
		why = "it is longer than 512 bytes"
	default:
		for part := range strings.SplitSeq(name, "/") {
			if why = partProblem(part); why != "" {
				break
			}
		}
	}
	if why == "" {
		return nil
	}
	return fault.Errorf(fault.Invalid, "object name %q: %s", name, why)
}

func partProblem(part string) string {
	switch {
	case part == "":
		return "a part of it is empty"
	case len(part) > maxPart:
		return "a part of it is longer than 120 bytes"
	case part[0] == '.' || part[0] == '-':
		return `a part of it begins with "." or "-"`
	case part[len(part)-1] == '.':
		return `a part of it ends with "."`
	}
	for i := range len(part) {
		if c := part[i]; !isLower(c) && !isUpper(c) && (c < '0' || c > '9') && c != '.' && c != '_' && c != '-' {
			return `it holds something other than letters, digits, ".", "_", "-" and "/"`
		}
	}
	base, _, _ := strings.Cut(strings.ToLower(part), ".")
	switch base {
	case "con", "prn", "aux", "nul":
		return "a part of it is a device name of Windows"
	}
	if len(base) == 4 && (base[:3] == "com" || base[:3] == "lpt") && base[3] >= '0' && base[3] <= '9' {
		return "a part of it is a device name of Windows"
	}
	return ""
}

func isLower(c byte) bool { return c >= 'a' && c <= 'z' }
func isUpper(c byte) bool { return c >= 'A' && c <= 'Z' }

// fileName spells an object's name so that two names never differ only by case: "A" becomes "!a".
func fileName(name string) string {
	upper := 0
	for i := range len(name) {
		if isUpper(name[i]) {
			upper++
		}
	}
	if upper == 0 {
		return name
	}
	b := make([]byte, 0, len(name)+upper)
	for i := range len(name) {
		if isUpper(name[i]) {
			b = append(b, '!', name[i]|0x20)
		} else {
			b = append(b, name[i])
		}
	}
	return string(b)
}

// objectPart is the inverse of fileName for one part; false for a file that is not an object's.
func objectPart(file string) (string, bool) {
	b := make([]byte, 0, len(file))
	for i := 0; i < len(file); i++ {
		c := file[i]
		switch {
		case c == '!':
			if i++; i == len(file) || !isLower(file[i]) {
				return "", false
			}
			c = file[i] &^ 0x20
		case isUpper(c):
			return "", false
		}
		b = append(b, c)
	}
	return string(b), partProblem(string(b)) == ""
}
