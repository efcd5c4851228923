package dashboard

import (
	"slices"

	"github.com/plumbline-sync/plumbline/shared/job"
)

// varField is the field of one of a job's vars in its form. What is left empty is sent as the empty text; the default is what stands in the field at first.
type varField struct {
	Name        string
	Description string
	Value       string // at first
	Must        bool   // empty is no answer
	Choices     []choiceOf
}

type choiceOf struct {
	Value  string
	Chosen bool
}

// fieldsOf are the fields of a job's vars. A var without default has to be given.
func fieldsOf(vars []job.Var) (all []varField) {
	for _, v := range vars {
		f := varField{Name: v.Name, Description: v.Description, Must: v.Default == nil}
		if v.Default != nil {
			f.Value = *v.Default
		}
		if f.Must && len(v.Choices) > 0 && !slices.Contains(v.Choices, "") {
			f.Choices = append(f.Choices, choiceOf{"", true})
		}
		for _, c := range v.Choices {
			f.Choices = append(f.Choices, choiceOf{c, v.Default != nil && c == *v.Default})
			f.Must = f.Must && c != ""
		}
		all = append(all, f)
	}
	return all
}
