package dynamodb

import (
	"context"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsdynamodb "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/plumbline-sync/plumbline/shared/run"
)

// List returns runs, newest first, or oldest first. Open runs, and those of a job, have a list of their own; all runs are listed month by month, over the months in which there were any.
func (s *Store) List(ctx context.Context, f run.Filter) ([]*run.Run, error) {
	if f.Limit <= 0 {
		f.Limit = 50
	}
	var all []*run.Run
	err := s.again(ctx, "list runs", func() error {
		all = nil
		l := &listing{store: s, filter: f, above: " ", below: "~"} // before and after any time
		if !f.Before.IsZero() {
			l.below = before(when(f.Before))
		}
		if !f.Since.IsZero() {
			l.above = when(f.Since)
		}
		if f.After != "" {
			last, _, err := s.read(ctx, f.After)
			if err != nil {
				return err
			}
			if at := place(last); f.Oldest {
				l.above = max(l.above, at+" ") // the next text after it
			} else {
				l.below = min(l.below, before(at))
			}
		}
		if l.above > l.below {
			return nil
		}
		defer func() { all = l.found }()
		switch {
		case f.Status == run.Running:
			return l.read(ctx, "OPEN")
		case f.Job != "":
			return l.read(ctx, "JOB#"+bounded(f.Job))
		}
		return l.readMonths(ctx)
	})
	return all, err
}

// lookBack is how many of a job's newest runs LastSync looks at: as many as one question finds.
const lookBack = 1000

// LastSync returns the job's newest run that is no dry run, where it is among the last 1,000.
func (s *Store) LastSync(ctx context.Context, job string) (r *run.Run, among int, err error) {
	dry := false
	err = s.again(ctx, "find the last sync", func() error {
		r, among = nil, 0
		l := &listing{store: s, filter: run.Filter{Job: job, DryRun: &dry, Limit: 1}, above: " ", below: "~", most: lookBack}
		if err := l.read(ctx, "JOB#"+bounded(job)); err != nil {
			return err
		}
		if l.full() {
			r = l.found[0]
		} else if l.more {
			among = l.looked
		}
		return nil
	})
	return r, among, err
}

// listing is one List at work.
type listing struct {
	store  *Store
	filter run.Filter
	above  string // the first place that is wanted
	below  string // and the last
	found  []*run.Run
	most   int  // how many entries are looked at; 0: all
	looked int  // so many were
	more   bool // not all were
}

// before returns a text that is less than a place and greater than all that are less: no place has these characters.
func before(place string) string {
	n := len(place) - 1
	return place[:n] + string(place[n]-1) + "~~~~"
}

func (l *listing) full() bool { return len(l.found) >= l.filter.Limit }

// readMonths reads the months, backwards unless the oldest are wanted first, until there is enough.
func (l *listing) readMonths(ctx context.Context) error {
	monthOf := func(place string) string { return place[:min(len(place), len("2006-01"))] }
	return l.store.each(ctx, &awsdynamodb.QueryInput{
		KeyConditionExpression:    aws.String("pk = :pk AND sk BETWEEN :earliest AND :latest"),
		ExpressionAttributeValues: item{":pk": text("MONTHS"), ":earliest": text(monthOf(l.above)), ":latest": text(monthOf(l.below))},
		ScanIndexForward:          aws.Bool(l.filter.Oldest), ConsistentRead: aws.Bool(true),
	}, func(i item) (bool, error) {
		err := l.read(ctx, "MONTH#"+textOf(i, "sk"))
		return !l.full(), err
	})
}

// read adds runs of one list of the index, until there is enough or enough was looked at.
func (l *listing) read(ctx context.Context, list string) error {
	q := &awsdynamodb.QueryInput{
		TableName: &l.store.table, IndexName: aws.String("list"), ScanIndexForward: aws.Bool(l.filter.Oldest),
		KeyConditionExpression:    aws.String("list_pk = :list AND list_sk BETWEEN :above AND :below"),
		ExpressionAttributeValues: item{":list": text(list), ":above": text(l.above), ":below": text(l.below)},
	}
	filtered := l.narrow(q)
	for !l.full() {
		page := l.filter.Limit - len(l.found)
		if filtered { // of many entries few may be wanted
			page = max(page, 1000)
		}
		q.Limit = aws.Int32(int32(min(page, 1000)))
		out, err := l.store.client.Query(ctx, q)
		if err != nil {
			return err
		}
		if err := l.fetch(ctx, out.Items); err != nil {
			return err
		}
		l.looked += int(out.ScannedCount)
		l.more = len(out.LastEvaluatedKey) > 0
		if !l.more || l.most > 0 && l.looked >= l.most {
			return nil
		}
		q.ExclusiveStartKey = out.LastEvaluatedKey
	}
	return nil
}

// narrow puts the filter into the query, and reports whether there is any.
func (l *listing) narrow(q *awsdynamodb.QueryInput) bool {
	var conditions []string
	q.ExpressionAttributeNames = make(map[string]string)
	and := func(name string, value types.AttributeValue) {
		conditions = append(conditions, "#"+name+" = :"+name)
		q.ExpressionAttributeNames["#"+name] = name
		q.ExpressionAttributeValues[":"+name] = value
	}
	if l.filter.Job != "" {
		and("job", text(l.filter.Job))
	}
	if l.filter.Status != "" {
		and("status", text(string(l.filter.Status)))
	}
	if l.filter.By != "" {
		and("by", text(l.filter.By))
	}
	if l.filter.DryRun != nil {
		and("dry_run", flag(*l.filter.DryRun))
	}
	if len(conditions) == 0 {
		q.ExpressionAttributeNames = nil
		return false
	}
	q.FilterExpression = aws.String(strings.Join(conditions, " AND "))
	return true
}

// fetch adds the runs that the entries stand for, as they are now, until there is enough. One that is gone, or that the filter no longer takes, is left out.
func (l *listing) fetch(ctx context.Context, entries []item) error {
	for len(entries) > 0 && !l.full() {
		n := min(len(entries), l.filter.Limit-len(l.found), 100) // the most that a request takes
		docs, err := l.store.docs(ctx, entries[:n])
		if err != nil {
			return err
		}
		for _, e := range entries[:n] {
			doc, ok := docs[textOf(e, "pk")]
			if !ok {
				continue
			}
			r, err := run.Decode(doc)
			if err != nil {
				return err
			}
			if l.takes(r) {
				l.found = append(l.found, r)
			}
		}
		entries = entries[n:]
	}
	return nil
}

func (l *listing) takes(r *run.Run) bool {
	f := l.filter
	return (f.Job == "" || f.Job == r.Job) && (f.Status == "" || f.Status == r.Status) && (f.By == "" || f.By == r.By) && (f.DryRun == nil || *f.DryRun == r.DryRun)
}

// docs reads the runs of the entries, at most 100, by pk.
func (s *Store) docs(ctx context.Context, entries []item) (map[string]string, error) {
	ask := types.KeysAndAttributes{ConsistentRead: aws.Bool(true), ProjectionExpression: aws.String("pk, doc")}
	for _, e := range entries {
		ask.Keys = append(ask.Keys, keys(textOf(e, "pk"), "RUN"))
	}
	docs := make(map[string]string, len(entries))
	for len(ask.Keys) > 0 {
		out, err := s.client.BatchGetItem(ctx, &awsdynamodb.BatchGetItemInput{RequestItems: map[string]types.KeysAndAttributes{s.table: ask}})
		if err != nil {
			return nil, err
		}
		for _, i := range out.Responses[s.table] {
			docs[textOf(i, "pk")] = textOf(i, "doc")
		}
		if ask = out.UnprocessedKeys[s.table]; len(ask.Keys) > 0 && len(out.Responses[s.table]) == 0 {
			if err := pause(ctx); err != nil {
				return nil, err
			}
		}
	}
	return docs, nil
}

// pause waits a moment before DynamoDB is asked for what it left undone.
func pause(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(50*time.Millisecond + rand.N(100*time.Millisecond)): //nolint:gosec // jitter is no secret
		return nil
	}
}
