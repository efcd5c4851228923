package statemachine

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the picture anew")

const (
	pictureBegin = "<!-- picture of statemachine/sync.asl.json; make generate draws it -->\n```mermaid\n"
	pictureEnd   = "```\n<!-- end of the picture -->"
)

// TestPicture holds the picture in ARCHITECTURE.md to the definition.
func TestPicture(t *testing.T) {
	m, _ := definition(t)
	const page = "../ARCHITECTURE.md"
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), pictureBegin)
	old, after, ok2 := strings.Cut(rest, pictureEnd)
	if !ok || !ok2 {
		t.Fatal("ARCHITECTURE.md has no place for the picture")
	}
	now := picture(m)
	if old == now {
		return
	}
	if !*update {
		t.Fatalf("the picture in ARCHITECTURE.md is not of this definition; make generate\n%s", now)
	}
	if err := os.WriteFile(page, []byte(before+pictureBegin+now+pictureEnd+after), 0o600); err != nil {
		t.Fatal(err)
	}
}

// picture draws the definition as Mermaid does. What every state has, the way to FinishBadly, is drawn once.
func picture(m machine) string {
	var b strings.Builder
	b.WriteString("stateDiagram-v2\n")
	draw(&b, m, "  ")
	return b.String()
}

func draw(b *strings.Builder, m machine, indent string) {
	id := func(name string) string { return strings.ReplaceAll(name, "?", "_") }
	fmt.Fprintf(b, "%s[*] --> %s\n", indent, id(m.StartAt))
	for _, name := range slices.Sorted(maps.Keys(m.States)) {
		s := m.States[name]
		switch {
		case s.Type == "Choice":
			fmt.Fprintf(b, "%sstate %s <<choice>>\n", indent, id(name))
		case len(s.Branches) > 0:
			fmt.Fprintf(b, "%sstate %s {\n", indent, id(name))
			for i, branch := range s.Branches {
				if i > 0 {
					fmt.Fprintf(b, "%s  --\n", indent)
				}
				draw(b, branch, indent+"  ")
			}
			fmt.Fprintf(b, "%s}\n", indent)
		}
		for _, c := range s.Choices {
			label := c.StringEquals
			if label == "" {
				label = strings.TrimPrefix(c.Variable[strings.LastIndex(c.Variable, ".")+1:], "$.")
			}
			fmt.Fprintf(b, "%s%s --> %s: %s\n", indent, id(name), id(c.Next), label)
		}
		if s.Default != "" {
			fmt.Fprintf(b, "%s%s --> %s\n", indent, id(name), id(s.Default))
		}
		if s.Next != "" {
			fmt.Fprintf(b, "%s%s --> %s\n", indent, id(name), id(s.Next))
		}
		for _, c := range s.Catch {
			fmt.Fprintf(b, "%s%s --> %s: error\n", indent, id(name), id(c.Next))
		}
		if s.Type == "Succeed" || s.Type == "Fail" {
			fmt.Fprintf(b, "%s%s --> [*]\n", indent, id(name))
		}
	}
}
