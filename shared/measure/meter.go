package measure

import (
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"time"

	"github.com/plumbline-sync/plumbline/shared/run"
)

// interval is how often memory is looked at where that is needed.
const interval = 10 * time.Millisecond

// Meter measures one step.
type Meter struct {
	start   time.Time
	profile bool
	alone   bool
	how     string

	stop     chan struct{}
	sampling sync.WaitGroup
	peak     int64 // written by sample until stop
	heap     int64
}

// Start begins to measure. With profile the memory at the end and the peak of the Go heap are taken too.
// Alone says that no other step runs in the process meanwhile: then memory is given back and the peak reset first, which is not part of the duration.
func Start(profile, alone bool) *Meter {
	m := &Meter{profile: profile, alone: alone, how: "process"}
	if alone && canRead() {
		if m.how = "sampled"; Reset() {
			m.how = "reset"
		}
	}
	if profile || m.how == "sampled" {
		m.stop = make(chan struct{})
		m.sampling.Go(m.sample)
	}
	m.start = time.Now()
	return m
}

// Stop ends the measurement, and says how long it took and what was used. It is called once.
func (m *Meter) Stop() (time.Duration, run.Memory) {
	took := time.Since(m.start)
	if m.stop != nil {
		close(m.stop)
		m.sampling.Wait()
	}
	used := run.Memory{Peak: m.peak, How: m.how, Shared: !m.alone}
	if m.how != "sampled" {
		used.Peak = Peak()
	}
	if m.profile {
		used.HeapPeak = m.heap
		debug.FreeOSMemory()
		used.End = Resident()
	}
	return took, used
}

// sample looks at the memory until the meter is stopped, at least twice.
func (m *Meter) sample() {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	heap := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	for stopped := false; ; {
		if m.profile {
			metrics.Read(heap)
			m.heap = max(m.heap, int64(heap[0].Value.Uint64()))
		}
		if m.how == "sampled" {
			m.peak = max(m.peak, Resident())
		}
		if stopped {
			return
		}
		select {
		case <-tick.C:
		case <-m.stop:
			stopped = true
		}
	}
}

// worthGiving is how much the Go heap has to hold for Reset to give memory back: below that the collection costs more than it brings.
const worthGiving = 8 << 20

// Reset gives memory that is no longer needed back to the system, and has the peak begin anew. It reports whether the system let it begin anew.
func Reset() bool {
	heap := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/heap/unused:bytes"}, {Name: "/memory/classes/heap/free:bytes"}}
	metrics.Read(heap)
	if heap[0].Value.Uint64()+heap[1].Value.Uint64()+heap[2].Value.Uint64() >= worthGiving {
		debug.FreeOSMemory()
	}
	return resetPeak()
}
