package file_test

import (
	"testing"

	"github.com/plumbline-sync/plumbline/adapters/adaptertest"
	"github.com/plumbline-sync/plumbline/adapters/file"
)

func TestAdapter(t *testing.T) {
	no := map[adaptertest.Feature]string{adaptertest.Refusals: "JSON takes every value"}
	for name, h := range map[string]adaptertest.Harness{
		"csv":       {New: options("path: .\nformat: csv\ncreate: true"), Refused: "", Lacks: no},
		"csv plain": {New: options("path: data\nformat: csv\ncreate: true\nquote: none\ndelimiter: tab"), Refused: "a\ttab", Lacks: unquoted},
		"ndjson":    {New: options("path: data\nformat: ndjson\ncreate: true"), Lacks: no},
		"json":      {New: options("path: data\nformat: json\ncreate: true"), Lacks: no},
		"one file":  {New: options("path: all.json\ncreate: true"), Lacks: no},
		"diffsync":  {New: options("path: export.json\nformat: diffsync\ncreate: true"), Lacks: no},
	} {
		t.Run(name, func(t *testing.T) {
			h.Type = file.Type()
			adaptertest.Run(t, h)
		})
	}
}

// unquoted is what a file without quotes cannot keep.
var unquoted = map[adaptertest.Feature]string{
	adaptertest.EmptyText: "an empty cell is null", adaptertest.Control: "line ends end rows",
}

func options(yaml string) func(*testing.T, string) string {
	return func(*testing.T, string) string { return yaml }
}
