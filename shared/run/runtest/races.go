package runtest

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/run"
)

// twelve runs f twelve times at once and returns its errors.
func twelve(f func(i int) error) []error {
	errs := make([]error, 12)
	var g sync.WaitGroup
	start := make(chan struct{})
	for i := range errs {
		g.Go(func() {
			<-start
			errs[i] = f(i)
		})
	}
	close(start)
	g.Wait()
	return errs
}

// winner returns who got no error; every other must have got a Conflict.
func winner(t *testing.T, errs []error) int {
	t.Helper()
	won := -1
	for i, err := range errs {
		switch {
		case err == nil && won < 0:
			won = i
		case err == nil:
			t.Errorf("%d and %d won", won, i)
		default:
			wantCode(t, "who lost", err, fault.Conflict)
		}
	}
	if won < 0 {
		t.Fatal("nobody won")
	}
	return won
}

func createRace(t *testing.T, s run.Store) {
	won := winner(t, twelve(func(i int) error {
		return s.Create(t.Context(), &run.Run{ID: "x", Status: run.Running, By: fmt.Sprint(i)})
	}))
	if got := getRun(t, s, "x"); got.By != fmt.Sprint(won) {
		t.Errorf("%d won, %s is stored", won, got.By)
	}
}

func updateRace(t *testing.T, s run.Store) {
	id := create(t, s, small("a", 1))
	for _, err := range twelve(func(int) error {
		for range 5 {
			if _, err := s.Update(t.Context(), id, func(r *run.Run) {
				if r.Results == nil {
					r.Results = map[string]int64{}
				}
				r.Results["done"]++
			}); err != nil {
				return err
			}
		}
		return nil
	}) {
		if err != nil {
			t.Error(err)
		}
	}
	if got := getRun(t, s, id).Results["done"]; got != 60 {
		t.Errorf("%d of 60 updates are there", got)
	}
}

func closeRace(t *testing.T, s run.Store) {
	id := create(t, s, small("a", 1))
	returned := make([]*run.Run, 12)
	won := winner(t, twelve(func(i int) error {
		r, closed, err := s.Close(t.Context(), id, run.Aborted, func(r *run.Run) { r.By = fmt.Sprint(i) })
		returned[i] = r
		if err == nil && !closed {
			return fault.Errorf(fault.Conflict, "it was closed")
		}
		return err
	}))
	stored := getRun(t, s, id)
	if stored.By != fmt.Sprint(won) {
		t.Errorf("%d closed, %s is stored", won, stored.By)
	}
	for _, r := range returned {
		wantSame(t, "every one gets the run as it was closed", stored, r)
	}
}

func updateCloseRace(t *testing.T, s run.Store) {
	for n := range 5 {
		id := create(t, s, small("a", n))
		var mu sync.Mutex
		updated := int64(0)
		twelve(func(i int) error {
			if i == 0 {
				_, _, err := s.Close(t.Context(), id, run.Failed, nil)
				return err
			}
			if _, err := s.Update(t.Context(), id, func(r *run.Run) { r.Findings = map[string]int64{"n": r.Findings["n"] + 1} }); err != nil {
				wantCode(t, "update", err, fault.Conflict)
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			updated++
			return nil
		})
		if r := getRun(t, s, id); r.Status != run.Failed || r.Findings["n"] != updated {
			t.Errorf("%s, %d updates stored, %d acknowledged", r.Status, r.Findings["n"], updated)
		}
	}
}

func lockRace(t *testing.T, s run.Store) {
	for round := range 5 {
		name := fmt.Sprint("target ", round)
		seen := make([]run.Lock, 12)
		won := winner(t, twelve(func(i int) (err error) {
			seen[i], err = s.Lock(t.Context(), name, fmt.Sprint("run ", i))
			return err
		}))
		for _, l := range seen {
			if l.Run != fmt.Sprint("run ", won) {
				t.Errorf("%d won, one was shown %+v", won, l)
			}
		}
		// Of one run's invocations one may write.
		winner(t, twelve(func(i int) error {
			return s.Touch(t.Context(), name, fmt.Sprint("run ", won), fmt.Sprint("invocation ", i), time.Now().Add(time.Hour))
		}))
	}
}

func logRace(t *testing.T, s run.Store) {
	id := create(t, s, small("a", 1))
	for _, err := range twelve(func(i int) error {
		for n := range 10 {
			lines := []run.LogLine{{Time: when(), Message: fmt.Sprintf("%02d %02d a", i, n)}, {Time: when(), Message: fmt.Sprintf("%02d %02d b", i, n)}}
			if err := s.Log(t.Context(), id, lines); err != nil {
				return err
			}
		}
		return nil
	}) {
		if err != nil {
			t.Error(err)
		}
	}
	lines, err := s.Lines(t.Context(), id, 0, 0)
	if err != nil || len(lines) != 240 {
		t.Fatalf("%d lines, %v", len(lines), err)
	}
	byWriter := make([][]string, 12)
	for _, l := range lines {
		i, err := strconv.Atoi(l.Message[:2])
		if err != nil {
			t.Fatal(err)
		}
		byWriter[i] = append(byWriter[i], l.Message)
	}
	for i, got := range byWriter {
		if len(got) != 20 || !slices.IsSorted(got) {
			t.Errorf("writer %d: %q", i, got)
		}
	}
}

func stopped(t *testing.T, s run.Store) {
	create(t, s, small("a", 1))
	ctx, stop := context.WithCancel(t.Context())
	stop()
	_, err := s.Get(ctx, "a-001")
	wantCode(t, "get", err, fault.Stopped)
	_, err = s.Update(ctx, "a-001", func(r *run.Run) { r.By = "late" })
	wantCode(t, "update", err, fault.Stopped)
	wantCode(t, "create", s.Create(ctx, small("a", 2)), fault.Stopped)
	_, err = s.Lock(ctx, "x", "a-001")
	wantCode(t, "lock", err, fault.Stopped)
	wantSame(t, "list", []string{"a-001"}, ids(t, s, run.Filter{}))
	if got := getRun(t, s, "a-001"); got.By != "" {
		t.Errorf("got %+v", got)
	}
}
