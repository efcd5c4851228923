package statemachine

import (
	"encoding/json"
	"maps"
	"os"
	"regexp"
	"slices"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/step"
	"github.com/plumbline-sync/plumbline/shared/step/lambda"
)

// machine is a definition in the Amazon States Language, as far as the tests look at it.
type machine struct {
	StartAt        string
	TimeoutSeconds int
	States         map[string]state
}

type state struct {
	Type           string
	Comment        string
	Resource       string
	Parameters     struct{ FunctionName string }
	ResultPath     any
	TimeoutSeconds int
	Seconds        int
	Retry          []catch
	Catch          []catch
	Branches       []machine
	Choices        []struct{ Next, Variable, StringEquals string }
	Default        string
	Next           string
	End            bool
	Error          string
}

type catch struct {
	ErrorEquals     []string
	IntervalSeconds int
	MaxAttempts     int
	MaxDelaySeconds int
	JitterStrategy  string
	Next            string
}

func definition(t *testing.T) (machine, string) {
	t.Helper()
	text, err := os.ReadFile("sync.asl.json")
	if err != nil {
		t.Fatal(err)
	}
	var m machine
	if err := json.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	return m, string(text)
}

// each calls f for every state, those of branches too, with the machine that it is in.
func (m machine) each(f func(in machine, name string, s state)) {
	for _, name := range slices.Sorted(maps.Keys(m.States)) {
		s := m.States[name]
		f(m, name, s)
		for _, b := range s.Branches {
			b.each(f)
		}
	}
}

// next returns the names of the states that may follow.
func (s state) next() []string {
	var all []string
	for _, c := range s.Choices {
		all = append(all, c.Next)
	}
	for _, c := range s.Catch {
		all = append(all, c.Next)
	}
	for _, n := range []string{s.Default, s.Next} {
		if n != "" {
			all = append(all, n)
		}
	}
	return all
}

func function(s state) string {
	return regexp.MustCompile(`^\$\{(\w+)Arn\}$`).ReplaceAllString(s.Parameters.FunctionName, "$1")
}

// TestDefinitionHangsTogether is what Step Functions refuses and the emulator lets pass: every state is reached, every Next exists, every way ends.
func TestDefinitionHangsTogether(t *testing.T) {
	top, _ := definition(t)
	var walk func(m machine, where string)
	walk = func(m machine, where string) {
		seen := map[string]bool{}
		todo := []string{m.StartAt}
		for len(todo) > 0 {
			name := todo[0]
			todo = todo[1:]
			if seen[name] {
				continue
			}
			seen[name] = true
			s, ok := m.States[name]
			if !ok {
				t.Errorf("%s: there is no state %q", where, name)
				continue
			}
			next := s.next()
			switch ends := s.End || s.Type == "Succeed" || s.Type == "Fail"; {
			case ends && len(s.Catch) == 0 && len(next) > 0:
				t.Errorf("%s: %q ends and goes on", where, name)
			case !ends && s.Next == "" && s.Default == "":
				t.Errorf("%s: %q leads nowhere", where, name)
			}
			todo = append(todo, next...)
			for i, b := range s.Branches {
				walk(b, where+name+string(rune('a'+i)))
			}
		}
		for name := range m.States {
			if !seen[name] {
				t.Errorf("%s: nothing leads to %q", where, name)
			}
		}
	}
	walk(top, "")
}

// TestOnlyWhatIsKnownIsUsed keeps to what the emulators and Step Functions Local are known to execute as AWS does.
func TestOnlyWhatIsKnownIsUsed(t *testing.T) {
	m, text := definition(t)
	for _, word := range []string{"QueryLanguage", "Assign", "ItemBatcher", "ResultWriter", "aws-sdk", "RetryCount", "HeartbeatSeconds", "waitForTaskToken", "States.Array", "States.Json"} {
		if regexp.MustCompile(regexp.QuoteMeta(word)).MatchString(text) {
			t.Errorf("%s is not executed alike everywhere", word)
		}
	}
	m.each(func(_ machine, name string, s state) {
		if !slices.Contains([]string{"Task", "Choice", "Wait", "Parallel", "Succeed", "Fail"}, s.Type) {
			t.Errorf("%s: type %s", name, s.Type)
		}
		if s.Type == "Task" && s.Resource != "arn:aws:states:::lambda:invoke" {
			t.Errorf("%s: resource %s", name, s.Resource)
		}
	})
}

// TestErrorNames holds ErrorEquals to the codes of Go: a name that no code has is never matched.
func TestErrorNames(t *testing.T) {
	m, _ := definition(t)
	known := []string{"States.ALL", "Lambda.TooManyRequestsException", "Lambda.ServiceException", "Lambda.AWSLambdaException", "Lambda.SdkClientException", "Lambda.Unknown", "Runtime.ExitError", "Sandbox.Timedout"}
	retryable := map[string]bool{}
	for _, c := range fault.Codes() {
		known = append(known, lambda.ErrorName(c))
		retryable[lambda.ErrorName(c)] = fault.Retryable(fault.Errorf(c, "x"))
		if lambda.CodeOf(lambda.ErrorName(c)) != c {
			t.Errorf("%s does not read back", c)
		}
	}
	m.each(func(_ machine, name string, s state) {
		for _, r := range append(s.Retry, s.Catch...) {
			for _, e := range r.ErrorEquals {
				if !slices.Contains(known, e) {
					t.Errorf("%s: nothing is called %q", name, e)
				}
			}
		}
		var retried []string
		for _, r := range s.Retry {
			retried = append(retried, r.ErrorEquals...)
			if r.MaxAttempts > 1 && (r.JitterStrategy != "FULL" || r.MaxDelaySeconds == 0) {
				t.Errorf("%s: a retry of %v without jitter or cap", name, r.ErrorEquals)
			}
		}
		for _, e := range retried {
			if is, code := retryable[e], lambda.CodeOf(e); !is && lambda.ErrorName(code) == e {
				t.Errorf("%s: retries %s, which may have done something", name, e)
			}
		}
		if s.Type == "Task" {
			for e, is := range retryable {
				if is && !slices.Contains(retried, e) {
					t.Errorf("%s: does not retry %s", name, e)
				}
			}
		}
	})
}

// TestEveryFailureIsCaught: whatever a step says, finish records it; and each status has a state to end in.
func TestEveryFailureIsCaught(t *testing.T) {
	m, _ := definition(t)
	for name, s := range m.States { // in a branch the Parallel's Catch has it
		if s.Type != "Task" && s.Type != "Parallel" {
			continue
		}
		want := "FinishBadly"
		if function(s) == "FinishFunction" {
			want = "NotClosed"
		}
		if len(s.Catch) != 1 || !slices.Equal(s.Catch[0].ErrorEquals, []string{"States.ALL"}) || s.Catch[0].Next != want {
			t.Errorf("%s: catch %+v, want everything to %s", name, s.Catch, want)
		}
	}
	ends := map[string]string{}
	for _, c := range m.States["Status?"].Choices {
		ends[c.StringEquals] = c.Next
	}
	ends[string(run.Failed)] = m.States["Status?"].Default
	for _, status := range []run.Status{run.Succeeded, run.Partial, run.Failed, run.Refused, run.Aborted, run.TimedOut} {
		s := m.States[ends[string(status)]]
		if want := status == run.Succeeded; (s.Type == "Succeed") != want || !want && s.Type != "Fail" {
			t.Errorf("status %s ends in %q (%s)", status, ends[string(status)], s.Type)
		}
	}
	for _, d := range []step.Decision{step.DecideReload, step.DecideSync} {
		if !slices.ContainsFunc(m.States["Decision?"].Choices, func(c struct{ Next, Variable, StringEquals string }) bool { return c.StringEquals == string(d) }) {
			t.Errorf("nothing follows the decision %q", d)
		}
	}
}

// template is what the tests read of template.yaml.
type template struct {
	Mappings   map[string]map[string]map[string]string `yaml:"Mappings"`
	Parameters map[string]struct {
		Default any `yaml:"Default"`
	} `yaml:"Parameters"`
	Resources map[string]struct {
		Type       string         `yaml:"Type"`
		Properties map[string]any `yaml:"Properties"`
	} `yaml:"Resources"`
	Outputs map[string]any `yaml:"Outputs"`
}

func readTemplate(t *testing.T) template {
	t.Helper()
	text, err := os.ReadFile("../template.yaml")
	if err != nil {
		t.Fatal(err)
	}
	text = regexp.MustCompile(`!(Ref|Sub|GetAtt|If|Not|Equals|Join|Split|Select|FindInMap)\b`).ReplaceAll(text, nil)
	var tpl template
	if err := yaml.Unmarshal(text, &tpl); err != nil {
		t.Fatal(err)
	}
	return tpl
}

// TestTemplateAndDefinitionAgree: what the definition calls the template gives, and a task waits longer than its function may run.
func TestTemplateAndDefinitionAgree(t *testing.T) {
	m, text := definition(t)
	tpl := readTemplate(t)
	given := tpl.Resources["StateMachine"].Properties["DefinitionSubstitutions"].(map[string]any)
	used := map[string]bool{}
	for _, match := range regexp.MustCompile(`\$\{(\w+)\}`).FindAllStringSubmatch(text, -1) {
		used[match[1]] = true
		if given[match[1]] == nil {
			t.Errorf("the template gives no %s", match[1])
		}
	}
	for name := range given {
		if !used[name] {
			t.Errorf("the definition does not use %s", name)
		}
	}
	m.each(func(_ machine, name string, s state) {
		if s.Type != "Task" {
			return
		}
		f, ok := tpl.Resources[function(s)]
		if !ok {
			t.Errorf("%s: the template has no %s", name, function(s))
			return
		}
		if timeout, _ := f.Properties["Timeout"].(uint64); timeout == 0 || s.TimeoutSeconds <= int(timeout) {
			t.Errorf("%s: waits %d s for a function that may run %v s", name, s.TimeoutSeconds, f.Properties["Timeout"])
		}
	})
	if got := tpl.Mappings["Plumbline"]["Release"]["Version"]; got != step.Release {
		t.Errorf("the template is of version %s, the steps of %s", got, step.Release)
	}
	for _, out := range []string{"StateMachineArn", "TableName", "BucketName", "Version"} {
		if tpl.Outputs[out] == nil {
			t.Errorf("no output %s", out)
		}
	}
}

// TestHistoryFits computes how many events an execution of 24 h has at the most: Step Functions ends one at 25,000.
func TestHistoryFits(t *testing.T) {
	m, _ := definition(t)
	const (
		limit   = 25_000
		task    = 6 // scheduled, started, submitted or failed, succeeded, entered, exited
		passing = 2 // entered, exited
	)
	if m.TimeoutSeconds != 24*60*60 {
		t.Fatalf("the execution may run %d s", m.TimeoutSeconds)
	}
	attempts := 0
	for _, r := range m.States["Sync"].Retry {
		attempts += r.MaxAttempts
	}
	// A step that answers more works until near its timeout, or as long as StepSeconds says; the shortest that makes sense is a minute.
	loop := func(seconds int, events int) int { return m.TimeoutSeconds / seconds * events }
	waiting := loop(m.States["WaitForLock"].Seconds, task+3*passing)
	working := loop(60, task+passing)
	once := 0
	m.each(func(_ machine, _ string, s state) {
		once += passing
		if s.Type == "Task" {
			once += task + attempts*3
		}
	})
	if waiting+once > limit || 2*working+once > limit {
		t.Errorf("24 h of waiting are %d events, of working %d on each side, beside %d: more than %d", waiting, working, once, limit)
	}
}
