package measure

import (
	"runtime"
	"testing"
	"time"
)

// use keeps n bytes alive, every page of them touched, for the time.
func use(n int, d time.Duration) {
	b := make([]byte, n)
	for i := 0; i < n; i += 4096 {
		b[i] = 1
	}
	time.Sleep(d)
	runtime.KeepAlive(b)
}

func TestDuration(t *testing.T) {
	m := Start(false, true)
	time.Sleep(30 * time.Millisecond)
	if took, _ := m.Stop(); took < 30*time.Millisecond || took > 5*time.Second {
		t.Errorf("took %v", took)
	}
}

// TestPeak: a step of 200 MB is seen as that, and the step after it is not.
func TestPeak(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux lets a process reset its peak")
	}
	base := Resident()
	m := Start(true, true)
	use(200<<20, 50*time.Millisecond)
	_, big := m.Stop()
	if big.How != "reset" && big.How != "sampled" || big.Shared {
		t.Errorf("how: %q, shared: %v", big.How, big.Shared)
	}
	if grown := big.Peak - base; grown < 180<<20 || !raced && grown > 300<<20 {
		t.Errorf("peak: %d MB above the start", grown>>20)
	}
	if big.HeapPeak < 200<<20 || big.HeapPeak > 300<<20 {
		t.Errorf("peak of the heap: %d MB", big.HeapPeak>>20)
	}
	if big.End <= 0 || !raced && big.End > base+50<<20 {
		t.Errorf("at the end: %d MB, %d before", big.End>>20, base>>20)
	}
	m = Start(false, true)
	use(10<<20, 0)
	_, small := m.Stop()
	if !raced && small.Peak > base+80<<20 || small.Peak < 1<<20 {
		t.Errorf("the step after has a peak of %d MB, %d before both", small.Peak>>20, base>>20)
	}
	if small.End != 0 || small.HeapPeak != 0 {
		t.Errorf("without profiling: %+v", small)
	}
}

// TestSampled is what a system that refuses the reset gets.
func TestSampled(t *testing.T) {
	if !canRead() {
		t.Skip("this system does not tell what is resident")
	}
	base := Resident()
	m := &Meter{how: "sampled", alone: true, stop: make(chan struct{}), start: time.Now()}
	m.sampling.Go(m.sample)
	use(100<<20, 60*time.Millisecond)
	_, used := m.Stop()
	if used.How != "sampled" || used.Peak < base+80<<20 {
		t.Errorf("got %+v, %d MB before", used, base>>20)
	}
}

// TestShared: of two steps at once both report the process's peak, and say so; neither resets it for the other.
func TestShared(t *testing.T) {
	Reset()
	a := Start(false, false)
	use(100<<20, 0)
	b := Start(false, false)
	_, ofA := a.Stop()
	_, ofB := b.Stop()
	if !ofA.Shared || !ofB.Shared || ofA.How != "process" || ofB.How != "process" {
		t.Errorf("got %+v and %+v", ofA, ofB)
	}
	if ofA.Peak < 90<<20 || ofB.Peak < ofA.Peak {
		t.Errorf("peaks: %d and %d MB", ofA.Peak>>20, ofB.Peak>>20)
	}
}

func TestCPU(t *testing.T) {
	before, x := CPU(), 0
	for start := time.Now(); time.Since(start) < 200*time.Millisecond; {
		x++
	}
	if used := CPU() - before; used < 20*time.Millisecond {
		t.Errorf("%v of CPU for 200ms of %d turns", used, x)
	}
}

func BenchmarkMeter(b *testing.B) {
	for b.Loop() {
		Start(false, true).Stop()
	}
}
