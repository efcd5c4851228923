// Package schedule tells when a schedule of EventBridge Scheduler comes due: cron(...), rate(...) and at(...), in a time zone.
package schedule

import (
	"strconv"
	"strings"
	"time"

	"github.com/plumbline-sync/plumbline/shared/fault"
)

// Expression is when something runs. Make it with Parse.
type Expression struct {
	zone  *time.Location
	cron  *cron
	every time.Duration // of a rate
	once  time.Time     // of at()
}

// Parse reads an expression and the name of its time zone, "" for UTC. What it does not know for certain to mean what it seems to, it refuses: Invalid.
func Parse(text, zone string) (*Expression, error) {
	loc, err := time.LoadLocation(zone)
	if err != nil {
		return nil, fault.Errorf(fault.Invalid, "schedule %q: time zone %q is not known here", text, zone)
	}
	e := &Expression{zone: loc}
	kind, rest, opened := strings.Cut(text, "(")
	inner, closed := strings.CutSuffix(rest, ")")
	if !opened || !closed {
		return nil, fault.Errorf(fault.Invalid, "schedule %q: want cron(...), rate(...) or at(...)", text)
	}
	switch kind {
	case "cron":
		e.cron, err = parseCron(inner)
	case "rate":
		e.every, err = parseRate(inner)
	case "at":
		e.once, err = time.ParseInLocation("2006-01-02T15:04:05", inner, loc)
	default:
		err = fault.Errorf(fault.Invalid, "%q is none of cron, rate and at", kind)
	}
	if err != nil {
		return nil, fault.Errorf(fault.Invalid, "schedule %q: %w", text, err)
	}
	return e, nil
}

// Zone is the time zone of the expression.
func (e *Expression) Zone() *time.Location { return e.zone }

// Every is how long lies between two runs of a rate; 0 for what is none.
func (e *Expression) Every() time.Duration { return e.every }

// Next returns when it comes due next after a time; the zero time where never again, and for a rate, whose times depend on when it was made: see Every.
func (e *Expression) Next(after time.Time) time.Time {
	switch {
	case e.cron != nil:
		return e.cron.next(after, e.zone)
	case e.once.After(after):
		return e.once
	}
	return time.Time{}
}

func parseRate(text string) (time.Duration, error) {
	value, unit, _ := strings.Cut(text, " ")
	n, err := strconv.Atoi(value)
	of := map[string]time.Duration{"minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour}[strings.TrimSuffix(unit, "s")]
	if err != nil || n < 1 || n > 100_000 || of == 0 {
		return 0, fault.Errorf(fault.Invalid, "rate %q: want a number and minutes, hours or days", text)
	}
	return time.Duration(n) * of, nil
}
