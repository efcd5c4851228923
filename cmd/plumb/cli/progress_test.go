package cli

import (
	"io"
	"testing"
	"time"

	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/step"
)

// TestProgressNeverStalls: bars are drawn while others come and go; neither waits for the other.
func TestProgressNeverStalls(t *testing.T) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range 100 { // seen only when all is over
			p := &progress{w: io.Discard, tty: true, rows: map[string]*row{}, began: time.Now().Add(-time.Minute)}
			for _, name := range []string{step.StepLoadSource, step.StepLoadTarget, step.StepDiff} {
				p.update(run.Step{Name: name, Status: string(run.Succeeded), Unit: "records"})
			}
			p.stop()
		}
		for range 3 {
			p := &progress{w: io.Discard, tty: true, rows: map[string]*row{}, began: time.Now().Add(-time.Minute)}
			for n := range int64(300) {
				for _, name := range []string{step.StepLoadSource, step.StepLoadTarget, step.StepDiff, step.StepSync} {
					s := run.Step{Name: name, Status: string(run.Running), Handled: n, Total: 300, Unit: "records"}
					if n == 299 {
						s.Status = string(run.Succeeded)
					}
					p.update(s)
				}
				time.Sleep(time.Millisecond)
			}
			p.stop()
		}
	}()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		t.Fatal("progress stalls")
	}
}
