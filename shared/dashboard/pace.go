package dashboard

import (
	"fmt"
	"slices"
	"time"

	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/words"
)

// paceOf is how long a step took in its last runs and in those before: medians, so that one slow run says nothing.
type paceOf struct {
	Step   string        `json:"step"`
	Unit   string        `json:"unit,omitempty"`
	Runs   int           `json:"runs"` // in which it ended well
	Now    time.Duration `json:"now,omitempty"`
	Before time.Duration `json:"before,omitempty"`
	Did    int64         `json:"handled_now"`
	DidOld int64         `json:"handled_before"`
	Told   bool          `json:"told"` // there were runs enough to compare
	Slower bool          `json:"slower"`
	Said   string        `json:"said"`
}

// paceRuns is how many of the last runs are compared with those before, of which there must be as many.
const paceRuns = 3

// pacesOf compares the named steps over runs, the oldest first. A step that no run had is left out.
func pacesOf(names []string, steps []map[string]*run.Step) (all []paceOf) {
	for _, name := range names {
		var took []time.Duration
		var did []int64
		p := paceOf{Step: name}
		for _, s := range steps {
			if s[name] != nil && s[name].Status == string(run.Succeeded) {
				took, did, p.Unit = append(took, s[name].Duration), append(did, s[name].Handled), s[name].Unit
			}
		}
		if p.Runs = len(took); p.Runs == 0 {
			continue
		}
		at := max(p.Runs-paceRuns, 0)
		p.Now, p.Did = median(took[at:]), median(did[at:])
		if p.Runs < 2*paceRuns {
			p.Said = fmt.Sprintf("%s: %d are needed to tell", words.Count(int64(p.Runs), "good run"), 2*paceRuns)
		} else {
			p.Told = true
			p.Before, p.DidOld = median(took[:at]), median(did[:at])
			p.Slower = p.Now > p.Before*3/2 && p.Now-p.Before > 250*time.Millisecond
			p.Said = "not slower"
			if p.Slower {
				p.Said = "slower"
			}
		}
		all = append(all, p)
	}
	return all
}

// trendsOf says of each step that is getting slower by how much; where none is, unsaid says so, or why that cannot be told.
func trendsOf(paces []paceOf) (all []string, unsaid string) {
	told := 0
	for _, p := range paces {
		if p.Told {
			told++
		}
		if p.Slower {
			all = append(all, fmt.Sprintf("%s is getting slower: the last %d runs took %s, those before %s (medians).", p.Step, paceRuns, words.Seconds(p.Now), words.Seconds(p.Before)))
		}
	}
	switch {
	case len(all) > 0:
		return all, ""
	case told == 0:
		return nil, fmt.Sprintf("Which step is getting slower shows from %d good runs on.", 2*paceRuns)
	case told < len(paces):
		return nil, "No step is getting slower, as far as there are runs to tell."
	}
	return nil, "No step is getting slower."
}

func median[N ~int64](all []N) N {
	all = slices.Sorted(slices.Values(all))
	return all[len(all)/2]
}
