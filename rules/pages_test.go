package rules

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestPagesHoldNoLooseCode: code in a page goes stale, for nothing compiles it, unless it is a file that a test writes and runs.
func TestPagesHoldNoLooseCode(t *testing.T) {
	var places []string
	for name, text := range readTree(t).pages {
		lines := strings.Split(text, "\n")
		for n, line := range lines {
			fence := strings.TrimSpace(line)
			if fence != "```go" && !strings.HasPrefix(fence, "```go ") && fence != "```golang" {
				continue
			}
			if n == 0 || !strings.HasPrefix(lines[n-1], "<!-- file: ") {
				places = append(places, fmt.Sprintf("%s:%d", name, n+1))
			}
		}
	}
	broken(t, "Markdown holds no Go code but files that a test compiles (<!-- file: NAME --> before them): point to an example", places)
}

func TestLinksLeadSomewhere(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)#:\s]+)(#[^)\s]*)?\)`)
	var places []string
	for name, text := range readTree(t).pages {
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			target := filepath.Join(root, filepath.FromSlash(path.Join(path.Dir(name), m[1])))
			if _, err := os.Stat(target); err != nil {
				places = append(places, name+": "+m[1])
			}
		}
	}
	broken(t, "a page's links lead to files that are there", places)
}

func TestPagesAreMerged(t *testing.T) {
	marker := regexp.MustCompile(`(?m)^(<<<<<<<|>>>>>>>|=======$)`)
	var places []string
	for name, text := range readTree(t).pages {
		if marker.MatchString(text) {
			places = append(places, name)
		}
	}
	broken(t, "a page says one thing, not what two branches said", places)
}

func TestArchitectureIsShort(t *testing.T) {
	if n := strings.Count(readTree(t).pages["ARCHITECTURE.md"], "\n"); n > 300 {
		t.Errorf("ARCHITECTURE.md has %d lines: 300 are what a newcomer reads", n)
	}
}

// TestFoldersAreExplained: a new top-level folder, or a package in shared/, needs its line in ARCHITECTURE.md.
func TestFoldersAreExplained(t *testing.T) {
	all := readTree(t)
	text := all.pages["ARCHITECTURE.md"]
	var places []string
	for folder := range all.folders() {
		parts := strings.Split(folder, "/")
		name := parts[0]
		if name == "shared" && len(parts) > 1 {
			name = parts[1]
		}
		if !strings.Contains(text, name+"/") {
			places = append(places, folder)
		}
	}
	broken(t, "ARCHITECTURE.md names every top-level folder and every package in shared/", places)
}
