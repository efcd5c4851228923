package job

import (
	"math"
	"strconv"
	"strings"
)

// DefaultLimits returns the limits of a job that writes none: nobody should find out by an empty source what a sync can do.
func DefaultLimits() Limits {
	floor := int64(10)
	share := func(s float64) Limit { return Limit{Set: true, IsShare: true, Share: s} }
	return Limits{Update: share(0.3), Delete: share(0.3), Floor: &floor, Shrink: share(0.5), Findings: share(0.01)}
}

// limits reads the limits of the job, its defaults filled in, or of a model, which has only what it sets.
func (r *reader) limits(parent object, model bool) Limits {
	var l Limits
	keys := []string{"create", "update", "delete", "floor", "shrink", "findings"}
	if !model {
		l = DefaultLimits()
		keys = append(keys, "failures")
	}
	o := r.object(parent.val("limits"), parent.key("limits"), parent.sub("limits"), keys...)
	for _, x := range []struct {
		key   string
		to    *Limit
		whole bool // a share of more than everything makes no sense
	}{{"create", &l.Create, false}, {"update", &l.Update, true}, {"delete", &l.Delete, true}, {"shrink", &l.Shrink, true}, {"findings", &l.Findings, true}} {
		if n := o.val(x.key); n != nil {
			*x.to = r.limit(n, o.sub(x.key), x.whole)
		}
	}
	if n := o.val("floor"); n != nil {
		i, err := strconv.ParseInt(n.text, 10, 64)
		if n.shape != shapeNumber || err != nil || i < 0 {
			r.problem(n.place, o.sub("floor"), "want a number of records, got %s", n)
		}
		l.Floor = &i
	}
	if !model {
		l.Failures = o.count("failures")
	}
	return l
}

// limit reads a share or a number.
func (r *reader) limit(n *node, path string, whole bool) Limit {
	const want = "want a share (30%%) or a number, got "
	if n.shape == shapeText {
		if p, ok := strings.CutSuffix(n.text, "%"); ok && numeral().MatchString(strings.TrimSpace(p)) {
			s, err := strconv.ParseFloat(strings.TrimSpace(p), 64)
			switch {
			case err != nil || math.IsInf(s, 0):
			case s < 0:
				r.problem(n.place, path, "%s is less than nothing", n)
				return Limit{}
			case whole && s > 100:
				r.problem(n.place, path, "%s is more than everything; 100%% is no limit", n)
				return Limit{}
			default:
				return Limit{Set: true, IsShare: true, Share: s / 100}
			}
		}
	}
	if n.shape == shapeNumber {
		if i, err := strconv.ParseInt(n.text, 10, 64); err == nil && i >= 0 {
			return Limit{Set: true, Count: i}
		}
		if f, err := strconv.ParseFloat(n.text, 64); err == nil && f > 0 && f < 1 {
			r.problem(n.place, path, want+"%s; did you mean %s%%?", n, strconv.FormatFloat(f*100, 'f', -1, 32))
			return Limit{}
		}
	}
	r.problem(n.place, path, want+"%s", n)
	return Limit{}
}
