package plan

// Filter narrows what is shown of a plan; zero fields do not narrow. It never narrows what sync applies.
type Filter struct {
	Models     []string
	Actions    []string // create, update, move, delete, held
	Attributes []string // changes that write one of them
	Match      string   // text in the record's name, or, where it has * or ?, a pattern for the whole name; case does not matter
}

// Keeps reports whether the change is to be shown.
func (f *Filter) Keeps(c *Change) bool { panic("plan") }

// Check returns an error for models, actions or attributes that the plan cannot have.
func (f *Filter) Check(ix *Index) error { panic("plan") }

// Empty reports whether the filter keeps everything.
func (f *Filter) Empty() bool {
	return len(f.Models) == 0 && len(f.Actions) == 0 && len(f.Attributes) == 0 && f.Match == ""
}
