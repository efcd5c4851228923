package job

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/plumbline-sync/plumbline/shared/fault"
)

// Catalog says which adapters there are and what they take; adapter.Registry is one.
type Catalog interface {
	// Names returns the adapters' names in order.
	Names() []string
	// Options returns, of the adapter with the name: a pointer to a new config struct with its defaults, one for the adapter's keys of a mapped model (nil: none),
	// the extra keys of a mapped field, and whether it can be a target. Not ok: there is no such adapter.
	Options(name string) (config, model any, fieldKeys []string, target, ok bool)
	// Describe returns what the adapter with the name knows by itself of a job's models, as a job file has it (identifiers, parent, attributes, rules) but with the adapter's names of fields.
	// Models are the adapter's keys of each model, as Options makes them, filled. Those of which it knows nothing are missing in the answer.
	Describe(name string, models map[string]any) map[string]string
}

// Read reads the job file and checks all of it. What is wrong with it comes as one *Problems (code Invalid); a file that is not there is NotFound.
func Read(file string, c Catalog) (*Job, error) {
	src, err := os.ReadFile(file)
	switch {
	case os.IsNotExist(err):
		return nil, fault.Errorf(fault.NotFound, "read job %q: no such file", file)
	case os.IsPermission(err):
		return nil, fault.Errorf(fault.Denied, "read job %q: %w", file, errorOf(err))
	case err != nil:
		return nil, fault.Errorf(fault.Invalid, "read job %q: %w", file, errorOf(err))
	}
	dir, err := filepath.Abs(filepath.Dir(file))
	if err != nil {
		return nil, fmt.Errorf("read job %q: %w", file, err)
	}
	return Parse(file, src, dir, c)
}

// errorOf drops the path that os puts into its errors: the message has it already.
func errorOf(err error) error {
	if p, ok := err.(*fs.PathError); ok { //nolint:errorlint // os returns it unwrapped
		return p.Err
	}
	return err
}

// Parse reads a job from its text. The name is the file's, for messages and as the default of the job's own name; relative paths start in dir.
// Variables stay unfilled: texts that hold ${var:..} are checked by WithVars.
func Parse(name string, src []byte, dir string, c Catalog) (*Job, error) {
	return parseWith(name, src, dir, c, nil)
}

func parseWith(name string, src []byte, dir string, c Catalog, values map[string]string) (*Job, error) {
	r := &reader{file: name, catalog: c, values: values}
	sum := sha256.Sum256(src)
	j := &Job{File: name, Dir: dir, Text: src, Digest: hex.EncodeToString(sum[:]), catalog: c}
	if root := tree(src, r.problem); root != nil {
		r.job(root, j)
	}
	if len(r.found.List) > 0 {
		r.found.sort()
		return nil, &r.found
	}
	return j, nil
}

// job reads the whole file.
func (r *reader) job(root *node, j *Job) {
	o := r.object(root, place{}, "", "job", "title", "description", "direction", "vars", "source", "target", "models", "policy", "flags",
		"continue_on_failure", "limits", "lock", "lock_wait")
	for _, x := range []struct{ key, want string }{
		{"source", "the system to read from, with its adapter"},
		{"target", "the system to write to, with its adapter"},
		{"models", "at least one kind of record, with its identifiers"},
		{"policy", "one of " + strings.Join(policies(), ", ")},
	} {
		if !o.has(x.key) {
			o.missing(x.key, x.want)
		}
	}
	j.Name = r.jobName(o, j.File)
	j.Description = o.text("description")
	if j.Title = strings.TrimSpace(o.text("title")); j.Title == "" {
		j.Title = j.Name
	}
	j.Direction = o.choice("direction", "source", "target")
	j.Vars = r.vars(o)
	r.fill(root, j.Vars)
	j.Policy = r.policy(o)
	j.Flags = Flags(r.flags(o, jobFlags()))
	j.ContinueOnFailure = o.yes("continue_on_failure", true)
	j.Limits = r.limits(o, false)
	j.Lock = o.name("lock")
	j.LockWait = r.duration(o, "lock_wait")
	r.describe(o)
	r.models(o, j)
	j.Source, j.Target = r.side(o, "source", j), r.side(o, "target", j)
	r.unused()
}

// jobName returns the name of the job, by default the file's without its ending. It names objects and folders, so it is plain.
func (r *reader) jobName(o object, file string) string {
	name, at, path := o.name("job"), o.key("job"), "job"
	if !o.has("job") {
		name, at, path = baseName(file), place{}, ""
	}
	if name == "" && !o.has("job") {
		r.problem(place{}, "", "the file's name gives the job no name; write job: NAME")
	}
	if strings.ContainsAny(name, `/\:*?"<>|`) || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "-") || control(name) {
		r.problem(at, path, `the job's name %s must not begin with . or - nor have any of / \ : * ? " < > |`, quote(name))
	}
	return name
}

// baseName returns the name that a file gives a job.
func baseName(file string) string {
	base := filepath.Base(file)
	return strings.TrimSuffix(strings.TrimSuffix(base, ".yaml"), ".yml")
}

// duration reads a time span such as 30m.
func (r *reader) duration(o object, key string) time.Duration {
	n := o.val(key)
	if n == nil {
		return 0
	}
	d, err := time.ParseDuration(n.text)
	if err != nil || n.shape > shapeText || d < 0 {
		r.problem(n.place, o.sub(key), "want a time span such as 90s, 30m or 2h, got %s", n)
		return 0
	}
	return d
}
