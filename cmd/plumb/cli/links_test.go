package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/plumbline-sync/plumbline/adapters"
	"github.com/plumbline-sync/plumbline/cmd/plumb/cli"
	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// paged is a source whose records have pages.
type paged struct{ adapter.Source }

// Link implements adapter.Linker.
func (paged) Link(m *adapter.Model, key record.Key, _ record.Fields) string {
	return "https://somebody@dcim.example/" + m.Name + "/" + strings.Join(strings.Fields(key.String())[1:], "-")
}

// TestLinks: --links says where a person finds each record, of a plan and of a sync, where a side has pages; it says so where none has, or where the side cannot be opened.
func TestLinks(t *testing.T) {
	dir, all := t.TempDir(), adapters.All()
	file, broken := *all.Get("file"), false
	open := file.New
	file.Name, file.Pages, file.Target = "paged", true, false
	file.New = func(ctx context.Context, s adapter.Setup) (adapter.Source, error) {
		if broken {
			return nil, fault.Errorf(fault.Denied, "who are you?")
		}
		src, err := open(ctx, s)
		return paged{src}, err
	}
	all.Add(&file)
	writeFile(t, filepath.Join(dir, "site.csv"), "name,region\nams01,emea\nber01,emea\n")
	writeFile(t, filepath.Join(dir, "out", "site.csv"), "name,region\nber01,apac\nber02,apac\n")
	job := func(adapter string) string {
		return "source: {adapter: " + adapter + ", path: .}\ntarget: {adapter: file, path: out}\nmodels:\n  site: {identifiers: [name], attributes: [region]}\npolicy: sync\nlimits: {delete: 100%}\n"
	}
	writeFile(t, filepath.Join(dir, "job.yaml"), job("paged"))
	writeFile(t, filepath.Join(dir, "plain.yaml"), job("file"))
	plumb := func(args ...string) string {
		t.Helper()
		var out bytes.Buffer
		if code := cli.Run(t.Context(), append(args, "-q", "--state", filepath.Join(dir, "state")), all, strings.NewReader(""), &out, &out); code != 0 {
			t.Fatalf("plumb %v: exit code %d\n%s", args, code, out.String())
		}
		return out.String()
	}
	wantInOrder := func(text string, parts ...string) {
		t.Helper()
		rest := text
		for _, p := range parts {
			_, after, ok := strings.Cut(rest, p)
			if !ok {
				t.Fatalf("want %q next in\n%s", p, text)
			}
			rest = after
		}
		if strings.Contains(rest, "dcim.example") {
			t.Errorf("more links than wanted:\n%s", text)
		}
	}
	const ams, ber = "    in the source  https://dcim.example/site/ams01\n", "    in the source  https://dcim.example/site/ber01\n"
	job1 := filepath.Join(dir, "job.yaml")
	wantInOrder(plumb("plan", filepath.Join(dir, "plain.yaml"), "--links"), "links: neither side has pages of its records\n", "+ site ams01\n")
	if out := plumb("plan", job1); strings.Contains(out, "dcim.example") {
		t.Errorf("links that nobody asked for:\n%s", out)
	}
	wantInOrder(plumb("plan", job1, "--links"), "+ site ams01\n", ams, "~ site ber01\n", ber, "- site ber02\n")
	plumb("sync", job1, "--yes")
	wantInOrder(plumb("show", "last", "changes", "--links"), "+ site ams01\n", ams, "    done\n", ber, "    done\n", "- site ber02\n")

	var pages, results int
	for line := range strings.Lines(plumb("show", "last", "changes", "--links", "-o", "json")) {
		var l struct {
			Type, Op string
			Key      []string
			Pages    []struct{ Side, URL string }
			Result   struct{ Status string }
		}
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		for _, p := range l.Pages {
			if pages++; p.Side != "source" || p.URL != "https://dcim.example/site/"+l.Key[1] || l.Op == "delete" {
				t.Errorf("%+v", l)
			}
		}
		if l.Result.Status == "done" {
			results++
		}
	}
	if pages != 2 || results != 3 {
		t.Errorf("%d pages and %d results", pages, results)
	}

	broken = true
	wantInOrder(plumb("show", "last", "changes", "--links"), "links: source: open paged: who are you?\n", "+ site ams01\n")
}
