package words_test

import (
	"testing"
	"time"

	"github.com/plumbline-sync/plumbline/shared/words"
)

func TestWords(t *testing.T) {
	now := time.Date(2026, 3, 31, 12, 0, 0, 0, time.Local)
	ago := func(d time.Duration) string { return words.Ago(now.Add(-d), now) }
	for got, want := range map[string]string{
		ago(0): "0 seconds ago", ago(-time.Hour): "0 seconds ago", ago(time.Second): "1 second ago", ago(119 * time.Second): "1 minute ago", ago(23*time.Hour + 59*time.Minute): "23 hours ago",
		ago(48 * time.Hour): "29 Mar 12:00", ago(365 * 24 * time.Hour): "31 Mar 2025 12:00",
		words.Thousands(0): "0", words.Thousands(999): "999", words.Thousands(-1000): "-1,000", words.Thousands(1234567): "1,234,567", words.Thousands(-999): "-999",
		words.Count(1, "record"): "1 record", words.Count(0, "record"): "0 records", words.Count(2500, "record"): "2,500 records",
		words.Seconds(250 * time.Millisecond): "0.25 s", words.Seconds(61 * time.Second): "61.0 s", words.Seconds(121 * time.Second): "2m1s",
		words.In(now.Add(59*time.Minute), now): "in 59 minutes", words.In(now.Add(time.Minute), now): "in 1 minute", words.In(now.Add(25*time.Hour), now): "in 25 hours", words.In(now.Add(49*time.Hour), now): "in 2 days",
		words.In(now, now): "within a minute", words.Every(time.Hour): "hour", words.Every(90 * time.Minute): "90 minutes", words.Every(48 * time.Hour): "2 days", words.Every(time.Minute): "minute",
		words.Megabytes(0): "", words.Megabytes(24 << 20): "24 MB",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
