package dynamodb_test

import (
	"strconv"
	"testing"
	"time"

	awsdynamodb "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/run/dynamodb"
	"github.com/plumbline-sync/plumbline/shared/run/dynamodb/dynamodbtest"
)

// expiries returns when each item of a run may go, by sk.
func expiries(t *testing.T, client *awsdynamodb.Client, table, id string) map[string]time.Time {
	t.Helper()
	condition := "pk = :pk"
	out, err := client.Query(t.Context(), &awsdynamodb.QueryInput{
		TableName: &table, KeyConditionExpression: &condition,
		ExpressionAttributeValues: map[string]types.AttributeValue{":pk": &types.AttributeValueMemberS{Value: "RUN#" + id}},
	})
	if err != nil {
		t.Fatal(err)
	}
	all := make(map[string]time.Time)
	for _, i := range out.Items {
		sk := i["sk"].(*types.AttributeValueMemberS).Value
		all[sk] = time.Time{}
		if n, ok := i["expires"].(*types.AttributeValueMemberN); ok {
			seconds, err := strconv.ParseInt(n.Value, 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			all[sk] = time.Unix(seconds, 0)
		}
	}
	return all
}

// TestRetention: what a closed run leaves goes by itself, an open run never does, and nothing goes where no retention is set.
func TestRetention(t *testing.T) {
	server := dynamodbtest.Start(t)
	table := server.Table(t)
	forever := dynamodb.New(server.Client(), table)
	month := 30 * 24 * time.Hour
	live := func(s run.Store, id string, end bool) map[string]time.Time {
		t.Helper()
		if err := s.Create(t.Context(), &run.Run{ID: id, Status: run.Running}); err != nil {
			t.Fatal(err)
		}
		if err := s.PutStep(t.Context(), &run.Step{Run: id, Name: "diff"}); err != nil {
			t.Fatal(err)
		}
		if err := s.Log(t.Context(), id, []run.LogLine{{Message: "hello"}}); err != nil {
			t.Fatal(err)
		}
		if end {
			if _, _, err := s.Close(t.Context(), id, run.Failed, nil); err != nil {
				t.Fatal(err)
			}
		}
		return expiries(t, server.Client(), table, id)
	}
	within := func(got time.Time, d time.Duration) bool {
		return got.After(time.Now().Add(d-time.Minute)) && got.Before(time.Now().Add(d+time.Minute))
	}
	for sk, at := range live(forever, "forever", true) {
		if !at.IsZero() {
			t.Errorf("without a retention %s goes at %v", sk, at)
		}
	}
	s := forever.WithRetention(month)
	for sk, want := range map[string]time.Duration{"RUN": month, "LIST#MONTH": month, "LIST#JOB": month, "LOG": month, "STEP#diff": month + 7*24*time.Hour, "LOG#00000": month + 7*24*time.Hour} {
		if got := live(s, "closed-"+sk, true); len(got) != 6 || !within(got[sk], want) {
			t.Errorf("closed: %s goes at %v; %d items", sk, got[sk], len(got))
		}
	}
	open := live(s, "open", false)
	if len(open) != 7 {
		t.Errorf("open: %v", open)
	}
	for _, sk := range []string{"RUN", "LIST#MONTH", "LIST#JOB", "LIST#OPEN", "LOG"} {
		if at, ok := open[sk]; !ok || !at.IsZero() {
			t.Errorf("open: %s: %v, %v", sk, at, ok)
		}
	}
}
