package schedule_test

import (
	"strings"
	"testing"
	"time"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/schedule"
)

// TestNext has the examples of AWS's guide, and the days on which clocks are put forward and back.
func TestNext(t *testing.T) {
	const now = "2026-11-26T10:30:00Z" // a Thursday
	for _, c := range []struct{ expression, zone, after, want string }{
		{"cron(0 5 * * ? *)", "UTC", now, "2026-11-27T05:00:00Z"},
		{"cron(0 5 * * ? *)", "Europe/Berlin", now, "2026-11-27T05:00:00+01:00"},
		{"cron(30 10 * * ? *)", "", now, "2026-11-27T10:30:00Z"}, // not what is now
		{"cron(15 10 ? * 6L 2026-2027)", "", now, "2026-11-27T10:15:00Z"},
		{"cron(15 10 ? * 6L 2019-2022)", "", now, ""},
		{"cron(0 9 1 * ? *)", "", now, "2026-12-01T09:00:00Z"},
		{"cron(0 8 ? * MON-FRI *)", "", "2026-11-27T09:00:00Z", "2026-11-30T08:00:00Z"},
		{"cron(0/15 * * * ? *)", "", now, "2026-11-26T10:45:00Z"},
		{"cron(*/10 9-17 ? * 2,4,thu *)", "", "2026-11-26T17:50:00Z", "2026-11-30T09:00:00Z"},
		{"cron(0 10 * * ? *)", "America/New_York", now, "2026-11-26T10:00:00-05:00"},
		{"cron(0 5 L * ? *)", "", now, "2026-11-30T05:00:00Z"},
		{"cron(0 5 L 2 ? 2028)", "", now, "2028-02-29T05:00:00Z"},
		{"cron(0 5 LW * ? *)", "", "2027-01-01T00:00:00Z", "2027-01-29T05:00:00Z"},                      // the 31st is a Sunday
		{"cron(0 5 1W 5 ? *)", "", now, "2027-05-03T05:00:00Z"},                                         // the 1st is a Saturday, and April is another month
		{"cron(0 5 15W 8 ? *)", "", now, "2027-08-16T05:00:00Z"},                                        // the 15th is a Sunday
		{"cron(0 5 14W 8 ? *)", "", now, "2027-08-13T05:00:00Z"},                                        // the 14th is a Saturday
		{"cron(0 5 ? * 3#2 *)", "", now, "2026-12-08T05:00:00Z"},                                        // the second Tuesday
		{"cron(0 5 ? * MON#5 *)", "", now, "2026-11-30T05:00:00Z"},                                      // a fifth Monday
		{"cron(0 5 ? * L *)", "", now, "2026-11-28T05:00:00Z"},                                          // the week's last day
		{"cron(0 5 1,15,L * ? *)", "", "2026-12-15T06:00:00Z", "2026-12-31T05:00:00Z"},                  // a list with L
		{"cron(0 5 31 4 ? *)", "", now, ""},                                                             // April has no 31st
		{"cron(30 2 * * ? *)", "Europe/Berlin", "2027-03-27T12:00:00Z", "2027-03-29T02:30:00+02:00"},    // on the 28th clocks never show it
		{"cron(30 2 * * ? *)", "Europe/Berlin", "2027-10-30T12:00:00Z", "2027-10-31T02:30:00+02:00"},    // clocks show it twice
		{"cron(30 2 * * ? *)", "Europe/Berlin", "2027-10-31T00:30:00Z", "2027-11-01T02:30:00+01:00"},    // it came already
		{"cron(0 0 29 2 ? *)", "Pacific/Auckland", "2097-01-01T00:00:00Z", "2104-02-29T00:00:00+13:00"}, // 2100 is no leap year
		{"cron(59 23 31 DEC ? 2199)", "", now, "2199-12-31T23:59:00Z"},                                  // the last of all
		{"at(2026-12-24T18:00:00)", "Europe/Berlin", now, "2026-12-24T18:00:00+01:00"},                  //
		{"at(2022-11-20T13:00:00)", "", now, ""},                                                        //
		{"rate(5 minutes)", "", now, ""},                                                                // who knows when it was made
	} {
		e, err := schedule.Parse(c.expression, c.zone)
		if err != nil {
			t.Errorf("%s: %v", c.expression, err)
			continue
		}
		after, err := time.Parse(time.RFC3339, c.after)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if next := e.Next(after); !next.IsZero() {
			got = next.In(e.Zone()).Format(time.RFC3339)
		}
		if got != c.want {
			t.Errorf("%s %s after %s: %s, want %s", c.expression, c.zone, c.after, got, c.want)
		}
	}
}

// TestRate: a rate says how often.
func TestRate(t *testing.T) {
	for text, want := range map[string]time.Duration{"rate(1 minute)": time.Minute, "rate(12 hours)": 12 * time.Hour, "rate(5 days)": 120 * time.Hour} {
		e, err := schedule.Parse(text, "")
		if err != nil || e.Every() != want {
			t.Errorf("%s: %v %v", text, e, err)
		}
	}
}

// TestRefused: what is not certain to mean what it seems to is refused.
func TestRefused(t *testing.T) {
	for _, text := range []string{
		"", "cron", "cron()", "cron(0 5 * * ?)", "cron(0 5 * * * *)", "cron(0 5 ? * ? *)", "cron(0 5 1 * MON *)", "cron(60 5 * * ? *)", "cron(0 24 * * ? *)", "cron(0 5 0 * ? *)", "cron(0 5 32 * ? *)",
		"cron(0 5 ? * 0 *)", "cron(0 5 ? * 8 *)", "cron(0 5 ? * FRI-MON *)", "cron(0 5 ? * 2#6 *)", "cron(0 5 ? * #1 *)", "cron(0 5 W * ? *)", "cron(0 5 L-3 * ? *)", "cron(0 5 * * ? 1969)", "cron(0/0 5 * * ? *)",
		"cron(5- 5 * * ? *)", "cron(,5 5 * * ? *)", "cron(+5 5 * * ? *)", "rate(0 minutes)", "rate(5)", "rate(-1 hours)", "rate(1 week)", "rate(999999999999 days)", "at(tomorrow)", "every(1 day)", "cron(0 5 * * ? *",
	} {
		if e, err := schedule.Parse(text, ""); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v %v", text, e, err)
		}
	}
	if _, err := schedule.Parse("rate(1 day)", "Mars/Olympus"); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "Mars/Olympus") {
		t.Error(err)
	}
}

// FuzzParse: whatever is written, parsing ends, and a next time is later than the one before it, and comes again and again.
func FuzzParse(f *testing.F) {
	for _, text := range []string{"cron(0 5 * * ? *)", "cron(*/7 1-3 L,15W FEB ? 2000-2199/4)", "cron(0 0 ? * 6#3,2L *)", "rate(5 minutes)", "at(2026-12-24T18:00:00)"} {
		f.Add(text, "Europe/Berlin", int64(1790000000))
	}
	f.Fuzz(func(t *testing.T, text, zone string, at int64) {
		e, err := schedule.Parse(text, zone)
		if err != nil {
			return
		}
		after := time.Unix(at%(1<<33), 0)
		for range 3 {
			next := e.Next(after)
			if next.IsZero() {
				return
			}
			if !next.After(after) {
				t.Fatalf("%s: %v comes after %v", text, next, after)
			}
			after = next
		}
	})
}
