package file_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/plumbline-sync/plumbline/adapters/adaptertest"
	"github.com/plumbline-sync/plumbline/adapters/file"
	"github.com/plumbline-sync/plumbline/shared/objects"
)

func TestAdapter(t *testing.T) {
	for name, h := range kinds() {
		t.Run(name, func(t *testing.T) {
			h.Type = file.Type()
			adaptertest.Run(t, h)
		})
	}
}

// TestAdapterOnObjects is the same with every path in a bucket.
func TestAdapterOnObjects(t *testing.T) {
	for name, h := range kinds() {
		if name == "csv plain" || name == "json" { // csv and one file are the same to a bucket
			continue
		}
		t.Run(name, func(t *testing.T) {
			root, local := t.TempDir(), h.New
			h.Type = file.Type()
			h.New = func(t *testing.T, dir string) string {
				bucket := strings.ToLower(strings.ReplaceAll(filepath.Base(filepath.Dir(dir)), "_", "-"))
				return strings.Replace(strings.Replace(local(t, dir), "path: ", "path: s3://"+bucket+"/", 1), "/.\n", "/\n", 1)
			}
			h.Buckets = func(_ context.Context, bucket string) (objects.Store, error) {
				return objects.NewFolder(filepath.Join(root, bucket))
			}
			adaptertest.Run(t, h)
		})
	}
}

func kinds() map[string]adaptertest.Harness {
	no := map[adaptertest.Feature]string{adaptertest.Refusals: "JSON takes every value"}
	return map[string]adaptertest.Harness{
		"csv":       {New: options("path: .\nformat: csv\ncreate: true"), Refused: "", Lacks: no},
		"csv plain": {New: options("path: data\nformat: csv\ncreate: true\nquote: none\ndelimiter: tab"), Refused: "a\ttab", Lacks: unquoted},
		"ndjson":    {New: options("path: data\nformat: ndjson\ncreate: true"), Lacks: no},
		"json":      {New: options("path: data\nformat: json\ncreate: true"), Lacks: no},
		"one file":  {New: options("path: all.json\ncreate: true"), Lacks: no},
		"diffsync":  {New: options("path: export.json\nformat: diffsync\ncreate: true"), Lacks: no},
	}
}

// unquoted is what a file without quotes cannot keep.
var unquoted = map[adaptertest.Feature]string{
	adaptertest.EmptyText: "an empty cell is null", adaptertest.Control: "line ends end rows",
}

func options(yaml string) func(*testing.T, string) string {
	return func(*testing.T, string) string { return yaml }
}
