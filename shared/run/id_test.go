package run_test

import (
	"regexp"
	"testing"
	"time"

	"github.com/plumbline-sync/plumbline/shared/objects"
	"github.com/plumbline-sync/plumbline/shared/run"
)

func TestNewID(t *testing.T) {
	form := regexp.MustCompile(`^[0-9a-hjkmnp-tv-z]{7}-[0-9a-hjkmnp-tv-z]{3}$`)
	last := ""
	for _, at := range []time.Time{
		{}, // before the first: all zeros
		time.Date(2024, 1, 1, 0, 0, 0, int(40*time.Millisecond), time.UTC),
		time.Date(2024, 1, 1, 0, 0, 0, int(80*time.Millisecond), time.UTC),
		time.Date(2024, 1, 1, 0, 0, 1, 0, time.UTC),
		time.Date(2025, 11, 23, 8, 10, 12, 0, time.UTC),
		time.Date(2025, 11, 23, 9, 10, 12, int(50*time.Millisecond), time.FixedZone("", 3600)), // 50 ms later
		time.Date(2040, 1, 1, 0, 0, 0, 0, time.UTC),
		time.Date(2057, 1, 1, 0, 0, 0, 0, time.UTC),
	} {
		id := run.NewID(at)
		if !form.MatchString(id) {
			t.Errorf("id: %q", id)
		}
		if id <= last {
			t.Errorf("%q at %v is not after %q", id, at, last)
		}
		if err := objects.CheckName("runs/" + id + "/plan"); err != nil {
			t.Error(err)
		}
		last = id
	}
}

func TestNewIDUnique(t *testing.T) {
	seen := make(map[string]bool)
	at := time.Now()
	for range 40 {
		seen[run.NewID(at)] = true
	}
	if len(seen) < 38 { // 40 at once: 2.4% have one pair alike
		t.Errorf("%d different ids of 40", len(seen))
	}
}
