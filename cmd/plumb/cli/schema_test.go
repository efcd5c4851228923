package cli_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-sync/plumbline/adapters"
	"github.com/plumbline-sync/plumbline/cmd/plumb/cli"
)

// TestSchemaIsFresh: docs/job.schema.json, which editors read from the repository, is what plumb schema prints.
func TestSchemaIsFresh(t *testing.T) {
	var out bytes.Buffer
	if code := cli.Run(t.Context(), []string{"schema"}, adapters.All(), strings.NewReader(""), &out, &out); code != 0 {
		t.Fatalf("exit code %d: %s", code, out.String())
	}
	page := filepath.Join("..", "..", "..", "docs", "job.schema.json")
	if *update {
		if err := os.WriteFile(page, out.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), out.String()); d != "" {
		t.Errorf("make generate writes it anew (-page +printed)\n%s", d)
	}
}
