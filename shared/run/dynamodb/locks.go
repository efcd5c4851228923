package dynamodb

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsdynamodb "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/run"
)

// SetBaseline notes what a finished sync's source held.
func (s *Store) SetBaseline(ctx context.Context, key string, b run.Baseline) error {
	doc, err := document("baseline", b)
	if err != nil {
		return err
	}
	i := keys("BASELINE#"+bounded(key), "BASELINE")
	i["doc"], i["run"] = text(doc), text(b.Run)
	return s.again(ctx, "store baseline", func() error {
		_, err := s.client.PutItem(ctx, &awsdynamodb.PutItemInput{TableName: &s.table, Item: i})
		return err
	})
}

// GetBaseline returns what SetBaseline noted; nil where there is none.
func (s *Store) GetBaseline(ctx context.Context, key string) (*run.Baseline, error) {
	var b *run.Baseline
	err := s.again(ctx, "get baseline", func() error {
		b = nil
		i, err := s.get(ctx, keys("BASELINE#"+bounded(key), "BASELINE"))
		if err != nil || i == nil {
			return err
		}
		b = new(run.Baseline)
		return json.Unmarshal([]byte(textOf(i, "doc")), b)
	})
	if err != nil {
		return nil, err
	}
	return b, nil
}

// keyOfLock: all locks stand together, so that they can be listed as they are.
func keyOfLock(name string) item { return keys("LOCKS", bounded(name)) }

// Lock takes the lock for a run; Conflict, and the lock's state, where another holds it.
func (s *Store) Lock(ctx context.Context, name, id string) (run.Lock, error) {
	var l run.Lock
	err := s.again(ctx, "take lock", func() error {
		l = run.Lock{Name: name, Run: id, Since: time.Now().UTC()}
		held, err := s.putLock(ctx, l, "attribute_not_exists(pk)", nil)
		if err != nil || held == nil {
			return err
		}
		if l, err = lockOf(held, name); err == nil && l.Run != id {
			err = l.Held()
		}
		return err
	})
	if err != nil && !fault.Is(err, fault.Conflict) {
		return run.Lock{}, err
	}
	return l, err
}

// Touch notes in the lock who writes just now and until when.
func (s *Store) Touch(ctx context.Context, name, id, invocation string, deadline time.Time) error {
	return s.again(ctx, "touch lock", func() error {
		was, err := s.get(ctx, keyOfLock(name))
		if err != nil {
			return err
		}
		l, err := lockOf(was, name)
		if err != nil {
			return err
		}
		if l, err = l.Touched(id, invocation, deadline, time.Now()); err != nil {
			return err
		}
		other, err := s.putLock(ctx, l, "doc = :was", item{":was": was["doc"]})
		if err != nil || other == nil {
			return err
		}
		return errMoved
	})
}

// putLock stores a lock where the condition holds; where it does not, it returns what is stored, which is empty where nothing is.
func (s *Store) putLock(ctx context.Context, l run.Lock, condition string, values item) (item, error) {
	doc, err := document("lock", l)
	if err != nil {
		return nil, err
	}
	i := keyOfLock(l.Name)
	i["doc"], i["run"] = text(doc), text(l.Run)
	_, err = s.client.PutItem(ctx, &awsdynamodb.PutItemInput{
		TableName: &s.table, Item: i, ConditionExpression: &condition, ExpressionAttributeValues: values,
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	})
	if e, ok := unmet(err); ok {
		if e.Item == nil {
			return item{}, nil
		}
		return e.Item, nil
	}
	return nil, err
}

// lockOf reads a lock; one that nobody holds has its name only.
func lockOf(i item, name string) (run.Lock, error) {
	l := run.Lock{Name: name}
	if len(i) == 0 {
		return l, nil
	}
	err := json.Unmarshal([]byte(textOf(i, "doc")), &l)
	return l, err
}

// Unlock frees the lock if the run holds it.
func (s *Store) Unlock(ctx context.Context, name, id string) error {
	return s.again(ctx, "free lock", func() error {
		_, err := s.client.DeleteItem(ctx, &awsdynamodb.DeleteItemInput{
			TableName: &s.table, Key: keyOfLock(name), ConditionExpression: aws.String("#run = :run"),
			ExpressionAttributeNames: map[string]string{"#run": "run"}, ExpressionAttributeValues: item{":run": text(id)},
		})
		if _, ok := unmet(err); ok {
			return nil
		}
		return err
	})
}

// Locks returns all locks that are held, by name.
func (s *Store) Locks(ctx context.Context) ([]run.Lock, error) {
	var all []run.Lock
	err := s.again(ctx, "list locks", func() error {
		all = nil
		return s.each(ctx, &awsdynamodb.QueryInput{
			KeyConditionExpression: aws.String("pk = :pk"), ExpressionAttributeValues: item{":pk": text("LOCKS")}, ConsistentRead: aws.Bool(true),
		}, func(i item) (bool, error) {
			l, err := lockOf(i, "")
			all = append(all, l)
			return true, err
		})
	})
	slices.SortFunc(all, func(a, b run.Lock) int { return strings.Compare(a.Name, b.Name) })
	return all, err
}
