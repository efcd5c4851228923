package job_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/plumbline-sync/plumbline/shared/job"
)

func compileSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	src, err := job.Schema(catalog{})
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/schema.json", string(src))
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(src))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("job.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("job.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func validate(t *testing.T, s *jsonschema.Schema, file string) error {
	t.Helper()
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	js, err := yaml.YAMLToJSON(src)
	if err != nil {
		return err
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(js))
	if err != nil {
		return err
	}
	return s.Validate(doc)
}

// What Parse takes, an editor takes; what an editor can see to be wrong, it says.
func TestSchema(t *testing.T) {
	s := compileSchema(t)
	good, _ := filepath.Glob("testdata/good/*.yaml")
	for _, f := range good {
		if err := validate(t, s, f); err != nil {
			t.Errorf("%s: %v", f, err)
		}
	}
	// These are wrong in how things hang together, which a schema cannot say.
	beyond := []string{"circle.yaml", "circle-parents.yaml", "circle-self.yaml", "name.yaml", "parent-types.yaml", "references.yaml", "syntax-documents.yaml"}
	bad, _ := filepath.Glob("testdata/bad/*.yaml")
	for _, f := range bad {
		if filepath.Base(f) == "bomb.yaml" {
			continue // the test's own way to JSON knows no bound
		}
		if accepted := validate(t, s, f) == nil; accepted != slices.Contains(beyond, filepath.Base(f)) {
			t.Errorf("%s: accepted %v", f, accepted)
		}
	}
}
