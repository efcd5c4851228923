// Package words writes numbers, durations, sizes and times for people, alike in a terminal and on a page.
package words

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Thousands returns a number with commas: "1,234".
func Thousands(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Count returns how many there are of something: "1 record", "1,234 records".
func Count(n int64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return Thousands(n) + " " + what + "s"
}

// Seconds returns a duration as people compare them: "0.25 s", "61.0 s", from two minutes on "2m1s".
func Seconds(d time.Duration) string {
	switch {
	case d < 10*time.Second:
		return fmt.Sprintf("%.2f s", d.Seconds())
	case d < 2*time.Minute:
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	return d.Round(time.Second).String()
}

// Megabytes returns a size in memory, "24 MB", from bytes; "" where there is none.
func Megabytes(n int64) string {
	if n <= 0 {
		return ""
	}
	return fmt.Sprintf("%d MB", (n+1<<19)>>20)
}

// In says in how long something will be, "in 5 minutes", "in 2 hours", "in 3 days".
func In(t, now time.Time) string {
	switch left := t.Sub(now); {
	case left < time.Minute:
		return "within a minute"
	case left < time.Hour:
		return "in " + Count(int64(left/time.Minute), "minute")
	case left < 48*time.Hour:
		return "in " + Count(int64(left/time.Hour), "hour")
	default:
		return "in " + Count(int64(left/(24*time.Hour)), "day")
	}
}

// Every is an interval of whole minutes as people say it after "every": "hour", "5 minutes", "2 days".
func Every(d time.Duration) string {
	text := Count(int64(d/time.Minute), "minute")
	switch {
	case d%(24*time.Hour) == 0:
		text = Count(int64(d/(24*time.Hour)), "day")
	case d%time.Hour == 0:
		text = Count(int64(d/time.Hour), "hour")
	}
	return strings.TrimPrefix(text, "1 ")
}

// Ago says how long before now something was, "5 seconds ago", "2 hours ago"; after a day, when it was: "23 Nov 08:10", with its year where that is another one.
func Ago(t, now time.Time) string {
	since := max(now.Sub(t), 0)
	switch {
	case since < time.Minute:
		return Count(int64(since/time.Second), "second") + " ago"
	case since < time.Hour:
		return Count(int64(since/time.Minute), "minute") + " ago"
	case since < 24*time.Hour:
		return Count(int64(since/time.Hour), "hour") + " ago"
	case t.Local().Year() == now.Local().Year():
		return t.Local().Format("2 Jan 15:04")
	}
	return t.Local().Format("2 Jan 2006 15:04")
}
