package adapter

import (
	"context"
	"fmt"
	"log/slog"
	"slices"

	"github.com/plumbline-sync/plumbline/shared/objects"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// Type describes an adapter: its name, what it takes and how it is made.
type Type struct {
	Name  string // as a job file's `adapter:` names it; lower case
	Title string // one line for people
	Icon  string // a drawing of the dashboard (file, database, network, cloud, memory, box), or one or two characters; may be empty
	// Config returns a pointer to a new config struct with its defaults: the keys of a side beside the engine's own. Fields have json tags, a `doc` tag each, and a `required:"true"` where there is no default;
	// secrets are of type secret.Text. It may have a method Validate() []error that looks at no environment, disk or network; each error reads "field: problem (got value)".
	Config func() any
	// ModelConfig returns a pointer to a new struct for the adapter's own keys of `map: MODEL:` (beside fields); nil: it takes none.
	ModelConfig func() any
	// FieldKeys are the extra keys beside the engine's that a field of the map may have: "column", "key_of".
	FieldKeys []string
	// Target says whether the adapter writes.
	Target bool
	// Pages says whether what New returns is a Linker that knows pages of records: others are not opened to ask for them.
	Pages bool
	// Keeps returns what a target makes by itself of values that are written into a field (its own name): without blanks around them, in capitals. It is handed values that are there and not null, and returns
	// one that it keeps as it is unchanged. It is applied to what the source's load yields, so that what is compared and planned is what will be kept. config is the target's, as Config made it. It looks at no network; nil: this field, or every field, is kept as it comes.
	Keeps func(config any, m *Model, field string) func(v record.Value) record.Value
	// Models returns what the adapter knows by itself of a job's models, as job.Catalog's Describe has it, from their own keys (each as ModelConfig makes it). It looks at no network; nil: it knows of none.
	Models func(models map[string]any) map[string]string
	// New makes the adapter for one side. It opens what it needs but reads no records and writes nothing. What it returns implements Target where the type does.
	// It logs in nowhere: start calls it for LockName alone, with what the secrets are called in their place.
	New func(ctx context.Context, s Setup) (Source, error)
}

// Setup is what an adapter is made from.
type Setup struct {
	Config any          // as Type.Config returned it, filled from the job, secrets resolved
	Models []*Model     // all models of the job, as this side sees them
	Dir    string       // the folder that relative paths are relative to; absolute
	Side   string       // "source" or "target"
	Log    *slog.Logger // lines become the run's log; never nil
	// Buckets opens an object store by its name, "" for the one that the engine itself uses; nil: there are none here.
	Buckets func(ctx context.Context, name string) (objects.Store, error)
	// NoLocal says that the process keeps no files: what lies on this machine is refused (Invalid).
	NoLocal bool
	// Run is the run whose plan is applied, the same for a run that resumes it; "" where nothing is written. What is derived from it and a record's key is known again when a create is repeated.
	Run string
}

// Registry holds adapter types by name. The mains make one and pass it on; there is no global one.
type Registry struct{ types map[string]*Type }

// NewRegistry returns a registry of the types. Two of one name are a panic.
func NewRegistry(ts ...*Type) *Registry {
	r := &Registry{types: map[string]*Type{}}
	for _, t := range ts {
		r.Add(t)
	}
	return r
}

// Add adds a type; a name that is taken already is a panic.
func (r *Registry) Add(t *Type) {
	if _, ok := r.types[t.Name]; ok {
		panic(fmt.Sprintf("adapter %q is registered twice", t.Name))
	}
	r.types[t.Name] = t
}

// Get returns the type with the name; nil where there is none.
func (r *Registry) Get(name string) *Type { return r.types[name] }

// Names returns the names in order.
func (r *Registry) Names() []string {
	var ns []string
	for n := range r.types {
		ns = append(ns, n)
	}
	slices.Sort(ns)
	return ns
}

// Describe implements job.Catalog.
func (r *Registry) Describe(name string, models map[string]any) map[string]string {
	t := r.types[name]
	if t == nil || t.Models == nil {
		return nil
	}
	return t.Models(models)
}

// Options implements job.Catalog.
func (r *Registry) Options(name string) (config, model any, fieldKeys []string, target, ok bool) {
	t := r.types[name]
	if t == nil {
		return nil, nil, nil, false, false
	}
	if t.Config != nil {
		config = t.Config()
	}
	if t.ModelConfig != nil {
		model = t.ModelConfig()
	}
	return config, model, t.FieldKeys, t.Target, true
}
