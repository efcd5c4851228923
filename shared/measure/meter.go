package measure

import (
	"time"

	"github.com/plumbline-sync/plumbline/shared/run"
)

// Meter measures one step.
type Meter struct {
	start   time.Time
	profile bool
	alone   bool
}

// Start begins to measure. With profile the memory at the end and the peak of the Go heap are taken too.
// Alone says that no other step runs in the process meanwhile: then memory is given back and the peak reset first.
func Start(profile, alone bool) *Meter { return &Meter{time.Now(), profile, alone} }

// Stop ends the measurement, once.
func (m *Meter) Stop() (time.Duration, run.Memory) {
	return time.Since(m.start), run.Memory{How: "process", Shared: !m.alone}
}
