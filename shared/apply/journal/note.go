package journal

import (
	"fmt"

	"github.com/plumbline-sync/plumbline/shared/words"
)

// Note says in words what an entry notes that is no result.
func (e *Entry) Note() string {
	between := words.Thousands(e.N) + " to " + words.Thousands(e.Last)
	switch e.Kind {
	case Flight:
		return fmt.Sprintf("changes %s may be sent from now on", between)
	case Again:
		return fmt.Sprintf("what waits of changes %s is tried once more", between)
	case Release:
		return fmt.Sprintf("of changes %s the others were not sent", between)
	case Commit:
		return "the target made " + words.Count(e.N, "result") + " last"
	case Begin:
		return "sync begins"
	}
	return "all is through"
}
