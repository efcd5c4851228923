package file

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// change makes a change from a line like "update site name=a | region=emea, note=null"; before the bar stand the identifiers. Values are JSON, or text where they are none.
func change(t testing.TB, ms []*adapter.Model, spec string) *adapter.Change {
	t.Helper()
	spec, parent, _ := strings.Cut(spec, " @ ")
	head, set, _ := strings.Cut(spec, " | ")
	words := strings.SplitN(head, " ", 3)
	c := &adapter.Change{Action: adapter.Action(words[0]), Name: words[2]}
	if c.Action == "move" {
		c.Action, c.Move = adapter.Update, true
	}
	for _, m := range ms {
		if m.Name == words[1] {
			c.Model = m
		}
	}
	c.IDs = fields(words[2])
	var ids []record.Value
	for _, f := range c.IDs {
		ids = append(ids, f.Value)
	}
	c.Key = record.MakeKey(words[1], ids...)
	if c.Action == adapter.Create {
		c.Set = append(c.Set, c.IDs...)
	}
	c.Set = append(c.Set, fields(set)...)
	if parent != "" {
		kind, id, _ := strings.Cut(parent, " ")
		c.Parent = &adapter.Related{Field: kind, Key: record.MakeKey(kind, record.MustOf(id))}
	}
	return c
}

func fields(text string) record.Fields {
	var fs record.Fields
	for part := range strings.SplitSeq(text, ", ") {
		name, value, ok := strings.Cut(part, "=")
		if !ok {
			continue
		}
		v, err := record.AppendCanonical(nil, []byte(value))
		if err != nil {
			v = record.AppendString(nil, value)
		}
		fs = append(fs, record.Field{Name: name, Value: v})
	}
	return fs
}

func TestTarget(t *testing.T) {
	ctx := context.Background()
	off := false
	for name, c := range map[string]struct {
		file, old string
		cfg       Config
		models    []string
		changes   []string
		want      string
		err       fault.Code
	}{
		"csv": {
			file: "sites.csv", models: []string{"site: name | region, note"},
			old:     "id,name,region,note\r\n7,b,\"emea\", x \r\n\r\n8,\"a\"\"b\",,\"\"\r\n9,c,apac,z",
			changes: []string{"update site name=a\"b | region=null, note=", "delete site name=c", "update site name=b | region=a,b", "create site name=e | region=", "create site name=d | region=null"},
			want:    "id,name,region,note\r\n7,b,\"a,b\", x \r\n\r\n8,\"a\"\"b\",,\"\"\r\n,d,,\r\n,e,\"\",\r\n",
		},
		"csv: columns that are missing are added": {
			file: "sites.csv", models: []string{"site: name | region, mtu=integer"}, old: "name\na\n\"b\"\n",
			changes: []string{"update site name=a | mtu=9000", "create site name=c | region=x"},
			want:    "name,region,mtu\na,,9000\n\"b\",,\nc,x,\n",
		},
		"csv: a row that cannot be used is none with more columns, either: one that is too long stays so, by as many cells": {
			file: "sites.csv", models: []string{"site: name | desc, serial"}, old: "name,desc\nsw1,rack 4, top\nsw2,\"rack\",5,6,7\nsw3\nsw4,\"rack\"4\n",
			changes: []string{"create site name=sw1 | desc=rack 4, serial=s1"},
			want:    "name,desc,serial\nsw1,rack 4, top,\nsw2,\"rack\",5,6,7,\nsw3\nsw4,\"rack\"4\nsw1,rack 4,s1\n",
		},
		"csv: a file of comments gets its header on a line of its own": {
			file: "sites.csv", cfg: Config{Text: Text{Comment: "#"}}, models: []string{"site: name | desc"}, old: "\ufeff# made by x\r\n\r\n# by hand\r\n",
			changes: []string{"create site name=a | desc=d"}, want: "\ufeff# made by x\r\n\r\n# by hand\r\nname,desc\r\na,d\r\n",
		},
		"csv: a comment that nothing ends": {
			file: "sites.csv", cfg: Config{Text: Text{Comment: "#"}}, models: []string{"site: name | desc"}, old: "# made by x",
			changes: []string{"create site name=a | desc=d"}, want: "# made by x\nname,desc\na,d\n",
		},
		"csv: a comment before the header": {
			file: "sites.csv", cfg: Config{Text: Text{Comment: "#"}}, models: []string{"site: name | desc"}, old: "# made by x\nname",
			changes: []string{"create site name=a | desc=d"}, want: "# made by x\nname,desc\na,d\n",
		},
		"csv: an empty file, but for a byte order mark": {
			file: "sites.csv", models: []string{"site: name | desc"}, old: "\ufeff",
			changes: []string{"create site name=a | desc=d"}, want: "\ufeffname,desc\na,d\n",
		},
		"csv: a new file": {
			file: "sites.csv", cfg: Config{Create: true}, models: []string{"site: name | region, note"},
			changes: []string{"create site name=b | region=\"\", note=null", "create site name=a"},
			want:    "name,region,note\na,,\nb,\"\",\n",
		},
		"csv: without a header": {
			file: "sites.csv", cfg: Config{Text: Text{Header: &off, Columns: []string{"name", "region"}}}, models: []string{"site: name | region"}, old: "a;b,c\n",
			changes: []string{"update site name=a;b | region=d"}, want: "a;b,d\n",
		},
		"csv: a create of what is there": {
			file: "sites.csv", models: []string{"site: name | region"}, old: "name,region\na,b\n", changes: []string{"create site name=a"}, want: "name,region\na,b\n", err: fault.Conflict,
		},
		"csv: an update of nothing": {
			file: "sites.csv", models: []string{"site: name | region"}, old: "name,region\na,b\n", changes: []string{"update site name=c | region=d"}, want: "name,region\na,b\n", err: fault.NotFound,
		},
		"ndjson": {
			file: "sites.ndjson", models: []string{"site: name | region, note"}, old: "{\"name\": \"a\", \"x\": [1.0], \"region\": \"r\"}\n\n{\"name\":\"b\"}\nnonsense\n{\"name\":\"c\"}",
			changes: []string{"update site name=a | region={\"k\":1}", "update site name=b | region=q, note=null", "create site name=d | note=7", "delete site name=c"},
			want:    "{\"name\": \"a\", \"x\": [1.0], \"region\": {\"k\":1}}\n\n{\"name\":\"b\",\"region\":\"q\",\"note\":null}\nnonsense\n{\"name\": \"d\", \"note\": 7}\n",
		},
		"ndjson: the first record after a byte order mark changes": {
			file: "sites.ndjson", models: []string{"site: name | region"}, old: "\ufeff{\"name\":\"a\",\"region\":\"0\"}\n{\"name\":\"b\"}\n",
			changes: []string{"update site name=a | region=1"}, want: "\ufeff{\"name\":\"a\",\"region\":1}\n{\"name\":\"b\"}\n",
		},
		"ndjson: the first record after a byte order mark goes": {
			file: "sites.ndjson", models: []string{"site: name | region"}, old: "\ufeff{\"name\":\"a\",\"region\":\"0\"}\n{\"name\":\"b\"}\n",
			changes: []string{"delete site name=a"}, want: "\ufeff{\"name\":\"b\"}\n",
		},
		"json: a list": {
			file: "sites.json", models: []string{"site: name | region, note"}, old: "[\n  {\n    \"name\": \"a\",\n    \"region\": \"r\"\n  },\n  {\"name\":\"b\"} ,\n  {\"name\":\"c\", \"z\": {}}\n]\n",
			changes: []string{"update site name=a | note=n", "delete site name=b", "create site name=d | region=x", "update site name=c | region=y"},
			want:    "[\n  {\n    \"name\": \"a\",\n    \"region\": \"r\",\n    \"note\": \"n\"\n  },\n  {\"name\":\"c\", \"z\": {}, \"region\": \"y\"},\n  {\n    \"name\": \"d\",\n    \"region\": \"x\"\n  }\n]\n",
		},
		"json: the first and the only one go": {
			file: "sites.json", models: []string{"site: name | region"}, old: "[{\"name\":\"a\"}]", changes: []string{"delete site name=a"}, want: "[]",
		},
		"json: a list for each model, one of which is not there": {
			file: "all.json", cfg: Config{Create: true}, models: []string{"site: name | region", "rack: name"}, old: "{\"v\": 1, \"sites\": [], \"w\": [2]}",
			changes: []string{"create site name=a | region=x", "create rack name=r"},
			want:    "{\"v\": 1, \"sites\": [\n  {\"name\": \"a\", \"region\": \"x\"}\n], \"w\": [2], \"rack\": [   {\"name\": \"r\"} ]}",
		},
		"json: a new file": {
			file: "sites.json", cfg: Config{Create: true}, models: []string{"site: name | region"}, changes: []string{"create site name=a", "create site name=b"},
			want: "[\n  {\"name\": \"a\"},\n  {\"name\": \"b\"}\n]\n",
		},
		"diffsync": {
			file: "export.json", cfg: Config{Format: "diffsync"}, models: []string{"site: name | region", "device: site, name | role @ site"},
			old:     `{"site": {"a": {"name": "a", "region": "r", "devices": ["a__1", "a__2"], "model_flags": 0}, "b": {"name": "b", "devices": []}}, "device": {"a__1": {"site": "a", "name": "1"}, "a__2": {"site": "a", "name": "2"}}, "x": 1}`,
			changes: []string{"create device site=\"b\", name=\"3\" | role=leaf @ site b", "delete device site=\"a\", name=\"1\"", "create site name=c"},
			want: `{"site": {"a": {"name": "a", "region": "r", "devices": ["a__2"], "model_flags": 0}, "b": {"name": "b", "devices": ["b__3"]},` + "\x20" +
				`"c": {"name": "c", "devices": []}}, "device": {"a__2": {"site": "a", "name": "2"}, "b__3": {"site": "b", "name": "3", "role": "leaf"}}, "x": 1}`,
		},
		"diffsync: all go": {
			file: "export.json", cfg: Config{Format: "diffsync"}, models: []string{"site: name", "device: name @ site"},
			old:     "{\n  \"site\": {\n    \"a\": {\"name\": \"a\", \"devices\": [\"d\", \"e\"]}\n  },\n  \"device\": {\n    \"d\": {\"name\": \"d\"},\n    \"e\": {\"name\": \"e\"}\n  }\n}\n",
			changes: []string{"delete device name=e", "delete device name=d", "delete site name=a"},
			want:    "{\n  \"site\": {\n  },\n  \"device\": {\n  }\n}\n",
		},
		"diffsync: a new file": {
			file: "export.json", cfg: Config{Format: "diffsync", Create: true}, models: []string{"site: name", "device: name | role @ site"},
			changes: []string{"create site name=c", "create device name=d | role=true, site=c @ site c"},
			want:    "{\n  \"site\": {\n    \"c\": {\"name\": \"c\", \"devices\": [\"d\"]}\n  },\n  \"device\": {\n    \"d\": {\"name\": \"d\", \"role\": true}\n  }\n}\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if c.old != "" || !c.cfg.Create {
				write(t, dir, c.file, c.old)
			}
			cfg := c.cfg
			cfg.Path = c.file
			ms := models(c.models...)
			s := side(t, dir, "target", &cfg, ms...)
			locals := map[record.Key]record.Fields{}
			for r, err := range s.Load(ctx, adapter.Request{Models: ms}) {
				if err == nil && r.Local != nil {
					k, _ := (&table{Model: byName(ms, r.Model)}).key(r.Fields)
					locals[k] = r.Local
				}
			}
			for _, spec := range c.changes {
				ch := change(t, ms, spec)
				ch.Local = locals[ch.Key]
				rs, err := s.(adapter.Batcher).Apply(ctx, ch.Model, ch.Action, []*adapter.Change{ch})
				if err != nil || rs[0].Err != nil {
					t.Fatal(err, rs)
				}
			}
			if err := s.(adapter.Committer).Commit(ctx); fault.Of(err) != c.err {
				t.Errorf("commit: %v, want code %q", err, c.err)
			}
			got, err := os.ReadFile(filepath.Join(dir, c.file))
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(c.want, string(got)); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
			if left, _ := filepath.Glob(filepath.Join(dir, ".*")); left != nil {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

func byName(ms []*adapter.Model, name string) *adapter.Model {
	for _, m := range ms {
		if m.Name == name {
			return m
		}
	}
	return nil
}
