package dynamodb

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsdynamodb "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/run"
)

// Delete removes a closed run with its steps and log. The run itself goes last: where it is stopped half-way, the run is listed still, and can be deleted again.
func (s *Store) Delete(ctx context.Context, id string) error {
	return s.again(ctx, "delete run", func() error {
		r, _, err := s.read(ctx, id)
		if err != nil {
			return err
		}
		if r.Status == run.Running {
			return fault.Errorf(fault.Conflict, "delete run %q: it is running", id)
		}
		if err := s.deleteParts(ctx, id); err != nil {
			return err
		}
		var writes []types.TransactWriteItem
		for _, sk := range []string{"RUN", "LOG", "LIST#MONTH", "LIST#JOB", "LIST#OPEN"} {
			writes = append(writes, s.remove(keys("RUN#"+id, sk)))
		}
		return s.transact(ctx, writes...)
	})
}

// deleteParts removes steps and lines.
func (s *Store) deleteParts(ctx context.Context, id string) error {
	var batch []types.WriteRequest
	flush := func() error {
		for len(batch) > 0 {
			out, err := s.client.BatchWriteItem(ctx, &awsdynamodb.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{s.table: batch}})
			if err != nil {
				return err
			}
			if batch = out.UnprocessedItems[s.table]; len(batch) > 0 {
				if err := pause(ctx); err != nil {
					return err
				}
			}
		}
		return nil
	}
	err := s.each(ctx, &awsdynamodb.QueryInput{
		KeyConditionExpression: aws.String("pk = :pk"), ExpressionAttributeValues: item{":pk": text("RUN#" + id)},
		ProjectionExpression: aws.String("pk, sk"), ConsistentRead: aws.Bool(true),
	}, func(i item) (bool, error) {
		if sk := textOf(i, "sk"); !strings.HasPrefix(sk, "STEP#") && !strings.HasPrefix(sk, "LOG#") {
			return true, nil
		}
		batch = append(batch, types.WriteRequest{DeleteRequest: &types.DeleteRequest{Key: item{"pk": i["pk"], "sk": i["sk"]}}})
		if len(batch) < 25 { // the most that a request takes
			return true, nil
		}
		return true, flush()
	})
	if err != nil {
		return err
	}
	return flush()
}
