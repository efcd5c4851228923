package step

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/plumbline-sync/plumbline/shared/fault"
)

// Input is an execution input: what a schedule, a person or the command line asks for.
type Input struct {
	// Job is the job's name; it may be left out with Plan or Resume.
	Job string `json:"job,omitempty"`
	// DryRun is true when it is left out.
	DryRun          *bool             `json:"dry_run,omitempty"`
	MemoryProfiling bool              `json:"memory_profiling,omitempty"`
	Vars            map[string]string `json:"vars,omitempty"`
	// Where narrows the job's scope: model -> field -> value or list of values.
	Where map[string]map[string]any `json:"where,omitempty"`
	// Plan is the run whose plan is to be applied.
	Plan string `json:"plan,omitempty"`
	// Resume is the run whose plan and journal are to be carried on.
	Resume string `json:"resume,omitempty"`
	// OverrideLimits is the reason for which limits and findings do not refuse this run.
	OverrideLimits string `json:"override_limits,omitempty"`
	// SkipStale applies the rest of a stale plan.
	SkipStale bool `json:"skip_stale,omitempty"`
	// By and Trigger say who and what asks, for the run's record: a claim, not a proof. They are left out by hand.
	By      string `json:"by,omitempty"`
	Trigger string `json:"trigger,omitempty"` // "cli", "schedule", "dashboard", "api"
}

// triggers are what may start a run.
func triggers() []string { return []string{"cli", "schedule", "dashboard", "api"} }

// Dry reports whether the input asks for a dry run.
func (in *Input) Dry() bool { return in.DryRun == nil || *in.DryRun }

// ParseInput reads an execution input; whatever it does not know is refused, all problems at once (Invalid).
func ParseInput(text []byte) (*Input, error) {
	var fields map[string]json.RawMessage
	d := json.NewDecoder(bytes.NewReader(text))
	if err := d.Decode(&fields); err != nil {
		return nil, fault.Errorf(fault.Invalid, "execution input: want an object such as {\"job\": \"NAME\"}: %s", strings.TrimPrefix(err.Error(), "json: "))
	}
	if d.More() {
		return nil, fault.Errorf(fault.Invalid, "execution input: more than one JSON value")
	}
	var in Input
	var errs []error
	known := in.fields()
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		f, ok := known[name]
		if !ok {
			errs = append(errs, fmt.Errorf("execution input: %s: no such key; there are %s", name, strings.Join(slices.Sorted(maps.Keys(known)), ", ")))
			continue
		}
		value := json.NewDecoder(bytes.NewReader(fields[name]))
		value.UseNumber()
		if err := value.Decode(f.into); err != nil {
			errs = append(errs, fmt.Errorf("execution input: %s: want %s, got %.100s", name, f.want, fields[name]))
		}
	}
	if err := in.Validate(); err != nil && len(errs) == 0 {
		return nil, err
	}
	if len(errs) > 0 {
		return nil, fault.Wrap(fault.Invalid, errors.Join(errs...))
	}
	return &in, nil
}

// field is where a key of an execution input goes, and what it holds.
type field struct {
	into any
	want string
}

func (in *Input) fields() map[string]field {
	const text, run, truth = "a text", "the id of a run", "true or false"
	return map[string]field{
		"job": {&in.Job, "the name of a job"}, "dry_run": {&in.DryRun, truth}, "memory_profiling": {&in.MemoryProfiling, truth},
		"vars": {&in.Vars, "an object of texts"}, "where": {&in.Where, "an object such as {\"site\": {\"region\": \"emea\"}}"},
		"plan": {&in.Plan, run}, "resume": {&in.Resume, run}, "override_limits": {&in.OverrideLimits, "a reason"}, "skip_stale": {&in.SkipStale, truth},
		"by": {&in.By, text}, "trigger": {&in.Trigger, text},
	}
}

// Validate checks the input by itself, all problems at once (Invalid).
func (in *Input) Validate() error {
	var errs []error
	bad := func(f string, a ...any) { errs = append(errs, fmt.Errorf("execution input: "+f, a...)) }
	from := in.Plan != "" || in.Resume != ""
	if in.Job == "" && !from {
		bad("job is missing")
	}
	if in.Plan != "" && in.Resume != "" {
		bad("plan and resume exclude each other")
	}
	if from && len(in.Vars) > 0 {
		bad("vars cannot be given with plan or resume: the earlier run's are used")
	}
	if from && len(in.Where) > 0 {
		bad("where cannot be given with plan or resume: the earlier run's is used")
	}
	if in.SkipStale && !from {
		bad("skip_stale needs plan or resume")
	}
	if in.OverrideLimits != "" && strings.TrimSpace(in.OverrideLimits) == "" {
		bad("override_limits wants a reason, got only spaces")
	}
	if in.Trigger != "" && !slices.Contains(triggers(), in.Trigger) {
		bad("trigger %q: want one of %s", in.Trigger, strings.Join(triggers(), ", "))
	}
	if len(in.By) > 200 {
		bad("by is longer than 200 bytes")
	}
	if len(in.OverrideLimits) > 1000 {
		bad("override_limits is longer than 1000 bytes")
	}
	for _, id := range []string{in.Plan, in.Resume} {
		if id != "" && !validID(id) {
			bad("%q is not the id of a run", id)
		}
	}
	if len(errs) == 0 {
		return nil
	}
	return fault.Wrap(fault.Invalid, errors.Join(errs...))
}

// validID reports whether id can name a run: what Step Functions allows for an execution's name, so that it is a safe path too.
func validID(id string) bool {
	return len(id) > 0 && len(id) <= 80 && !slices.ContainsFunc([]rune(id), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_'
	})
}
