package file_test

import (
	"os"
	"testing"

	"github.com/plumbline-sync/plumbline/adapters/adaptertest"
	"github.com/plumbline-sync/plumbline/adapters/file"
)

func TestZZ(t *testing.T) {
	adaptertest.Run(t, adaptertest.Harness{Type: file.Type(), Lacks: map[adaptertest.Feature]string{adaptertest.Refusals: "x"}, New: func(t *testing.T, dir string) string {
		t.Cleanup(func() { b, _ := os.ReadFile(dir + "/export.json"); t.Logf("%.1500s", b) })
		return "path: export.json\nformat: diffsync\ncreate: true"
	}})
}
