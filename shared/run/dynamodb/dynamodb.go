// Package dynamodb keeps the records of runs in one DynamoDB table.
//
// What the table holds (pk, sk); a doc is the record as JSON, the plain attributes beside it are for filters and for people who read the table:
//
//	RUN#id        RUN         doc, version, status, job, started, ...
//	RUN#id        LIST#MONTH  the run in the index `list`: MONTH#2026-11, start and id
//	RUN#id        LIST#JOB    the same below JOB#job
//	RUN#id        LIST#OPEN   the same below OPEN, as long as the run is open
//	RUN#id        STEP#name   doc
//	RUN#id        LOG         how many lines are kept and dropped
//	RUN#id        LOG#00200   lines from number 200 on, at most 200
//	MONTHS        2026-11     a month in which runs started
//	JOBS          name        job; one that has, or had, runs
//	LOCKS         name        doc, run
//	BASELINE#key  BASELINE    doc
//
// The index entries are small and written when a run begins, ends, or changes what lists filter by; a list reads the runs themselves by their keys. Nothing scans.
//
// Its role needs, on the table: GetItem, BatchGetItem, PutItem, UpdateItem, DeleteItem, BatchWriteItem, ConditionCheckItem and Query; and Query on its index.
package dynamodb

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsdynamodb "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/run"
)

var _ run.Store = (*Store)(nil)

// Store is a run.Store in a DynamoDB table with the keys pk and sk, and a global index `list` with the keys list_pk and list_sk that projects all; its TTL attribute is `expires`.
// Reads are consistent but for which runs List finds: a run that began or ended may take a moment, mostly less than a second, to come into the list or into another filter's.
type Store struct {
	client    client
	table     string
	retention time.Duration
}

// New returns the store in the table. It calls nothing: a table that is not there is NotFound when it is first used.
func New(c *awsdynamodb.Client, table string) *Store {
	return &Store{client: newClient(c), table: table}
}

// WithRetention returns the same store, with runs that it closes from now on removed by DynamoDB so long after they ended; 0: never.
// Steps and logs go a week later, counted from when they were written.
func (s *Store) WithRetention(d time.Duration) *Store {
	other := *s
	other.retention = d
	return &other
}

// Shutdown frees nothing: the client is the caller's.
func (s *Store) Shutdown() error { return nil }

// errMoved says that what was read is no longer what is stored.
var errMoved = errors.New("others change it all the time")

// tries is how often a change is tried while others change the same: about ten seconds.
const tries = 60

// again runs f until nobody else is in the way, and gives its error a code. f must not keep anything from the time before.
func (s *Store) again(ctx context.Context, what string, f func() error) error {
	wait := 4 * time.Millisecond
	for try := 1; ; try++ {
		err := f()
		if !errors.Is(err, errMoved) && !isContended(err) {
			return s.wrap(ctx, what, err)
		}
		if try == tries {
			if err := s.wrap(ctx, what, err); fault.Is(err, fault.Throttled) {
				return err
			}
			return fault.Errorf(fault.Unavailable, "%s in table %q: after %d tries: %w", what, s.table, try, err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(rand.N(wait)): //nolint:gosec // jitter is no secret
		}
		wait = min(2*wait, 400*time.Millisecond)
	}
}

// transact writes all or nothing. A request that the client repeats because the answer was lost is done once: the client gives it a token.
func (s *Store) transact(ctx context.Context, items ...types.TransactWriteItem) error {
	_, err := s.client.TransactWriteItems(ctx, &awsdynamodb.TransactWriteItemsInput{TransactItems: items})
	return err
}

func (s *Store) put(i item, condition string, values item) types.TransactWriteItem {
	p := &types.Put{TableName: &s.table, Item: i}
	if condition != "" {
		p.ConditionExpression = &condition
	}
	if len(values) > 0 {
		p.ExpressionAttributeValues = values
	}
	return types.TransactWriteItem{Put: p}
}

func (s *Store) remove(key item) types.TransactWriteItem {
	return types.TransactWriteItem{Delete: &types.Delete{TableName: &s.table, Key: key}}
}

// get returns an item as it is now; nil where there is none.
func (s *Store) get(ctx context.Context, key item) (item, error) {
	out, err := s.client.GetItem(ctx, &awsdynamodb.GetItemInput{TableName: &s.table, Key: key, ConsistentRead: aws.Bool(true)})
	if err != nil {
		return nil, err
	}
	return out.Item, nil
}

// each calls f for each item of a query, over all its pages, until f returns false.
func (s *Store) each(ctx context.Context, q *awsdynamodb.QueryInput, f func(item) (more bool, err error)) error {
	for q.TableName = &s.table; ; {
		out, err := s.client.Query(ctx, q)
		if err != nil {
			return err
		}
		for _, i := range out.Items {
			if more, err := f(i); err != nil || !more {
				return err
			}
		}
		if len(out.LastEvaluatedKey) == 0 {
			return nil
		}
		q.ExclusiveStartKey = out.LastEvaluatedKey
	}
}
