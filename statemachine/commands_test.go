package statemachine

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/servertest"
	"github.com/plumbline-sync/plumbline/statemachine/stacktest"
)

// plumb runs the command line against the stack.
func (w *world) plumb(code int, args ...string) string {
	w.Helper()
	got, out := w.plumbAs(nil, args...)
	if got != code {
		w.Fatalf("plumb %s: exit %d, want %d\n%s", strings.Join(args, " "), got, code, out)
	}
	return out
}

// plumbAs runs it with more in its environment, such as another's credentials.
func (w *world) plumbAs(env []string, args ...string) (code int, out string) {
	w.Helper()
	cmd := exec.CommandContext(w.Context(), plumbBinary(w.T), args...)
	cmd.Dir = w.TempDir()
	cmd.Env = slices.Concat(stacktest.Environ(w.stack.URL), []string{"PLUMB_STACK=" + w.stack.Name}, env)
	text, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		w.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), string(text)
}

func plumbBinary(t *testing.T) string {
	t.Helper()
	bin := filepath.Join(servertest.Root(t), "bin", "plumb-for-tests")
	out, err := exec.CommandContext(t.Context(), "go", "build", "-o", bin, "github.com/plumbline-sync/plumbline/cmd/plumb").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return bin
}

func contains(t *testing.T, text string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
}

func commandLine(w *world) {
	w.put("data/cli.csv", devices(12, "leaf"))
	job := filepath.Join(w.TempDir(), "cli.yaml")
	if err := os.WriteFile(job, []byte(jobOf("data/cli.csv", "data/cli-out.csv", "")), 0o600); err != nil {
		w.Fatal(err)
	}
	contains(w.T, w.plumb(0, "push", job), "jobs/cli.yaml")
	contains(w.T, w.plumb(0, "plan", "cli", "--stack", w.stack.Name), "+ device device-00000", "plumb --stack plumbline-test sync") // what comes next names the stack
	contains(w.T, w.plumb(10, "plan", "cli", "--exit-code", "-q"), "device         12")
	contains(w.T, w.plumb(0, "sync", "cli", "--yes"), "12 changes written")
	contains(w.T, w.plumb(0, "sync", "cli", "--yes"), "nothing to do")
	contains(w.T, w.plumb(0, "runs", "cli"), "cli", "succeeded")
	contains(w.T, w.plumb(0, "show", "last", "steps"), "load-source", "peak")
	contains(w.T, w.plumb(0, "unlock"), "No target is locked")
	contains(w.T, w.plumb(2, "plan", "nosuchjob"), "nosuchjob")
	dotted := filepath.Join(w.TempDir(), "büro v1.2.yaml")
	if err := os.WriteFile(dotted, []byte(jobOf("data/cli.csv", "data/dotted-out.csv", "")), 0o600); err != nil {
		w.Fatal(err)
	}
	w.plumb(0, "push", dotted)
	contains(w.T, w.plumb(0, "jobs"), "büro v1.2", "cli", "file -> file", "deployed with the stack's functions are not listed")
	contains(w.T, w.plumb(0, "sync", "büro v1.2", "--yes"), "12 changes written")
	contains(w.T, w.plumb(2, "plan", "cli", "--stack", "nosuchstack"), `stack "nosuchstack": there is none`)
	local := strings.ReplaceAll(jobOf("x.csv", "y.csv", ""), "s3:///", "./")
	if err := os.WriteFile(job, []byte(local), 0o600); err != nil {
		w.Fatal(err)
	}
	contains(w.T, w.plumb(2, "push", job), "a file of a laptop")
	contains(w.T, w.plumb(2, "check", job), "a file of a laptop")
}

// docs runs the commands of README and docs that want a stack; sam build and sam deploy were run to get here.
func docs(w *world) {
	block := regexp.MustCompile("(?ms)^<!-- stack -->\n```console\n(.*?)^```$")
	input := regexp.MustCompile(`^aws stepfunctions start-execution .*--input '(.*)'$`)
	w.put("data/devices.csv", devices(52, "leaf"))
	ran := 0
	for _, page := range []string{"README.md", "docs/aws.md", "docs/operation.md"} {
		text, err := os.ReadFile("../" + page)
		if err != nil {
			w.Fatal(err)
		}
		for _, b := range block.FindAllStringSubmatch(string(text), -1) {
			for line := range strings.Lines(b[1]) {
				command := strings.ReplaceAll(strings.TrimPrefix(strings.TrimSpace(line), "$ "), "my-stack", w.stack.Name)
				ran++
				switch name, rest, _ := strings.Cut(command, " "); name {
				case "sam":
				case "plumb":
					w.plumb(0, append(strings.Fields(rest), "--jobs", filepath.Join(servertest.Root(w.T), "jobs"))...)
				default:
					m := input.FindStringSubmatch(command)
					if m == nil {
						w.Fatalf("%s: nobody runs %q", page, command)
					}
					w.want(w.execute(m[1]), run.Succeeded, "")
				}
			}
		}
	}
	if ran < 10 {
		w.Errorf("only %d commands were found", ran)
	}
}
