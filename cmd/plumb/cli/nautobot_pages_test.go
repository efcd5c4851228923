package cli_test

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"github.com/plumbline-sync/plumbline/adapters/nautobot/nautobottest"
)

// person is who looks at pages in a browser, signed in to Nautobot.
type person struct {
	*testing.T
	http.Client
}

// signIn gives the superuser a password and signs in with it, as a person does.
func signIn(t *testing.T, s *nautobottest.Server) *person {
	t.Helper()
	script := filepath.Join(t.TempDir(), "password.py")
	const text = "from django.contrib.auth import get_user_model\nu = get_user_model().objects.get(username=\"admin\")\nu.set_password(\"of a test\")\nu.save()\n"
	if err := os.WriteFile(script, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := s.Shell(t.Context(), script); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	p := &person{t, http.Client{Jar: jar}}
	form, _ := p.see(s.URL + "/login/")
	token, _ := form.Find("input[name=csrfmiddlewaretoken]").Attr("value")
	res, err := p.PostForm(s.URL+"/login/", url.Values{"csrfmiddlewaretoken": {token}, "username": {"admin"}, "password": {"of a test"}}) //nolint:noctx // a test
	if err != nil {
		t.Fatal(err)
	}
	if _ = res.Body.Close(); res.StatusCode != http.StatusOK || strings.Contains(res.Request.URL.Path, "login") {
		t.Fatalf("sign in: %s at %s", res.Status, res.Request.URL)
	}
	return p
}

// see returns a page, and the address at which it was in the end; a page that is none is an error.
func (p *person) see(address string) (*goquery.Document, string) {
	p.Helper()
	res, err := p.Get(address) //nolint:noctx // a test
	if err != nil {
		p.Fatal(err)
	}
	defer res.Body.Close()
	d, err := goquery.NewDocumentFromReader(res.Body)
	if err != nil {
		p.Fatal(err)
	}
	if res.StatusCode != http.StatusOK {
		p.Errorf("%s: %s", address, res.Status)
	}
	return d, res.Request.URL.String()
}

// leadsToRecords follows the links of the changes of both runs, into Nautobot as target and as source, in the dashboard and of the command line: each leads to the page of that very record.
func (e *nautobotExample) leadsToRecords(t *testing.T, s *nautobottest.Server) {
	ui, _ := serveUI(t, e.adapters, "--state", filepath.Join(e.dir, "state"))
	p := signIn(t, s)
	for job, side := range map[string]string{"nautobot-source": "in the target", "files": "in the source"} {
		runs, _ := p.see(ui + "/runs?kind=sync&job=" + job)
		at, ok := runs.Find("tbody tr td.head a").First().Attr("href")
		if !ok {
			t.Fatalf("job %s has no sync: %s", job, runs.Text())
		}
		told := e.plumb("show", strings.TrimPrefix(at, "/runs/"), "changes", "--links")
		for _, model := range []string{"location_type", "location", "tenant", "role", "manufacturer", "device_type", "vlan", "prefix", "device", "interface", "ip_address"} {
			changes, _ := p.see(ui + at + "/changes?model=" + model)
			n := 0
			for _, c := range changes.Find("article.change").EachIter() {
				words := strings.Fields(c.Find("h3 a").Text())
				name := words[len(words)-1]
				link, ok := c.Find("a:contains('" + side + "')").Attr("href")
				if !ok {
					t.Errorf("%s: %v has no link %q", job, words, side)
					continue
				}
				if !strings.Contains(told, side+"  "+link+"\n") {
					t.Errorf("%s: show --links says nothing of %s", job, link)
				}
				page, end := p.see(link)
				if title := page.Find("title").Text(); end != link || !strings.Contains(title, name) {
					t.Errorf("%s: %v leads to %s, the page %q of %s", job, words, link, strings.TrimSpace(title), end)
				}
				if n++; n == 3 {
					break
				}
			}
			if n == 0 {
				t.Errorf("%s: no %s has a page", job, model)
			}
		}
		if pageless, _ := p.see(ui + at + "/changes?model=assignment"); pageless.Find("article.change").Length() == 0 || pageless.Find("article.change a:contains('"+side+"')").Length() > 0 {
			t.Errorf("%s: assignments, of which Nautobot has no pages, lead somewhere, or are not there", job)
		}
	}
}
