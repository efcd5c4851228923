package schedule

import (
	"strconv"
	"strings"
	"time"

	"github.com/plumbline-sync/plumbline/shared/fault"
)

// cron is six fields: minutes, hours, day of the month, month, day of the week (1 is Sunday), year. Of the two days one is "?".
type cron struct {
	minutes, hours, months, years set
	days                          []day // any of them
}

// set has the values of a field that match, counted from its least.
type set struct {
	least int
	has   []bool
}

func (s set) in(n int) bool { return n >= s.least && n-s.least < len(s.has) && s.has[n-s.least] }

// day reports whether a date matches.
type day func(date time.Time) bool

// The years that a schedule may name.
const (
	firstYear = 1970
	lastYear  = 2199
)

func parseCron(text string) (*cron, error) {
	f := strings.Fields(text)
	if len(f) != 6 {
		return nil, fault.Errorf(fault.Invalid, "cron has %d fields, want 6: minutes, hours, day of the month, month, day of the week, year", len(f))
	}
	if (f[2] == "?") == (f[4] == "?") {
		return nil, fault.Errorf(fault.Invalid, "cron wants ? for either the day of the month or the day of the week, and not for both")
	}
	c := &cron{}
	var err error
	field := func(into *set, text string, least, most int, names ...string) {
		if err == nil {
			*into, err = parseSet(text, least, most, names)
		}
	}
	field(&c.minutes, f[0], 0, 59)
	field(&c.hours, f[1], 0, 23)
	field(&c.months, f[3], 1, 12, "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
	field(&c.years, f[5], firstYear, lastYear)
	if err != nil {
		return nil, err
	}
	text, parse := f[2], parseMonthDay
	if f[2] == "?" {
		text, parse = f[4], parseWeekDay
	}
	for part := range strings.SplitSeq(text, ",") {
		d, err := parse(part)
		if err != nil {
			return nil, err
		}
		c.days = append(c.days, d)
	}
	return c, nil
}

// parseSet reads a list of "*", a value, a range, each also with a step. Ranges that end before they begin are refused.
func parseSet(text string, least, most int, names []string) (set, error) {
	s := set{least, make([]bool, most-least+1)}
	for part := range strings.SplitSeq(text, ",") {
		span, steps, stepped := strings.Cut(part, "/")
		from, to, ranged := strings.Cut(span, "-")
		step, a, b := 1, least, most
		ok, okTo, okStep := true, true, true
		if span != "*" {
			a, ok = number(from, least, most, names)
			if b = a; ranged {
				b, okTo = number(to, least, most, names)
			} else if stepped {
				b = most
			}
		}
		if stepped {
			step, okStep = number(steps, 1, most, nil)
		}
		if !ok || !okTo || !okStep || b < a {
			return s, fault.Errorf(fault.Invalid, "cron field %q: want values of %d to %d, ranges, and steps", part, least, most)
		}
		for n := a; n <= b; n += step {
			s.has[n-least] = true
		}
	}
	return s, nil
}

func number(text string, least, most int, names []string) (int, bool) {
	for i, name := range names {
		if strings.EqualFold(text, name) {
			return least + i, true
		}
	}
	n, err := strconv.Atoi(text)
	return n, err == nil && n >= least && n <= most && !strings.HasPrefix(text, "+")
}

// parseMonthDay also knows L, the last day, and W, the day from Monday to Friday that is nearest within the month.
func parseMonthDay(text string) (day, error) {
	before, near := strings.CutSuffix(text, "W")
	switch n, ok := number(before, 1, 31, nil); {
	case text == "L":
		return func(d time.Time) bool { return d.Day() == lastDay(d) }, nil
	case text == "LW":
		return func(d time.Time) bool { return d.Day() == nearest(d, lastDay(d)) }, nil
	case near && ok:
		return func(d time.Time) bool { return n <= lastDay(d) && d.Day() == nearest(d, n) }, nil
	}
	s, err := parseSet(text, 1, 31, nil)
	return func(d time.Time) bool { return s.in(d.Day()) }, err
}

// parseWeekDay also knows 6L, the last Friday of the month, L, Saturday, and 6#3, the third Friday.
func parseWeekDay(text string) (day, error) {
	names := []string{"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"}
	weekday := func(d time.Time) int { return int(d.Weekday()) + 1 }
	if text == "L" {
		text = "7"
	}
	if before, last := strings.CutSuffix(text, "L"); last {
		n, ok := number(before, 1, 7, names)
		if !ok {
			return nil, fault.Errorf(fault.Invalid, "cron field %q: want a day of the week before the L", text)
		}
		return func(d time.Time) bool { return weekday(d) == n && d.Day()+7 > lastDay(d) }, nil
	}
	if before, which, nth := strings.Cut(text, "#"); nth {
		n, ok := number(before, 1, 7, names)
		k, okNth := number(which, 1, 5, nil)
		if !ok || !okNth {
			return nil, fault.Errorf(fault.Invalid, "cron field %q: want a day of the week, # and 1 to 5", text)
		}
		return func(d time.Time) bool { return weekday(d) == n && (d.Day()+6)/7 == k }, nil
	}
	s, err := parseSet(text, 1, 7, names)
	return func(d time.Time) bool { return s.in(weekday(d)) }, err
}

func lastDay(d time.Time) int { return time.Date(d.Year(), d.Month()+1, 0, 0, 0, 0, 0, time.UTC).Day() }

// nearest returns the day from Monday to Friday that is nearest to the nth of the date's month, within the month.
func nearest(d time.Time, n int) int {
	switch time.Date(d.Year(), d.Month(), n, 0, 0, 0, 0, time.UTC).Weekday() {
	case time.Saturday:
		if n > 1 {
			return n - 1
		}
		return n + 2
	case time.Sunday:
		if n < lastDay(d) {
			return n + 1
		}
		return n - 2
	}
	return n
}

// next returns the first time that matches after another; the zero time where there is none. A time that clocks skip does not come; one that they show twice comes once.
func (c *cron) next(after time.Time, zone *time.Location) time.Time {
	y, m, d := after.In(zone).Date()
	for date := time.Date(y, m, d, 0, 0, 0, 0, time.UTC); date.Year() <= lastYear; date = date.AddDate(0, 0, 1) {
		switch {
		case !c.years.in(date.Year()):
			date = time.Date(date.Year(), time.December, 31, 0, 0, 0, 0, time.UTC)
			continue
		case !c.months.in(int(date.Month())):
			date = time.Date(date.Year(), date.Month(), lastDay(date), 0, 0, 0, 0, time.UTC)
			continue
		case !c.matches(date):
			continue
		}
		for h := range c.hours.has {
			for i := range c.minutes.has {
				if !c.hours.has[h] || !c.minutes.has[i] {
					continue
				}
				if t, there := onClock(date, h, i, zone); there && t.After(after) {
					return t
				}
			}
		}
	}
	return time.Time{}
}

func (c *cron) matches(date time.Time) bool {
	for _, d := range c.days {
		if d(date) {
			return true
		}
	}
	return false
}

// onClock returns when clocks show a time of a day, the first where they do so twice; false where they never do.
func onClock(date time.Time, hour, minute int, zone *time.Location) (time.Time, bool) {
	t := time.Date(date.Year(), date.Month(), date.Day(), hour, minute, 0, 0, zone)
	shows := func(t time.Time) bool { return t.Day() == date.Day() && t.Hour() == hour && t.Minute() == minute }
	for _, earlier := range []time.Duration{time.Hour, 30 * time.Minute} {
		if e := t.Add(-earlier); shows(e) {
			return e, true
		}
	}
	return t, shows(t)
}
