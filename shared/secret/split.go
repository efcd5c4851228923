package secret

import (
	"slices"
	"strings"

	"github.com/plumbline-sync/plumbline/shared/fault"
)

// Kinds returns the kinds of references that there are.
func Kinds() []string { return []string{"env", "ssm", "secret"} }

// variable is the kind of reference that a job's variable is while it is not filled in.
const variable = "var"

// split cuts a text into literals and references of the kinds.
func split(text string, kinds []string) ([]part, error) {
	var parts []part
	for text != "" {
		i := strings.Index(text, "${")
		if i < 0 {
			return append(parts, part{text: text}), nil
		}
		if i > 0 {
			parts = append(parts, part{text: text[:i]})
		}
		body, rest, ok := strings.Cut(text[i+2:], "}")
		if !ok {
			return nil, fault.Errorf(fault.Invalid, "a reference is not closed: want ${env:NAME}")
		}
		kind, name, ok := strings.Cut(body, ":")
		switch {
		case !ok || !slices.Contains(kinds, kind):
			return nil, fault.Errorf(fault.Invalid, "no such reference ${%s}: want ${env:NAME}, ${ssm:NAME} or ${secret:NAME}", body)
		case name == "" || name != strings.TrimSpace(name) || strings.ContainsFunc(name, isControl):
			return nil, fault.Errorf(fault.Invalid, "the reference ${%s} names nothing: want ${%s:NAME}", body, kind)
		}
		parts = append(parts, part{ref: Ref{Kind: kind, Name: name}})
		text = rest
	}
	return parts, nil
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f }
