package cli_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// block is a fenced block of a page with a comment before it that says what it is: <!-- file: NAME --> or <!-- run -->.
var block = regexp.MustCompile("(?ms)^<!-- (file: (\\S+)|run) -->\n```[a-z]*\n(.*?)^```$")

// onStack marks blocks that the test of the deployed stack runs (statemachine, TestDeployed).
var onStack = regexp.MustCompile("(?m)^<!-- stack -->\n```console$")

// console finds fenced blocks of commands.
var console = regexp.MustCompile("(?m)^```(console|sh|bash|shell)$")

// TestDocs runs every command of README and docs, page by page, each page in a folder of its own with the files that it shows.
func TestDocs(t *testing.T) {
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	pages, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range append(pages, filepath.Join(root, "README.md"), filepath.Join(root, "CONTRIBUTING.md")) {
		t.Run(filepath.Base(page), func(t *testing.T) {
			text, err := os.ReadFile(page)
			if err != nil {
				t.Fatal(err)
			}
			blocks := block.FindAllStringSubmatch(string(text), -1)
			runs := 0
			dir := t.TempDir()
			for _, b := range blocks {
				if b[2] != "" {
					writeFile(t, filepath.Join(dir, b[2]), b[3])
					continue
				}
				runs++
				for line := range strings.Lines(b[3]) {
					command, ok := strings.CutPrefix(strings.TrimSpace(line), "$ ")
					if ok {
						runCommand(t, root, dir, command)
					}
				}
			}
			if fences := len(console.FindAllString(string(text), -1)) - len(onStack.FindAllString(string(text), -1)); fences != runs {
				t.Errorf("%d blocks of commands, of which %d are marked <!-- run --> or <!-- stack -->: every command in the docs is run", fences, runs)
			}
		})
	}
}

func writeFile(t *testing.T, name, text string) {
	t.Helper()
	if err := writeText(name, text); err != nil {
		t.Fatal(err)
	}
}

func writeText(name, text string) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o750); err != nil {
		return err
	}
	return os.WriteFile(name, []byte(text), 0o600)
}

// runCommand runs one command of a page; those of make run in the repository.
func runCommand(t *testing.T, root, dir, command string) {
	t.Helper()
	if strings.HasPrefix(command, "make ") {
		if testing.Short() {
			return
		}
		dir = root
	}
	cmd := exec.Command("sh", "-c", command)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "EXAMPLES="+filepath.Join(root, "examples"), "NO_COLOR=1", "PLUMB_STATE=")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("$ %s\n%s%v", command, out, err)
	}
}
