package dashboard_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/plumbline-sync/plumbline/shared/run"
)

// TestByResult: what ended in one way is narrowed further as all else is, and downloads have no more than the page.
func TestByResult(t *testing.T) {
	w := newWorld(t)
	w.devices(append(numbered(3), "ber01,edgee,X1", "ber02,edgee,X2")...)
	planned, synced := "/runs/"+w.run(dry("devices")).ID, "/runs/"+w.run(wet("devices")).ID
	if err := w.env.Runs.Create(t.Context(), &run.Run{ID: "atwork", Job: "devices", Status: run.Running, Started: time.Now(), PlanOf: strings.TrimPrefix(planned, "/runs/")}); err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string]string{
		"":                                      "ber01 ber02 dev00000 dev00001 dev00002",
		"?result=failed":                        "ber01 ber02",
		"?result=done":                          "dev00000 dev00001 dev00002",
		"?result=skipped":                       "",
		"?result=failed&match=2":                "ber02",
		"?result=failed&below=" + key("ber01"):  "ber01",
		"?result=done&below=" + key("ber01"):    "",
		"?result=failed&action=update":          "",
		"?result=done&attribute=role&match=001": "dev00001",
	} {
		var onPage, inNDJSON []string
		p := w.get(synced + "/changes" + query)
		for _, n := range p.Find("article.change h3").EachIter() {
			words := strings.Fields(n.Text())
			onPage = append(onPage, words[len(words)-1])
		}
		link, _ := p.Find("a[download]:contains(NDJSON)").Attr("href")
		for line := range strings.Lines(w.get(link).text) {
			var c struct{ Key []string }
			if err := json.Unmarshal([]byte(line), &c); err != nil {
				t.Fatalf("%s: %v: %s", query, err, line)
			}
			inNDJSON = append(inNDJSON, c.Key[1])
		}
		var inCSV []string
		link, _ = p.Find("a[download]:contains(CSV)").Attr("href")
		for line := range strings.Lines(w.get(link).text) {
			if name := strings.Split(line, ",")[3]; name != "name" && !slices.Contains(inCSV, name) {
				inCSV = append(inCSV, name)
			}
		}
		for form, got := range map[string][]string{"page": onPage, "NDJSON": inNDJSON, "CSV": inCSV} {
			if strings.Join(got, " ") != want {
				t.Errorf("%s as %s: %q, want %q", query, form, got, want)
			}
		}
	}
	if p := w.get(planned + "/download/csv?result=failed"); p.status != 200 || strings.Count(p.text, "\n") != 1 {
		t.Errorf("what failed of a dry run: %d %s", p.status, p.text)
	}
	busy := w.get("/runs/atwork/download/csv?result=failed")
	busy.has(t, ".message", "results stand beside the changes when it has ended")
	if busy.status != 409 {
		t.Errorf("what failed of a run at work: %d", busy.status)
	}
}

// TestManyAttributes: of more attributes than are listed the page says how many more change, and a search keeps every condition of the page.
func TestManyAttributes(t *testing.T) {
	w := newWorld(t)
	names := []string{"name"}
	for i := range 30 {
		names = append(names, fmt.Sprintf("a%02d", i))
	}
	w.devices()
	w.write("devices.csv", strings.Join(names, ",")+"\ndev1"+strings.Repeat(",x", 30)+"\n")
	w.write("jobs/devices.yaml", strings.ReplaceAll(w.read("jobs/devices.yaml"), "[role, serial]", "["+strings.Join(names[1:], ", ")+"]"))
	w.write("schema.sql", "CREATE TABLE devices (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, "+strings.Join(names[1:], " TEXT, ")+" TEXT);")
	w.run(wet("devices"))
	w.write("devices.csv", strings.ReplaceAll(w.read("devices.csv"), ",x", ",y"))
	at := "/runs/" + w.run(wet("devices")).ID + "/changes"
	p := w.get(at)
	p.has(t, "aside li", "and 6 more")
	if n := p.Find("aside a[href*='attribute=']").Length(); n != 24 {
		t.Errorf("%d attributes to narrow by", n)
	}
	var as struct {
		Omitted int `json:"attributes_omitted"`
	}
	if w.json(at, &as); as.Omitted != 6 {
		t.Errorf("as JSON %d more", as.Omitted)
	}
	for _, query := range []string{"action=update&attribute=a03&below=" + key("dev1") + "&model=device&result=done", "list=held", "below=" + key("dev1") + "&view=tree"} {
		want, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		got := url.Values{}
		for _, n := range w.get(at + "?" + query).Find("form[role=search] input[type=hidden]").EachIter() {
			got.Add(n.AttrOr("name", ""), n.AttrOr("value", ""))
		}
		if got.Encode() != want.Encode() {
			t.Errorf("a search on ?%s asks for ?%s too", query, got.Encode())
		}
	}
}

// key is a device's key as an address has it.
func key(name string) string { return url.QueryEscape(`["device","` + name + `"]`) }
