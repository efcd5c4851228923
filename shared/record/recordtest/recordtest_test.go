package recordtest

import (
	"testing"
)

func TestData(t *testing.T) {
	source, target := Data{Seed: 1, Records: 5000, Changed: 0.1}, Data{Seed: 1, Records: 5000, Changed: 0.1, Target: true}
	size, sides := 0, [2]map[string]string{{}, {}}
	for n, d := range []Data{source, target} {
		for line := range d.Lines() {
			if err := line.Check(); err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			if key := string(line.Key()); sides[n][key] != "" {
				t.Fatalf("%s stands twice", key)
			} else {
				sides[n][key] = string(line.Compared())
			}
			size += len(line)
		}
	}
	if mean := size / (len(sides[0]) + len(sides[1])); mean < 330 || mean > 380 {
		t.Errorf("a line has %d bytes", mean)
	}
	var created, updated, deleted int
	for key, line := range sides[0] {
		switch other := sides[1][key]; other {
		case "":
			created++
		case line:
		default:
			updated++
		}
	}
	for key := range sides[1] {
		if sides[0][key] == "" {
			deleted++
		}
	}
	for _, c := range []struct{ got, want int }{{updated, 200}, {created, 150}, {deleted, 150}} {
		if c.got < c.want*7/10 || c.got > c.want*13/10 {
			t.Errorf("created %d, updated %d, deleted %d", created, updated, deleted)
		}
	}
}
