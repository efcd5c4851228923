package load_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/load"
	"github.com/plumbline-sync/plumbline/shared/objects"
)

// mixed is input with good records, bad ones and duplicates, in random order.
func mixed(rnd *rand.Rand, n int) []item {
	var items []item
	for i := range n {
		name := fmt.Sprintf(`name="d%03d"`, rnd.IntN(n))
		at := int64(i + 2)
		switch rnd.IntN(8) {
		case 0:
			items = append(items, rec("device", "devices.csv", at, name, `RU="many"`))
		case 1:
			items = append(items, rec("device", "devices.csv", at, `RU="1"`))
		case 2:
			items = append(items, rec("site", "sites.csv", at, strings.ToUpper(name[:1])+name[1:], name))
		default:
			items = append(items, rec("device", "devices.csv", at, name, `RU="1"`, fmt.Sprintf(`Serial Number="%d"`, i)))
		}
	}
	return items
}

// whole loads everything in one call, for comparison.
func whole(t *testing.T, items []item) map[string]string {
	t.Helper()
	in := input(t, &resumer{source: source{items: items}})
	in.Store = newMemory()
	if _, err := load.Run(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	return stored(t, in.Store)
}

// TestResume is the law: however often a load stops and goes on, the snapshot and the findings are the same bytes.
func TestResume(t *testing.T) {
	for seed := range uint64(20) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		items := mixed(rnd, 1+rnd.IntN(200))
		want := whole(t, items)

		in := input(t, nil)
		in.Store = newMemory()
		calls := 0
		for {
			calls++
			src := &resumer{source: source{items: items}}
			if n := rnd.IntN(60); n > 0 {
				src.free, src.hook = 1<<30, func(_ context.Context, at int) {
					if n--; n == 0 {
						src.free = at
					}
				}
			}
			in.Source, in.Deadline = src, time.Now()
			out, err := load.Run(t.Context(), in)
			if err != nil {
				t.Fatalf("seed %d, call %d: %v", seed, calls, err)
			}
			if !out.More {
				if out.Records != int64(len(items)) {
					t.Errorf("seed %d: %d records, want %d", seed, out.Records, len(items))
				}
				break
			}
			in.State = out.State
		}
		if d := cmp.Diff(want, stored(t, in.Store)); d != "" {
			t.Fatalf("seed %d, %d calls: the stored objects differ (-want +got):\n%s", seed, calls, d)
		}
	}
}

// crashing is a store in front of a process that dies at the nth call.
type crashing struct {
	objects.Store
	left int
}

var errCrash = errors.New("the process dies")

func (c *crashing) die() error {
	if c.left--; c.left < 0 {
		return errCrash
	}
	return nil
}

func (c *crashing) Create(ctx context.Context, name string) (objects.Writer, error) {
	if err := c.die(); err != nil {
		return nil, err
	}
	w, err := c.Store.Create(ctx, name)
	return &crashingWriter{w, c}, err
}

func (c *crashing) Open(ctx context.Context, name string) (objects.Reader, error) {
	if err := c.die(); err != nil {
		return nil, err
	}
	return c.Store.Open(ctx, name)
}

func (c *crashing) Delete(ctx context.Context, names ...string) error {
	if err := c.die(); err != nil {
		return err
	}
	return c.Store.Delete(ctx, names...)
}

type crashingWriter struct {
	objects.Writer
	c *crashing
}

func (w *crashingWriter) Commit() error {
	if err := w.c.die(); err != nil {
		w.Abort()
		return err
	}
	return w.Writer.Commit()
}

// TestCrash kills the process at every call to the store in turn, as a machine does: what the last finished call returned is all that is left. The end is the same.
func TestCrash(t *testing.T) {
	rnd := rand.New(rand.NewPCG(7, 7))
	items := mixed(rnd, 120)
	want := whole(t, items)
	for crash := 0; ; crash++ {
		in := input(t, nil)
		healthy := objects.Store(newMemory())
		c := &crashing{Store: healthy, left: crash}
		in.Store = c
		crashed := false
		for calls := 0; ; calls++ {
			if calls > 20 {
				t.Fatalf("crash %d: no end", crash)
			}
			src := &resumer{source: source{items: items}}
			in.Source, in.Deadline = src, time.Now()
			src.free = (calls + 1) * 30
			out, err := load.Run(t.Context(), in)
			if errors.Is(err, errCrash) {
				crashed, in.Store = true, healthy
				continue
			}
			if err != nil {
				t.Fatalf("crash %d: %v", crash, err)
			}
			if in.State = out.State; !out.More {
				break
			}
		}
		got := stored(t, healthy)
		for name := range got {
			if strings.Contains(name, ".part/") {
				delete(got, name) // of a call that died; its run is pruned one day
			}
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Fatalf("crash %d: the stored objects differ (-want +got):\n%s", crash, d)
		}
		if !crashed {
			t.Logf("%d places to die", crash)
			return
		}
	}
}

func TestNoProgress(t *testing.T) {
	in := input(t, &resumer{source: source{items: mixed(rand.New(rand.NewPCG(1, 1)), 10)}, stuck: true})
	in.Deadline = time.Now()
	out, err := load.Run(t.Context(), in)
	if err != nil || !out.More {
		t.Fatalf("got %+v, %v", out, err)
	}
	in.State, in.Deadline = out.State, time.Now()
	_, err = load.Run(t.Context(), in)
	if want := "the load came no further since it last stopped, after 2 records: the adapter gives the same cursor again"; !fault.Is(err, fault.TimedOut) || err.Error() != want {
		t.Errorf("got  %q %v\nwant %s", fault.Of(err), err, want)
	}
}

func TestChangedBetweenCalls(t *testing.T) {
	items := mixed(rand.New(rand.NewPCG(1, 1)), 10)
	version := "a"
	src := &versioned{resumer: resumer{source: source{items: items}}, version: func() string { return version }}
	in := input(t, src)
	in.Deadline = time.Now()
	out, err := load.Run(t.Context(), in)
	if err != nil || !out.More {
		t.Fatalf("got %+v, %v", out, err)
	}
	version, in.State = "b", out.State
	if _, err = load.Run(t.Context(), in); !fault.Is(err, fault.Conflict) {
		t.Errorf("got %v, want Conflict", err)
	}
	version, in.Deadline = "a", time.Time{}
	if _, err = load.Run(t.Context(), in); err != nil {
		t.Errorf("the same again: %v", err)
	}
}

func TestDeadlineWhileTheAdapterWaits(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes the grace that a slow adapter has, 5 s")
	}
	src := &resumer{source: source{items: mixed(rand.New(rand.NewPCG(1, 1)), 10)}, free: 1 << 30}
	src.hook = func(ctx context.Context, n int) {
		if n == 3 {
			<-ctx.Done()
		}
	}
	in := input(t, src)
	in.Deadline = time.Now()
	_, err := load.Run(t.Context(), in)
	want := "the deadline passed after 3 records, and the adapter did not come to a place to stop: context deadline exceeded"
	if !fault.Is(err, fault.TimedOut) || err.Error() != want {
		t.Errorf("got  %q %v\nwant %s", fault.Of(err), err, want)
	}
}

func TestDamagedState(t *testing.T) {
	for name, state := range map[string]string{"no JSON": "{", "newer": `{"version":2}`} {
		in := input(t, &resumer{})
		in.State = []byte(state)
		if _, err := load.Run(t.Context(), in); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: got %v, want Invalid", name, err)
		}
	}
}

var _ adapter.Resumer = (*resumer)(nil)
