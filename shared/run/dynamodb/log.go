package dynamodb

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsdynamodb "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/run"
)

// What is written at once: a chunk is an item, a batch is a transaction, of which DynamoDB takes 4 MB.
const (
	chunkLines = 200
	chunkBytes = 300 << 10
	batchBytes = 3 << 20
)

// PutStep stores a step's record. NotFound where there is no such run.
func (s *Store) PutStep(ctx context.Context, step *run.Step) error {
	stored := *step
	stored.Started, stored.Ended = step.Started.UTC(), step.Ended.UTC()
	doc, err := document(fmt.Sprintf("step %q of run %q", step.Name, step.Run), &stored)
	if err != nil {
		return err
	}
	i := keys("RUN#"+step.Run, "STEP#"+step.Name)
	i["doc"], i["status"], i["started"] = text(doc), text(step.Status), text(when(step.Started))
	exists := types.TransactWriteItem{ConditionCheck: &types.ConditionCheck{
		TableName: &s.table, Key: s.keyOfRun(step.Run), ConditionExpression: aws.String("attribute_exists(pk)"),
	}}
	return s.again(ctx, "store step", func() error {
		err := s.transact(ctx, exists, s.put(s.fading(i), "", nil))
		if isUnmet(err, 0) {
			return fault.Errorf(fault.NotFound, "store step %q: there is no run %q", step.Name, step.Run)
		}
		return err
	})
}

// fading adds when DynamoDB may remove a part of a run: it is written while the run is open, so a week is added.
func (s *Store) fading(i item) item {
	if s.retention > 0 {
		i["expires"] = number(time.Now().Add(s.retention + 7*24*time.Hour).Unix())
	}
	return i
}

// Steps returns a run's steps in the order in which they started.
func (s *Store) Steps(ctx context.Context, id string) ([]*run.Step, error) {
	var all []*run.Step
	err := s.again(ctx, "list steps", func() error {
		all = nil
		return s.each(ctx, &awsdynamodb.QueryInput{
			KeyConditionExpression:    aws.String("pk = :pk AND begins_with(sk, :step)"),
			ExpressionAttributeValues: item{":pk": text("RUN#" + id), ":step": text("STEP#")}, ConsistentRead: aws.Bool(true),
		}, func(i item) (bool, error) {
			step := new(run.Step)
			all = append(all, step)
			return true, json.Unmarshal([]byte(textOf(i, "doc")), step)
		})
	})
	slices.SortStableFunc(all, func(a, b *run.Step) int { return cmp.Or(a.Started.Compare(b.Started), cmp.Compare(a.Name, b.Name)) })
	return all, err
}

// chunk is some lines, encoded.
type chunk struct {
	lines int
	doc   string
}

// cut returns the chunks of lines.
func cut(lines []run.LogLine) ([]chunk, error) {
	var all []chunk
	for len(lines) > 0 {
		var c chunk
		for _, l := range lines[:min(len(lines), chunkLines)] {
			l.Time = l.Time.UTC()
			doc, err := document("a line of the log", l)
			if err != nil {
				return nil, err
			}
			if c.lines > 0 && len(c.doc)+len(doc) > chunkBytes {
				break
			}
			c.doc += ",\n" + doc
			c.lines++
		}
		c.doc = "[" + c.doc[2:] + "]"
		all = append(all, c)
		lines = lines[c.lines:]
	}
	return all, nil
}

// Log appends lines, up to run.MaxLog in all. NotFound where there is no such run.
func (s *Store) Log(ctx context.Context, id string, lines []run.LogLine) error {
	for len(lines) > 0 {
		done := 0
		err := s.again(ctx, "append to log", func() (err error) {
			done, err = s.appendSome(ctx, id, lines)
			return err
		})
		if err != nil {
			return err
		}
		lines = lines[done:]
	}
	return nil
}

// appendSome appends as many of the lines as one transaction takes, or counts all of them where the log is full. The counter is what keeps writers apart: it must be as it was read.
func (s *Store) appendSome(ctx context.Context, id string, lines []run.LogLine) (done int, err error) {
	counter, err := s.get(ctx, s.keyOfLog(id))
	if err != nil {
		return 0, err
	}
	if counter == nil {
		return 0, fault.Errorf(fault.NotFound, "append to log: there is no run %q", id)
	}
	kept, dropped := numberOf(counter, "kept"), numberOf(counter, "dropped")
	room := min(len(lines), max(0, run.MaxLog-int(kept)))
	chunks, err := cut(lines[:room])
	if err != nil {
		return 0, err
	}
	writes := make([]types.TransactWriteItem, 1, 1+len(chunks))
	for size := 0; len(chunks) > 0 && size < batchBytes && len(writes) < 100; chunks = chunks[1:] {
		i := keys("RUN#"+id, chunkKey(int(kept)+done))
		i["doc"], i["lines"] = text(chunks[0].doc), number(int64(chunks[0].lines))
		writes = append(writes, s.put(s.fading(i), "", nil))
		done += chunks[0].lines
		size += len(chunks[0].doc)
	}
	set, values := "SET kept = :kept", item{":was": number(kept), ":lost": number(dropped), ":kept": number(kept + int64(done))}
	if len(lines) > room && done == room {
		set += ", dropped = :dropped, last_dropped = :last"
		values[":dropped"], values[":last"] = number(dropped+int64(len(lines)-room)), text(when(lines[len(lines)-1].Time))
		done = len(lines)
	}
	writes[0].Update = &types.Update{
		TableName: &s.table, Key: s.keyOfLog(id), UpdateExpression: &set, ExpressionAttributeValues: values,
		ConditionExpression: aws.String("kept = :was AND dropped = :lost"),
	}
	if err := s.transact(ctx, writes...); isUnmet(err, 0) {
		return 0, errMoved
	} else if err != nil {
		return 0, err
	}
	return done, nil
}

func chunkKey(n int) string { return fmt.Sprintf("LOG#%05d", n) }

// Lines returns a run's log from line number from on (the first is 0), at most limit; a limit of 0 is none.
func (s *Store) Lines(ctx context.Context, id string, from, limit int) ([]run.LogLine, error) {
	if limit <= 0 || limit > run.MaxLog {
		limit = run.MaxLog + 1
	}
	var lines []run.LogLine
	err := s.again(ctx, "read log", func() error {
		lines = nil
		counter, err := s.get(ctx, s.keyOfLog(id))
		kept := int(numberOf(counter, "kept"))
		if err != nil || from > kept {
			return err
		}
		last := min(kept, from+limit)
		err = s.each(ctx, &awsdynamodb.QueryInput{
			KeyConditionExpression: aws.String("pk = :pk AND sk BETWEEN :first AND :last"), ConsistentRead: aws.Bool(true),
			ExpressionAttributeValues: item{":pk": text("RUN#" + id), ":first": text(chunkKey(max(0, from-chunkLines+1))), ":last": text(chunkKey(last))},
		}, func(i item) (bool, error) {
			var some []run.LogLine
			if err := json.Unmarshal([]byte(textOf(i, "doc")), &some); err != nil {
				return false, err
			}
			var n int
			if _, err := fmt.Sscanf(textOf(i, "sk"), "LOG#%d", &n); err != nil {
				return false, err
			}
			for _, l := range some {
				if n >= from && n < last {
					lines = append(lines, l)
				}
				n++
			}
			return n < last, nil
		})
		if dropped := int(numberOf(counter, "dropped")); err == nil && dropped > 0 && len(lines) < limit {
			at, perr := time.Parse(time.RFC3339Nano, textOf(counter, "last_dropped"))
			lines, err = append(lines, run.DroppedLine(dropped, at)), perr
		}
		return err
	})
	return lines, err
}
