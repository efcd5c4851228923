package rules

import (
	"crypto/sha256"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var taken = flag.Bool("taken", false, "note that the pictures were just taken; make pictures does")

// madeOf is where it stands what the pictures were taken of, as sha256sum writes and checks it.
const madeOf = "docs/pictures/made-of.sha256"

// shown is what the pictures of the dashboard are made from: its pages and how they look, the data that they show, and which of them are taken. What its Go code writes into them is not among it.
func shown() []string {
	return []string{
		"shared/dashboard/pages", "shared/dashboard/assets/style.css", "shared/dashboard/data_test.go", "shared/dashboard/pictures_test.go",
		"examples/inventory/inventory.yaml", "examples/inventory/schema.sql", "examples/inventory/network",
	}
}

// digests returns the lines of madeOf for the files as they are now.
func digests(t *testing.T) map[string]bool {
	t.Helper()
	lines := map[string]bool{}
	for _, from := range shown() {
		err := filepath.WalkDir(filepath.Join(root, from), func(file string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			text, err := os.ReadFile(file)
			if err != nil {
				return err
			}
			rel, err := filepath.Rel(root, file)
			lines[fmt.Sprintf("%x  %s", sha256.Sum256(text), filepath.ToSlash(rel))] = true
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return lines
}

// changed returns the files that were changed, came or went since the pictures were taken.
func changed(then string, now map[string]bool) (places []string) {
	now = maps.Clone(now)
	for line := range strings.Lines(then) {
		if line = strings.TrimSuffix(line, "\n"); now[line] {
			delete(now, line)
			continue
		}
		_, file, _ := strings.Cut(line, "  ")
		places = append(places, file)
	}
	for line := range now {
		_, file, _ := strings.Cut(line, "  ")
		places = append(places, file)
	}
	return places
}

// TestPicturesAreFresh: the pictures that README and the docs show are of the pages as they are.
func TestPicturesAreFresh(t *testing.T) {
	now := digests(t)
	if *taken {
		lines := slices.SortedFunc(maps.Keys(now), func(a, b string) int { return strings.Compare(a[sha256.Size*2:], b[sha256.Size*2:]) }) // by name
		if err := os.WriteFile(filepath.Join(root, madeOf), []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	then, err := os.ReadFile(filepath.Join(root, madeOf))
	if err != nil {
		t.Fatal(err)
	}
	broken(t, "the pictures in docs/pictures were taken before these changed: run make pictures, look at them, and commit them with "+madeOf, changed(string(then), now))
}

// TestPicturesBite: the rule finds what was changed, what came and what went.
func TestPicturesBite(t *testing.T) {
	then := "1  a\n2  b\n3  c\n"
	if got := changed(then, map[string]bool{"1  a": true, "2  b": true, "3  c": true}); len(got) > 0 {
		t.Errorf("of what is as it was: %q", got)
	}
	got := changed(then, map[string]bool{"1  a": true, "9  b": true, "4  d": true})
	slices.Sort(got)
	if want := "b b c d"; strings.Join(got, " ") != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
