package plan

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/plumbline-sync/plumbline/shared/record"
)

// List names a list of a plan's changes.
type List string

// The lists of a plan.
const (
	ListApplied    List = "changes" // what sync applies
	ListHeld       List = "held"
	ListOutOfScope List = "out-of-scope"
	ListUnchanged  List = "unchanged"
)

// Query says which changes of a plan are wanted. Its filter's actions are ops here, also of held changes.
type Query struct {
	Filter
	List  List       // "" is ListApplied
	Below record.Key // only this record and what is below it; "" all
	From  int64      // the place in the list to begin at, from 1; of what sync applies that is the ordinal
	Limit int        // at most so many; 0: 50
	Bytes int        // no more once the changes are larger than this together; 0: 1 MiB
	Until time.Time  // look no further then; zero: whatever it takes
}

// Found is what a Query finds.
type Found struct {
	Changes []*Change
	Places  []int64 // of each change in its list
	Next    int64   // the place to go on from; 0: the end was reached
	Looked  int64   // the place that was looked at last
	Hurried bool    // it ended because the time was up
}

// Find returns the first changes that the query wants. Sections that cannot hold one are not read, lines that cannot be one are not parsed.
func (r *Reader) Find(ctx context.Context, q Query) (Found, error) {
	limit, most := q.Limit, q.Bytes
	if limit <= 0 {
		limit = 50
	}
	if most <= 0 {
		most = 1 << 20
	}
	var f Found
	size := 0
	whole, err := r.lines(ctx, q, func(at int64, line []byte) (bool, error) {
		if f.Looked = at; line == nil {
			return true, nil
		}
		if len(f.Changes) == limit || size > most {
			f.Next = at
			return false, nil
		}
		c, err := Parse(line)
		if err != nil {
			return false, err
		}
		if q.Keeps(c) {
			f.Changes, f.Places = append(f.Changes, c), append(f.Places, at)
			size += len(line)
		}
		return true, nil
	})
	if err == nil && !whole && f.Next == 0 {
		f.Next, f.Hurried = f.Looked+1, true
	}
	return f, err
}

// Keeps reports whether a change is wanted, were it in the list.
func (q *Query) Keeps(c *Change) bool {
	if len(q.Actions) > 0 && !slices.Contains(q.Actions, string(c.Op)) {
		return false
	}
	if q.Below != "" && c.Key != q.Below && !slices.Contains(c.Path, q.Below) {
		return false
	}
	f := q.Filter
	f.Actions = nil
	return f.Keeps(c)
}

// span is a range of lines; base is what is added to a line's number to make its place.
type span struct{ from, to, base int64 }

// spans returns the lines that may be wanted.
func (r *Reader) spans(q *Query) []span {
	last, l := r.index.Last(), r.index.Lists
	switch q.List {
	case ListHeld:
		return []span{{last, last + l.Held, 1 - last}}
	case ListOutOfScope:
		return []span{{last + l.Held, last + l.Held + l.OutOfScope, 1 - last - l.Held}}
	case ListUnchanged:
		from := last + l.Held + l.OutOfScope
		return []span{{from, from + l.Unchanged, 1 - from}}
	}
	var all []span
	for _, s := range r.index.Sections {
		if len(q.Models) > 0 && !slices.Contains(q.Models, s.Model) || len(q.Actions) > 0 && !slices.Contains(q.Actions, string(s.Op)) {
			continue
		}
		if n := len(all); n > 0 && all[n-1].to == s.First-1 {
			all[n-1].to += s.Count
			continue
		}
		all = append(all, span{s.First - 1, s.First - 1 + s.Count, 1})
	}
	return all
}

// lines calls fn for each line that may be wanted, with its place in the list; now and then with none, for who counts. whole is false where fn, or the time, ended it.
func (r *Reader) lines(ctx context.Context, q Query, fn func(at int64, line []byte) (bool, error)) (whole bool, err error) {
	may := q.sieve()
	n := 0
	for _, s := range r.spans(&q) {
		from := max(s.from, q.From-s.base)
		if from >= s.to {
			continue
		}
		at := from + s.base - 1
		for line, err := range r.blocks.Range(ctx, from, s.to) {
			if err != nil {
				return false, err
			}
			at++
			if n++; n&0x3ff == 0 {
				if on, err := fn(at, nil); err != nil || !on {
					return false, err
				}
				if !q.Until.IsZero() && time.Now().After(q.Until) {
					return false, nil
				}
			}
			if !may(line) {
				continue
			}
			if on, err := fn(at, line); err != nil || !on {
				return false, err
			}
		}
	}
	return true, nil
}

// sieve returns a test of a raw line that no wanted change fails, and that costs much less than reading it.
func (q *Query) sieve() func(line []byte) bool {
	var models, ops, attributes [][]byte
	for _, m := range q.Models {
		models = append(models, append(record.AppendString([]byte("["), m), ','))
	}
	for _, op := range q.Actions {
		ops = append(ops, record.AppendString(nil, op))
	}
	for _, a := range q.Attributes {
		attributes = append(attributes, append(record.AppendString(nil, a), ':'))
	}
	match := []byte(strings.ToLower(q.Match))
	if strings.ContainsFunc(q.Match, func(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune(`*?"\`, r) }) {
		match = nil // not as it stands in the line
	}
	var low []byte
	return func(line []byte) bool {
		if models == nil && ops == nil && attributes == nil && len(match) == 0 && q.Below == "" {
			return true
		}
		h := headOf(line)
		if models != nil && !slices.ContainsFunc(models, func(m []byte) bool { return bytes.HasPrefix(h.key, m) }) {
			return false
		}
		if ops != nil && !slices.ContainsFunc(ops, func(op []byte) bool { return bytes.Equal(h.op, op) }) {
			return false
		}
		if q.Below != "" && string(h.key) != string(q.Below) && !bytes.Contains(h.path, []byte(q.Below)) {
			return false
		}
		if len(match) > 0 {
			if low = appendLower(low[:0], h.key); !bytes.Contains(low, match) {
				return false
			}
		}
		return attributes == nil || slices.ContainsFunc(attributes, func(a []byte) bool { return bytes.Contains(line, a) })
	}
}

// appendLower appends text with its ASCII letters in lower case.
func appendLower(dst, text []byte) []byte {
	for _, c := range text {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		dst = append(dst, c)
	}
	return dst
}

// head is what a line says of its record.
type head struct{ op, key, path []byte }

// headOf cuts the head off a line.
func headOf(line []byte) (h head) {
	rest := inside(line)
	for {
		m, more, ok := cutMember(rest)
		if !ok {
			return h
		}
		switch string(m.name) {
		case "op":
			h.op = m.value
		case "key":
			h.key = m.value
		case "path":
			h.path = m.value
			return h
		case "n", "name":
		default:
			return h
		}
		rest = more
	}
}
