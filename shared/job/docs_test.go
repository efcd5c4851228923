package job_test

import (
	"os"
	"strings"
	"testing"

	"github.com/plumbline-sync/plumbline/shared/job"
)

// Each YAML block of the reference is a job that reads, or a part of one (its first line is "# part") that does when what is missing is put to it.
func TestDocs(t *testing.T) {
	src, err := os.ReadFile("../../docs/job-file.md")
	if err != nil {
		t.Fatal(err)
	}
	rest := []struct{ key, text string }{
		{"source:", "source: {adapter: file, path: in}\n"},
		{"target:", "target: {adapter: sql, url: \"sqlite:x.db\"}\n"},
		{"models:", "models: {site: {identifiers: [name]}}\n"},
		{"policy:", "policy: sync\n"},
		{"vars:", "vars: {owner: {default: ana}}\n"},
	}
	blocks := strings.Split(string(src), "```yaml\n")[1:]
	for i, b := range blocks {
		b, _, _ = strings.Cut(b, "```")
		if strings.HasPrefix(b, "# part\n") {
			for _, r := range rest {
				if !strings.Contains("\n"+b, "\n"+r.key) {
					b += r.text
				}
			}
		}
		j, err := job.Parse("docs.yaml", []byte(b), "/jobs", catalog{})
		if err == nil {
			vars := map[string]string{}
			for _, v := range j.Vars {
				if v.Default == nil {
					vars[v.Name] = "x"
				}
			}
			_, err = j.WithVars(vars)
		}
		if err != nil {
			t.Errorf("block %d: %v\n%s", i+1, err, b)
		}
	}
	if len(blocks) < 6 {
		t.Errorf("%d blocks", len(blocks))
	}
}
