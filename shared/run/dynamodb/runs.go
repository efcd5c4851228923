package dynamodb

import (
	"context"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsdynamodb "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/run"
)

// Create stores a new run.
func (s *Store) Create(ctx context.Context, r *run.Run) error {
	if r.ID == "" {
		return fault.Errorf(fault.Invalid, "create run: it has no id")
	}
	stored := *r
	stored.Normal()
	record, err := s.record(&stored, 1)
	if err != nil {
		return err
	}
	log := s.keyOfLog(r.ID)
	log["kept"], log["dropped"] = number(0), number(0)
	writes := append([]types.TransactWriteItem{s.put(record, "attribute_not_exists(pk)", nil), s.put(s.expiring(log, &stored), "", nil)}, s.entries(&stored)...)
	return s.again(ctx, "create run", func() error {
		if err := s.note(ctx, &stored); err != nil {
			return err
		}
		err := s.transact(ctx, writes...)
		if isUnmet(err, 0) {
			return fault.Errorf(fault.Conflict, "create run %q: there is one already", r.ID)
		}
		return err
	})
}

// note makes sure that lists look into the run's month, and that its job is known. These are writes of their own, so that runs that begin at once are not in each other's way;
// a month or a job without runs does no harm.
func (s *Store) note(ctx context.Context, r *run.Run) error {
	all := []item{keys("MONTHS", month(r.Started))}
	if r.Job != "" {
		of := keys("JOBS", bounded(r.Job))
		of["job"] = text(r.Job)
		all = append(all, of)
	}
	for _, i := range all {
		if _, err := s.client.PutItem(ctx, &awsdynamodb.PutItemInput{TableName: &s.table, Item: i}); err != nil {
			return err
		}
	}
	return nil
}

// Jobs returns the names of the jobs that have runs, or had some.
func (s *Store) Jobs(ctx context.Context) ([]string, error) {
	var all []string
	err := s.again(ctx, "list jobs", func() error {
		all = nil
		return s.each(ctx, &awsdynamodb.QueryInput{
			KeyConditionExpression: aws.String("pk = :pk"), ExpressionAttributeValues: item{":pk": text("JOBS")}, ConsistentRead: aws.Bool(true),
		}, func(i item) (bool, error) {
			all = append(all, textOf(i, "job"))
			return true, nil
		})
	})
	slices.Sort(all)
	return all, err
}

// record returns the item of a run.
func (s *Store) record(r *run.Run, version int64) (item, error) {
	doc, err := document("run \""+r.ID+"\"", r)
	if err != nil {
		return nil, err
	}
	i := s.keyOfRun(r.ID)
	i["doc"], i["version"] = text(doc), number(version)
	return s.expiring(s.plain(i, r), r), nil
}

// plain adds what lists filter by, and people look at.
func (s *Store) plain(i item, r *run.Run) item {
	i["id"], i["job"], i["status"], i["started"] = text(r.ID), text(r.Job), text(string(r.Status)), text(when(r.Started))
	i["by"], i["dry_run"] = text(r.By), flag(r.DryRun)
	return i
}

// expiring adds when DynamoDB may remove the item: a closed run's, where the store has a retention.
func (s *Store) expiring(i item, r *run.Run) item {
	if s.retention > 0 && r.Status != run.Running {
		ended := r.Ended
		if ended.IsZero() {
			ended = time.Now()
		}
		i["expires"] = number(ended.Add(s.retention).Unix())
	}
	return i
}

// entries returns the writes that bring the index up to date with the run.
func (s *Store) entries(r *run.Run) []types.TransactWriteItem {
	entry := func(sk, list string) types.TransactWriteItem {
		i := keys("RUN#"+r.ID, sk)
		i["list_pk"], i["list_sk"] = text(list), text(place(r))
		return s.put(s.expiring(s.plain(i, r), r), "", nil)
	}
	all := []types.TransactWriteItem{entry("LIST#MONTH", "MONTH#"+month(r.Started)), entry("LIST#JOB", "JOB#"+bounded(r.Job))}
	if r.Status == run.Running {
		return append(all, entry("LIST#OPEN", "OPEN"))
	}
	return append(all, s.remove(keys("RUN#"+r.ID, "LIST#OPEN")))
}

// place is where a run stands in lists.
func place(r *run.Run) string { return when(r.Started) + "#" + r.ID }

// Get returns a run; NotFound where there is none.
func (s *Store) Get(ctx context.Context, id string) (*run.Run, error) {
	var r *run.Run
	err := s.again(ctx, "get run", func() (err error) {
		r, _, err = s.read(ctx, id)
		return err
	})
	return r, err
}

func (s *Store) read(ctx context.Context, id string) (*run.Run, int64, error) {
	if id == "" {
		return nil, 0, fault.Errorf(fault.NotFound, "run %q: there is none", id)
	}
	i, err := s.get(ctx, s.keyOfRun(id))
	if err != nil {
		return nil, 0, err
	}
	if i == nil {
		return nil, 0, fault.Errorf(fault.NotFound, "run %q: there is none", id)
	}
	r, err := run.Decode(textOf(i, "doc"))
	return r, numberOf(i, "version"), err
}

// Update changes an open run; Conflict where it is closed.
func (s *Store) Update(ctx context.Context, id string, change func(*run.Run)) (*run.Run, error) {
	var r *run.Run
	err := s.again(ctx, "update run", func() (err error) {
		var version int64
		if r, version, err = s.read(ctx, id); err != nil {
			return err
		}
		if r.Status != run.Running {
			return fault.Errorf(fault.Conflict, "update run %q: it is closed (%s)", id, r.Status)
		}
		before := *r
		change(r)
		r.ID, r.Status = id, run.Running
		return s.replace(ctx, &before, r, version)
	})
	if err != nil {
		return nil, err
	}
	return r, nil
}

// Close closes an open run, once; a closed one is returned as it is, with closed false.
func (s *Store) Close(ctx context.Context, id string, status run.Status, change func(*run.Run)) (r *run.Run, closed bool, err error) {
	if !status.Ends() {
		return nil, false, fault.Errorf(fault.Invalid, "close run %q: %q is no status that a run ends with", id, status)
	}
	err = s.again(ctx, "close run", func() (err error) {
		var version int64
		closed = false
		if r, version, err = s.read(ctx, id); err != nil || r.Status != run.Running {
			return err
		}
		before := *r
		r.Ended = time.Now()
		if change != nil {
			change(r)
		}
		r.ID, r.Status, closed = id, status, true
		return s.replace(ctx, &before, r, version)
	})
	if err != nil {
		return nil, false, err
	}
	return r, closed, nil
}

// replace stores a run in place of the one that was read with the version; errMoved where it is another's by now. The index is written only where something changed that lists look at.
func (s *Store) replace(ctx context.Context, before, r *run.Run, version int64) error {
	record, err := s.record(r.Normal(), version+1)
	if err != nil {
		return err
	}
	writes := []types.TransactWriteItem{s.put(record, "version = :v", item{":v": number(version)})}
	if before.Status != r.Status || before.Job != r.Job || before.DryRun != r.DryRun || before.By != r.By || !before.Started.Equal(r.Started) {
		writes = append(writes, s.entries(r)...)
		if err := s.note(ctx, r); err != nil {
			return err
		}
	}
	if expires, ok := record["expires"]; ok {
		set := "SET expires = :e"
		writes = append(writes, types.TransactWriteItem{Update: &types.Update{
			TableName: &s.table, Key: s.keyOfLog(r.ID), UpdateExpression: &set, ExpressionAttributeValues: item{":e": expires},
		}})
	}
	if err = s.transact(ctx, writes...); isUnmet(err, 0) {
		return errMoved
	}
	return err
}
