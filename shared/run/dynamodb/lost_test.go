package dynamodb_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awsdynamodb "github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/run/dynamodb"
	"github.com/plumbline-sync/plumbline/shared/run/dynamodb/dynamodbtest"
)

// losing loses the answer of every second request: it was done, and nobody learns it.
type losing struct {
	http.Client
	n atomic.Int64
}

// Do implements dynamodb.HTTPClient.
func (c *losing) Do(r *http.Request) (*http.Response, error) {
	answer, err := c.Client.Do(r)
	if err == nil && c.n.Add(1)%2 == 1 {
		answer.Body.Close()
		return nil, errors.New("connection reset by peer")
	}
	return answer, err
}

// TestLostAnswers: what was done and is sent again, for the answer was lost, is done once.
func TestLostAnswers(t *testing.T) {
	server := dynamodbtest.Start(t)
	client := server.Client(func(o *awsdynamodb.Options) {
		o.HTTPClient = new(losing)
		o.Retryer = retry.NewStandard(func(o *retry.StandardOptions) {
			o.RateLimiter = ratelimit.None // it repeats all that is lost, at once
			o.Backoff = retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) { return 0, nil })
		})
	})
	s := dynamodb.New(client, server.Table(t))
	if err := s.Create(t.Context(), &run.Run{ID: "x", Status: run.Running}); err != nil {
		t.Fatal(err)
	}
	for n := range 10 {
		if _, err := s.Update(t.Context(), "x", func(r *run.Run) { r.Message += fmt.Sprint(n) }); err != nil {
			t.Fatal(err)
		}
		if err := s.Log(t.Context(), "x", []run.LogLine{{Message: fmt.Sprint(n)}}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Lock(t.Context(), "target", "x"); err != nil {
		t.Error(err)
	}
	if err := s.Touch(t.Context(), "target", "x", "i", time.Now().Add(time.Hour)); err != nil {
		t.Error(err)
	}
	if err := s.Unlock(t.Context(), "target", "x"); err != nil {
		t.Error(err)
	}
	r, closed, err := s.Close(t.Context(), "x", run.Failed, func(r *run.Run) { r.Message += "!" })
	if err != nil || !closed || r.Message != "0123456789!" {
		t.Errorf("close: %+v, %v, %v", r, closed, err)
	}
	lines, err := s.Lines(t.Context(), "x", 0, 0)
	var got strings.Builder
	for _, l := range lines {
		got.WriteString(l.Message)
	}
	if err != nil || got.String() != "0123456789" {
		t.Errorf("lines: %s, %v", got.String(), err)
	}
	if err := s.Delete(t.Context(), "x"); err != nil {
		t.Error(err)
	}
}

// TestTooLarge: what no item can hold is refused, and says so; what is long but fits is kept.
func TestTooLarge(t *testing.T) {
	server := dynamodbtest.Start(t)
	s := dynamodb.New(server.Client(), server.Table(t))
	huge := strings.Repeat("x", 400_000)
	refused := func(what string, err error) {
		t.Helper()
		if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "an item of DynamoDB holds 400 KB") {
			t.Errorf("%s: %v", what, err)
		}
	}
	refused("create", s.Create(t.Context(), &run.Run{ID: "x", Status: run.Running, Message: huge}))
	long := strings.Repeat("ä", 2000)
	if err := s.Create(t.Context(), &run.Run{ID: "x", Job: long, Status: run.Running, Message: huge[:350_000]}); err != nil {
		t.Fatal(err)
	}
	_, err := s.Update(t.Context(), "x", func(r *run.Run) { r.Message = huge })
	refused("update", err)
	refused("step", s.PutStep(t.Context(), &run.Step{Run: "x", Name: "diff", Error: huge}))
	refused("log", s.Log(t.Context(), "x", []run.LogLine{{Message: huge}}))
	refused("baseline", s.SetBaseline(t.Context(), "x", run.Baseline{Run: huge}))
	var lines []run.LogLine
	for range 100 { // six megabytes: several chunks, several transactions
		lines = append(lines, run.LogLine{Message: huge[:60_000]})
	}
	if err := s.Log(t.Context(), "x", lines); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Lines(t.Context(), "x", 0, 0); err != nil || len(got) != 100 {
		t.Errorf("%d lines, %v", len(got), err)
	}
	if got, err := s.Lines(t.Context(), "x", 97, 2); err != nil || len(got) != 2 {
		t.Errorf("%d lines, %v", len(got), err)
	}
	if all, err := s.List(t.Context(), run.Filter{Job: long}); err != nil || len(all) != 1 {
		t.Errorf("%d runs, %v", len(all), err)
	}
	for _, name := range []string{long, long + "b"} { // names that no key can hold
		if l, err := s.Lock(t.Context(), name, name[len(name)-1:]); err != nil || l.Name != name {
			t.Errorf("lock %v, %v", l.Run, err)
		}
		if err := s.SetBaseline(t.Context(), name, run.Baseline{Run: name}); err != nil {
			t.Error(err)
		}
	}
	if b, err := s.GetBaseline(t.Context(), long); err != nil || b.Run != long {
		t.Error("another baseline", err)
	}
}
