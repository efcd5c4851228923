package job

import (
	"os"

	"github.com/plumbline-sync/plumbline/shared/fault"
)

// Catalog says which adapters there are and what they take; adapter.Registry is one.
type Catalog interface {
	// Names returns the adapters' names in order.
	Names() []string
	// Options returns, of the adapter with the name: a pointer to a new config struct with its defaults, one for the adapter's keys of a mapped model (nil: none),
	// the extra keys of a mapped field, and whether it can be a target. Not ok: there is no such adapter.
	Options(name string) (config, model any, fieldKeys []string, target, ok bool)
}

// Read reads the job file and checks all of it. What is wrong with it comes as one *Problems (code Invalid); a file that is not there is NotFound.
func Read(file string, c Catalog) (*Job, error) {
	panic("job.Read")
}

// Parse reads a job from its text. The name is the file's, for messages and as the default of the job's own name; relative paths start in dir.
// Variables stay unfilled: texts that hold ${var:..} are checked by WithVars.
func Parse(name string, text []byte, dir string, c Catalog) (*Job, error) {
	panic("job.Parse")
}

// WithVars returns the job with its variables filled in, defaults where vars has none, wherever the file has ${var:NAME}.
// A variable that is not declared, not given and without default, or not among the choices is an error (Invalid); so is what the filled-in job does not pass.
func (j *Job) WithVars(vars map[string]string) (*Job, error) {
	panic("job.WithVars")
}

// Narrow returns the job with more conditions, by model and field, all of which must hold beside the job's own. A value is one as JSON has it: a scalar, a list of them,
// "/regex/", a network. An unknown model or field is an error (Invalid).
func (j *Job) Narrow(where map[string]map[string]any) (*Job, error) {
	panic("job.Narrow")
}

// Find returns the path of the job file that jobArg means: the path of a file, or the name of a job in dir (NAME.yaml, NAME.yml, or the file whose `job:` says it).
// NotFound names the nearest job there is.
func Find(dir, jobArg string) (file string, err error) {
	panic("job.Find")
}

// Files returns the paths of the job files in dir (*.yaml, *.yml), sorted; none where there is no such folder.
func Files(dir string) ([]string, error) {
	panic("job.List")
}

// Schema returns the JSON Schema (draft 2020-12) of a job file with the options of the catalog's adapters.
func Schema(c Catalog) ([]byte, error) {
	panic("job.Schema")
}

var _ = os.ErrNotExist
var _ = fault.Invalid
