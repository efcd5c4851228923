package s3_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/plumbline-sync/plumbline/adapters/file"
	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/objects"
	"github.com/plumbline-sync/plumbline/shared/objects/s3"
	"github.com/plumbline-sync/plumbline/shared/objects/s3/s3test"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// TestFilesInBucket: the file adapter reads from a bucket and writes to it; its own suite runs on a folder of objects.
func TestFilesInBucket(t *testing.T) {
	client := s3test.Start(t)
	name := s3test.Bucket(t, client)
	b := s3.New(client, name).Foreign()
	m := &adapter.Model{Model: &job.Model{Name: "device", Identifiers: []job.Attribute{{Name: "name"}}, Attributes: []job.Attribute{{Name: "serial"}}}, Mapping: &job.Mapping{}, Fields: []string{"name", "serial"}}
	open := func(side, path string) adapter.Source {
		cfg := file.NewConfig()
		cfg.Path = path
		a, err := file.Type().New(t.Context(), adapter.Setup{
			Config: cfg, Models: []*adapter.Model{m}, Side: side, Log: slog.New(slog.DiscardHandler), NoLocal: true,
			Buckets: func(context.Context, string) (objects.Store, error) { return b, nil },
		})
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	const rows = 400_000 // more than one part, more than one window
	w, err := b.Create(t.Context(), "the exports/devices.csv")
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	text.WriteString("name,serial\n")
	for n := range rows {
		fmt.Fprintf(&text, "device-%07d,%030d\n", n, n)
	}
	if _, err := w.Write([]byte(text.String())); err != nil {
		t.Fatal(err)
	}
	if err := w.Commit(); err != nil {
		t.Fatal(err)
	}
	count := func(path string) (n int) {
		for _, err := range open("source", path).Load(t.Context(), adapter.Request{Models: []*adapter.Model{m}}) {
			if err != nil {
				t.Fatal(err)
			}
			n++
		}
		return n
	}
	path := "s3://" + name + "/the exports/"
	if n := count(path); n != rows {
		t.Errorf("read %d of %d", n, rows)
	}
	target := open("target", path).(interface {
		adapter.Batcher
		adapter.Committer
	})
	ids := record.Fields{{Name: "name", Value: record.AppendString(nil, "new")}}
	c := &adapter.Change{Action: adapter.Create, Model: m, Key: record.MakeKey("device", ids[0].Value), IDs: ids, Set: ids, After: ids}
	if _, err := target.Apply(t.Context(), m, adapter.Create, []*adapter.Change{c}); err != nil {
		t.Fatal(err)
	}
	if err := target.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := count(path + "devices.csv"); n != rows+1 {
		t.Errorf("read %d of %d", n, rows+1)
	}
}
