package dashboard

import (
	"slices"
	"strings"

	"github.com/plumbline-sync/plumbline/shared/plan"
)

// messageGroup is a message that was said several times.
type messageGroup struct {
	Status  string `json:"status"` // of a journal, the code of a finding, the level of a log
	Message string `json:"message"`
	Count   int64  `json:"count"`
	Link    string `json:"-"`
}

// grouper counts messages; memory is bounded, what has no room is counted together.
type grouper struct {
	by     map[[2]string]int64
	others int64
}

const mostMessages = 200

func (g *grouper) add(status, message string) {
	if g.by == nil {
		g.by = map[[2]string]int64{}
	}
	message, _ = cutText(message, 500)
	key := [2]string{status, message}
	if _, known := g.by[key]; !known && len(g.by) >= mostMessages {
		g.others++
		return
	}
	g.by[key]++
}

// list returns the messages, the most frequent first.
func (g *grouper) list(d *Dashboard) (all []messageGroup) {
	for key, n := range g.by {
		all = append(all, messageGroup{Status: key[0], Message: d.Hide(key[1]), Count: n})
	}
	slices.SortFunc(all, func(a, b messageGroup) int {
		if a.Count != b.Count {
			return int(min(max(b.Count-a.Count, -1), 1))
		}
		return strings.Compare(a.Status+a.Message, b.Status+b.Message)
	})
	if g.others > 0 {
		all = append(all, messageGroup{Message: "other messages", Count: g.others})
	}
	return all
}

// contains reports whether text has the part, whatever the case.
func contains(text, part string) bool {
	return part == "" || strings.Contains(strings.ToLower(text), strings.ToLower(part))
}

// shownText is text of a record or a system, cut to what a list shows.
func shownText(s string) string {
	s, _ = cutText(plan.Visible(s), 2000)
	return s
}
