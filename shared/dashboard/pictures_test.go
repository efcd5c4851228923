package dashboard_test

import (
	"flag"
	"path/filepath"
	"testing"
)

var shots = flag.String("shots", "", "write the pictures of the pages to this folder")

// TestPictures takes the pictures that README and the docs show. It does so only where it is asked for: a picture differs a little on each machine.
func TestPictures(t *testing.T) {
	if *shots == "" {
		return
	}
	w, paths := bigWorld(t)
	if err := w.remove("jobs/broken.yaml"); err != nil {
		t.Fatal(err)
	}
	b := openBrowser(t, w.url)
	for _, name := range []string{"home", "run", "changes-update", "job", "changes-failed"} {
		theme := "light"
		if name == "run" {
			theme = "dark"
		}
		b.theme(theme, 1100)
		b.open(paths[name])
		b.picture(filepath.Join(*shots, name+".png"), false)
	}
}
