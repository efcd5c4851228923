package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// Filter narrows what is shown of a plan; zero fields do not narrow. It never narrows what sync applies.
type Filter struct {
	Models     []string
	Actions    []string // create, update, move, delete, held; held changes are shown for held only
	Attributes []string // changes that write one of them
	Match      string   // text in the record's identifiers, or, where it has * or ?, a pattern for all of them; case does not matter
}

// Keeps reports whether the change is to be shown.
func (f *Filter) Keeps(c *Change) bool {
	switch {
	case len(f.Models) > 0 && !slices.Contains(f.Models, c.Model()):
		return false
	case len(f.Actions) > 0 && !slices.Contains(f.Actions, c.action()):
		return false
	case len(f.Attributes) > 0 && !slices.ContainsFunc(f.Attributes, func(a string) bool { return c.Set.Get(a) != nil }):
		return false
	case f.Match == "":
		return true
	}
	pattern, name := strings.ToLower(f.Match), strings.ToLower(c.identity())
	if strings.ContainsAny(pattern, "*?") {
		return glob(pattern, name) || glob(pattern, strings.ToLower(c.Name))
	}
	return strings.Contains(name, pattern)
}

// Check returns an error for models and actions that the plan cannot have.
func (f *Filter) Check(ix *Index) error {
	for _, m := range f.Models {
		if !slices.Contains(ix.Models, m) {
			return fault.Errorf(fault.Invalid, "filter: the job has no model %q; it has %s", m, strings.Join(ix.Files, ", "))
		}
	}
	for _, a := range f.Actions {
		if !slices.Contains(actions, a) {
			return fault.Errorf(fault.Invalid, "filter: there is no action %q; there are %s", a, strings.Join(actions, ", "))
		}
	}
	return nil
}

// Empty reports whether the filter keeps everything.
func (f *Filter) Empty() bool {
	return len(f.Models) == 0 && len(f.Actions) == 0 && len(f.Attributes) == 0 && f.Match == ""
}

// String returns the filter as the flags that make it.
func (f *Filter) String() string {
	var out []string
	for _, l := range []struct {
		name   string
		values []string
	}{{"model", f.Models}, {"action", f.Actions}, {"attribute", f.Attributes}} {
		if len(l.values) > 0 {
			out = append(out, "--"+l.name+" "+strings.Join(l.values, ","))
		}
	}
	if f.Match != "" {
		out = append(out, fmt.Sprintf("--match %q", f.Match))
	}
	return strings.Join(out, " ")
}

const held = "held"

var actions = []string{string(Create), string(Update), string(Move), string(Delete), held} // read only

// action is what a filter calls the change.
func (c *Change) action() string {
	if c.Held != nil {
		return held
	}
	return string(c.Op)
}

// identity returns the identifiers for people.
func (c *Change) identity() string { return words(c.IDs) }

func words(vs []record.Value) string {
	parts := make([]string, len(vs))
	for i, v := range vs {
		parts[i] = v.String()
	}
	return strings.Join(parts, " ")
}

// glob reports whether the name matches a pattern of *, ? and text.
func glob(pattern, name string) bool {
	p, n := []rune(pattern), []rune(name)
	star, from := -1, 0
	i, j := 0, 0
	for j < len(n) {
		switch {
		case i < len(p) && p[i] == '*':
			star, from = i, j
			i++
		case i < len(p) && (p[i] == '?' || p[i] == n[j]):
			i++
			j++
		case star >= 0:
			from++
			i, j = star+1, from
		default:
			return false
		}
	}
	for i < len(p) && p[i] == '*' {
		i++
	}
	return i == len(p)
}
