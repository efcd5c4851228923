package nautobottest

import (
	"crypto/sha256"
	"embed"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// app is an app of Nautobot with kinds of its own, which the server has beside Nautobot's: carriers, and the peerings that devices have with them.
//
//go:embed all:app
var app embed.FS

// installApp copies the app to where Environ lets Python find it.
func (s *Server) installApp() error { return os.CopyFS(s.dir, app) }

// snapshot names the kept database: what was migrated, by which programs and with which app. Its number changes with boot.
func snapshot() (string, error) {
	sum := sha256.New()
	err := fs.WalkDir(app, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := app.ReadFile(path)
		fmt.Fprintf(sum, "%s %d %s", path, len(text), text)
		return err
	})
	return fmt.Sprintf("%s-ssot-%s-1-app-%x", tool, ssot, sum.Sum(nil)[:4]), err
}

// appFolder is where the app's package is.
func (s *Server) appFolder() string { return filepath.Join(s.dir, "app") }
