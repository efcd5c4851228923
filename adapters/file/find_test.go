package file

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/record"
)

func TestFind(t *testing.T) {
	for name, c := range map[string]struct {
		files  []string
		cfg    Config
		models []string
		side   string
		want   string
	}{
		"by name and plural":  {files: []string{"d/site.csv", "d/prefixes.json", "d/policies.yaml", "d/.site.json", "d/site.txt"}, cfg: Config{Path: "d"}, models: []string{"site: name", "prefix: name", "policy: name"}, want: "d/site.csv d/prefixes.json d/policies.yaml"},
		"no such path":        {files: []string{"inventory/site.csv"}, cfg: Config{Path: "inventry"}, models: []string{"site: name"}, want: `path "inventry": there is no such file or folder; did you mean inventory?`},
		"no such file":        {files: []string{"d/devices.csv"}, cfg: Config{Path: "d"}, models: []string{"device: name", "site: name"}, want: `model "site": there is no site.* or sites.* in "d"; there are devices.csv`},
		"a misspelt file":     {files: []string{"d/stie.csv"}, cfg: Config{Path: "d"}, models: []string{"site: name"}, want: `model "site": there is no site.* or sites.* in "d"; did you mean stie.csv?`},
		"two files":           {files: []string{"d/site.csv", "d/sites.json"}, cfg: Config{Path: "d"}, models: []string{"site: name"}, want: `model "site": both site.csv and sites.json stand in "d"; say which with map: site: file:`},
		"two files, a format": {files: []string{"d/site.csv", "d/sites.json"}, cfg: Config{Path: "d", Format: "json"}, models: []string{"site: name"}, want: "d/sites.json"},
		"a flat file for two": {files: []string{"x.csv"}, cfg: Config{Path: "x.csv"}, models: []string{"site: name", "rack: name"}, want: `file "x.csv": a csv file holds one model, and both "site" and "rack" are looked for in it; use a folder with a file for each`},
		"an unknown ending":   {files: []string{"x.dat"}, cfg: Config{Path: "x.dat"}, models: []string{"site: name"}, want: `file "x.dat": its ending does not tell the format; say format: one of csv, ndjson, json, yaml, diffsync`},
		"a target's hint":     {cfg: Config{Path: "x.csv"}, models: []string{"site: name"}, side: "target", want: `path "x.csv": there is no such file or folder; the folder is empty; to start with an empty file, say create: true`},
		"a new folder":        {cfg: Config{Path: "out", Format: "csv", Create: true}, models: []string{"site: name"}, side: "target", want: "out/site.csv"},
		"a folder as export":  {files: []string{"d/x"}, cfg: Config{Path: "d", Format: "diffsync"}, models: []string{"site: name"}, want: `path "d": it is a folder; a diffsync export is one file`},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for _, f := range c.files {
				write(t, dir, f, "")
			}
			ms := models(c.models...)
			f := &files{disk: local{}, cfg: &c.cfg, path: filepath.Join(dir, c.cfg.Path), target: c.side == "target", models: ms}
			ts, err := f.resolve(ms)
			var got []string
			for _, x := range ts {
				got = append(got, x.show)
			}
			text := strings.Join(got, " ")
			if err != nil {
				text = err.Error()
			}
			if d := cmp.Diff(c.want, text); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
		})
	}
}

func TestColumnsThatAreMissing(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "sites.csv", "Name,region\na,b\n")
	ms := models("site: name | region, latitude")
	got := text(side(t, dir, "source", &Config{Path: "sites.csv"}, ms...), nil, ms...)
	want := "error: sites.csv:1: there is no column \"latitude\"; there are Name, region\nsites.csv:1: there is no column \"name\"; did you mean \"Name\"?\n"
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	got = text(side(t, dir, "target", &Config{Path: "sites.csv"}, models("site: region | latitude")...), nil, models("site: region | latitude")...)
	if d := cmp.Diff("site region=\"b\" latitude=null (sites.csv:2)\n", got); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

// A line of 50 MB is yielded as it is, for the engine to say whose it is; one beyond all bounds is a finding without a name.
func TestGiants(t *testing.T) {
	for _, name := range []string{"site.ndjson", "site.json", "site.csv"} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			begin, end, head, tail := `{"name":"a","region":"`, "\"}\n", "", ""
			last := `{"name":"z","region":"r"}`
			switch name {
			case "site.json":
				head, end, tail = "[", "\"},\n", "]"
			case "site.csv":
				head, begin, end, last = "name,region\n", "a,", "\n", "z,r\n"
			}
			for size, want := range map[int]string{50 << 20: "site a z", longest + 5: "! z"} {
				write(t, dir, name, head+begin+strings.Repeat("x", size)+end+last+tail)
				ms := models("site: name | region")
				var got []string
				for r, err := range side(t, dir, "source", &Config{Path: name}, ms...).Load(context.Background(), adapter.Request{Models: ms}) {
					switch {
					case record.AsBad(err) != nil && strings.Contains(err.Error(), "too large"):
						got = append(got, "!")
					case err != nil:
						t.Fatal(err)
					default:
						id, _ := r.Fields.Get("name").Text()
						if len(r.Fields.Get("region")) > 1000 {
							got = append(got, "site")
						}
						got = append(got, id)
					}
				}
				if d := cmp.Diff(want, strings.Join(got, " ")); d != "" {
					t.Errorf("%d bytes (-want +got)\n%s", size, d)
				}
			}
		})
	}
}

func TestYAMLIsBounded(t *testing.T) {
	dir := t.TempDir()
	f, err := os.Create(filepath.Join(dir, "sites.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Truncate(longest + 1<<20); err != nil {
		t.Fatal(err)
	}
	_ = f.Close()
	ms := models("site: name")
	want := "error: file \"sites.yaml\": YAML must be read whole, and it has 65 MiB, more than 64; write it as NDJSON, JSON or CSV\n"
	if d := cmp.Diff(want, text(side(t, dir, "source", &Config{Path: "sites.yaml"}, ms...), nil, ms...)); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

func TestAFileThatChangesIsSeen(t *testing.T) {
	dir, ctx := t.TempDir(), context.Background()
	write(t, dir, "sites.csv", "name,region\na,b\n")
	ms := models("site: name | region")
	s := side(t, dir, "target", &Config{Path: "sites.csv"}, ms...)
	before, err := s.(adapter.Versioner).Version(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.(adapter.Batcher).Apply(ctx, ms[0], adapter.Update, []*adapter.Change{change(t, ms, "update site name=a | region=c")}); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(filepath.Join(dir, "sites.csv"), time.Time{}, time.Now().Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	if after, err := s.(adapter.Versioner).Version(ctx); err != nil || after == before {
		t.Errorf("the version stays %q (%v)", after, err)
	}
	if err := s.(adapter.Committer).Commit(ctx); err == nil || err.Error() != `write "sites.csv": somebody else changed the file meanwhile; it was left as it is` {
		t.Errorf("commit: %v", err)
	}
	if got, _ := os.ReadFile(filepath.Join(dir, "sites.csv")); string(got) != "name,region\na,b\n" {
		t.Errorf("the file holds %q", got)
	}
}

func TestWhatCSVCannotHold(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "sites.csv", "name,note,mtu,up,tags,meta\n")
	ms := models("site: name | note, mtu=integer, up=boolean, tags=list, meta=object, free")
	for spec, want := range map[string]string{
		"create site name=a | note=5":                                          `note: 5 is a number, and a CSV cell would give it back as text; declare its type in the model ({note: number})`,
		"create site name=a | note=[\"x\"]":                                    `note: ["x"] is a list, and a CSV cell would give it back as text; declare its type in the model ({note: list})`,
		"create site name=a | mtu=5, up=true, tags=[1], meta={\"k\":[]}":       "",
		"create site name=a | note=null, mtu=null, note=\"5\"":                 "",
		"update site name=a | free=true":                                       `free: true is a boolean, and a CSV cell would give it back as text; declare its type in the model ({free: boolean})`,
		"create site name=a | mtu=" + strings.Repeat("9", 400) + ", note=note": "",
	} {
		err := side(t, dir, "target", &Config{Path: "sites.csv"}, ms...).(adapter.Auditor).Audit(context.Background(), change(t, ms, spec))
		got := ""
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s: %q, want %q", spec, got, want)
		}
	}
}
