package job

import (
	"slices"
	"strings"
)

// nearest returns the name that was probably meant, "" where none is near.
func nearest(got string, names []string) string {
	best, dist := "", len([]rune(got))/3+2
	for _, n := range names {
		d := distance(strings.ToLower(got), strings.ToLower(n))
		if d < dist && d < max(len(n), len(got)) {
			best, dist = n, d
		}
	}
	return best
}

// instead returns what to say after "no such key": the nearest name, else all there are.
func instead(got string, names []string) string {
	if n := nearest(got, names); n != "" {
		return "; did you mean " + quote(n) + "?"
	}
	if len(names) == 0 {
		return ""
	}
	sorted := slices.Sorted(slices.Values(names))
	if len(sorted) > 20 {
		sorted = append(sorted[:19], "..")
	}
	return "; there are " + strings.Join(sorted, ", ")
}

// distance counts the letters to insert, drop, change or swap that lead from a to b.
func distance(a, b string) int {
	x, y := []rune(cut(a, 100)), []rune(cut(b, 100))
	older, old := make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range old {
		old[j] = j
	}
	for i := range x {
		row := make([]int, len(y)+1)
		row[0] = i + 1
		for j := range y {
			cost := 1
			if x[i] == y[j] {
				cost = 0
			}
			row[j+1] = min(row[j]+1, old[j+1]+1, old[j]+cost)
			if i > 0 && j > 0 && x[i] == y[j-1] && x[i-1] == y[j] {
				row[j+1] = min(row[j+1], older[j-1]+1)
			}
		}
		older, old = old, row
	}
	return old[len(y)]
}
