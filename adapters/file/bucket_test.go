package file

import (
	"context"
	"log/slog"
	"strings"
	"testing"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/objects"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// put stores an object.
func put(t *testing.T, s objects.Store, name, text string) {
	t.Helper()
	w, err := s.Create(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Commit(); err != nil {
		t.Fatal(err)
	}
}

// inBucket opens a side on a bucket that stands in a folder.
func inBucket(t *testing.T, which string, cfg *Config, ms ...*adapter.Model) (adapter.Source, objects.Store) {
	t.Helper()
	store, err := objects.NewFolder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	s, err := Type().New(t.Context(), adapter.Setup{
		Config: cfg, Models: ms, Dir: t.TempDir(), Side: which, Log: slog.New(slog.DiscardHandler), NoLocal: true,
		Buckets: func(context.Context, string) (objects.Store, error) { return store, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	return s, store
}

func TestBucketPaths(t *testing.T) {
	site := model("site: name | region")
	for path, want := range map[string]string{
		"s3://b":                "b site.csv | read",
		"s3://b/in":             "in/sites.csv | read",
		"s3://b/in/":            "in/sites.csv | read",
		"s3://b/in/sites.csv":   "in/sites.csv | read",
		"s3://b/none/":          `path "s3://b/none/": there is no such file or folder; did you mean node?`,
		"s3://b/in/site.csv":    `path "s3://b/in/site.csv": there is no such file or folder; did you mean sites.csv?`,
		"s3://b/node/deeper/x/": `path "s3://b/node/deeper/x/": there is no such file or folder; there are other.csv`,
	} {
		s, store := inBucket(t, "source", &Config{Path: path}, site)
		put(t, store, "site.csv", "name,region\nb,x\n")
		put(t, store, "in/sites.csv", "name,region\na,x\n")
		put(t, store, "node/deeper/other.csv", "name\n")
		got := text(s, nil, site)
		if strings.Contains(want, "read") {
			if !strings.Contains(got, "region") {
				t.Errorf("%s: %s", path, got)
			}
		} else if !strings.Contains(got, want) {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
}

// TestBucketResume: a cursor holds across adapters while the object is of one version.
func TestBucketResume(t *testing.T) {
	site := model("site: name | region")
	s, store := inBucket(t, "source", &Config{Path: "s3://b/site.ndjson"}, site)
	var b strings.Builder
	for range 20_000 {
		b.WriteString(`{"name":"abcdefgh","region":"` + strings.Repeat("x", 80) + `"}` + "\n")
	}
	put(t, store, "site.ndjson", b.String())
	n := 0
	for _, err := range s.Load(t.Context(), adapter.Request{Models: []*adapter.Model{site}}) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; n == 7_000 {
			break
		}
	}
	before, err := s.(adapter.Versioner).Version(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range s.Load(t.Context(), adapter.Request{Models: []*adapter.Model{site}, Cursor: s.(adapter.Resumer).Cursor()}) {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	if n != 20_000 {
		t.Errorf("%d records", n)
	}
	put(t, store, "site.ndjson", b.String()+"\n")
	if after, err := s.(adapter.Versioner).Version(t.Context()); err != nil || after == before {
		t.Errorf("the version did not change: %s, %v", after, err)
	}
	if name := s.(adapter.Locker).LockName(); name != "s3://b/site.ndjson" {
		t.Errorf("lock %q", name)
	}
}

// TestBucketReplaced: a target does not overwrite what somebody else put there meanwhile.
func TestBucketReplaced(t *testing.T) {
	site := model("site: name | region")
	s, store := inBucket(t, "target", &Config{Path: "s3://b/in/"}, site)
	put(t, store, "in/site.csv", "name,region\na,x\n")
	w := s.(interface {
		adapter.Batcher
		adapter.Committer
	})
	create := func(name string) error {
		ids := record.Fields{{Name: "name", Value: record.AppendString(nil, name)}}
		c := &adapter.Change{Action: adapter.Create, Model: site, Key: record.MakeKey("site", ids[0].Value), IDs: ids, Set: ids, After: ids}
		_, err := w.Apply(t.Context(), site, adapter.Create, []*adapter.Change{c})
		return err
	}
	if err := create("b"); err != nil {
		t.Fatal(err)
	}
	put(t, store, "in/site.csv", "name,region\nother,x\n")
	if err := w.Commit(t.Context()); !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "s3://b/in/site.csv") {
		t.Errorf("commit: %v", err)
	}
	if err := create("c"); err != nil {
		t.Fatal(err)
	}
	if err := w.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, err := store.Get(t.Context(), "in/site.csv"); err != nil || string(got) != "name,region\nother,x\nc,\n" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestLocalRefused(t *testing.T) {
	for _, c := range []struct {
		setup adapter.Setup
		path  string
		want  string
	}{
		{adapter.Setup{NoLocal: true}, "./x", `path "./x": a file of a laptop; a function reads and writes s3://BUCKET/KEY only`},
		{adapter.Setup{}, "s3://b/x", `path "s3://b/x": this program was not given access to S3; it reads and writes local files only`},
	} {
		c.setup.Config = &Config{Path: c.path}
		if _, err := Type().New(t.Context(), c.setup); !fault.Is(err, fault.Invalid) || err.Error() != c.want {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
}
