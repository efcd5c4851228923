package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/plumbline-sync/plumbline/adapters"
	"github.com/plumbline-sync/plumbline/adapters/nautobot/nautobottest"
	"github.com/plumbline-sync/plumbline/adapters/sql/pgtest"
	"github.com/plumbline-sync/plumbline/cmd/plumb/cli"
	"github.com/plumbline-sync/plumbline/shared/adapter"
)

// nautobotExample is a copy of both examples with Nautobot, with a state folder of its own.
type nautobotExample struct {
	*testing.T
	dir      string
	adapters *adapter.Registry // one for all commands, as in a process that runs several jobs
}

func openNautobotExample(t *testing.T) *nautobotExample {
	t.Helper()
	e := &nautobotExample{t, t.TempDir(), adapters.All()}
	for _, name := range []string{"nautobot-source", "nautobot-target"} {
		if err := os.CopyFS(filepath.Join(e.dir, name), os.DirFS(filepath.Join("../../../examples", name))); err != nil {
			t.Fatal(err)
		}
	}
	return e
}

// plumb runs a command that is to end well.
func (e *nautobotExample) plumb(args ...string) string {
	e.Helper()
	var out bytes.Buffer
	if code := cli.Run(context.Background(), append(args, "--state", filepath.Join(e.dir, "state")), e.adapters, strings.NewReader(""), &out, &out); code != 0 {
		e.Fatalf("plumb %v: exit code %d\n%s", args, code, out.String())
	}
	if strings.Contains(out.String(), nautobottest.Token) {
		e.Errorf("plumb %v prints the token", args)
	}
	return out.String()
}

func (e *nautobotExample) job(name string) string {
	return filepath.Join(e.dir, filepath.FromSlash(name))
}

// edit replaces text in a file of the source.
func (e *nautobotExample) edit(file, from, to string) {
	e.Helper()
	path := e.job("nautobot-source/network/" + file)
	text, err := os.ReadFile(path)
	if err != nil {
		e.Fatal(err)
	}
	if !strings.Contains(string(text), from) {
		e.Fatalf("%s has no %q", file, from)
	}
	if err := os.WriteFile(path, []byte(strings.Replace(string(text), from, to, 1)), 0o600); err != nil {
		e.Fatal(err)
	}
}

// sync applies a job and expects a second plan to be empty; it returns what the sync printed.
func (e *nautobotExample) sync(job string) string {
	e.Helper()
	out := e.plumb("sync", e.job(job), "--yes", "--override-limits", "a test")
	if again := e.plumb("plan", e.job(job), "--exit-code"); strings.Contains(again, "held: ") {
		e.Errorf("the second plan of %s is not empty:\n%s", job, again)
	}
	return out
}

// postgres makes a database with the example's tables, as the job for PostgreSQL wants it.
func (e *nautobotExample) postgres() {
	e.Helper()
	server := pgtest.Run(e)
	db := server.Database(e)
	schema, err := os.ReadFile(e.job("nautobot-target/schema.sql"))
	if err != nil {
		e.Fatal(err)
	}
	server.Exec(e, db, string(schema))
	e.Setenv("PLUMB_ASSETS_URL", server.URL(db))
}

// listsJob takes out what has lists.
const listsJob = `
source:
  adapter: nautobot
  url: "${env:PLUMB_NAUTOBOT_URL}"
  token: "${env:PLUMB_NAUTOBOT_TOKEN}"
  map: {location_type: {fields: {up: parent}}, role: {filter: {content_types: dcim.device}}}
target: {adapter: file, path: lists/, create: true, format: json}
models:
  location_type: {attributes: [content_types]}
  role: {attributes: [content_types]}
  device: {identifiers: [name], attributes: [tags]}
  interface: {identifiers: [device, name], attributes: [tags, tagged_vlans]}
policy: sync
`

// put sends a body to Nautobot: a new object, or to a path with a query, a change of the one object that it finds.
func (e *nautobotExample) put(s *nautobottest.Server, path, body string) {
	e.Helper()
	send := func(method, path, body string) []byte {
		req, err := http.NewRequestWithContext(e.Context(), method, s.URL+"/api/"+path, strings.NewReader(body))
		if err != nil {
			e.Fatal(err)
		}
		req.Header.Set("Authorization", "Token "+nautobottest.Token)
		req.Header.Set("Content-Type", "application/json")
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			e.Fatal(err)
		}
		defer func() { _ = res.Body.Close() }() // it is read
		text, err := io.ReadAll(res.Body)
		if err != nil || res.StatusCode >= 300 {
			e.Fatalf("%s %s: %s %v\n%s", method, path, res.Status, err, text)
		}
		return text
	}
	kind, _, found := strings.Cut(path, "?")
	if !found {
		send(http.MethodPost, path, body)
		return
	}
	var list struct{ Results []struct{ ID string } }
	if err := json.Unmarshal(send(http.MethodGet, path, ""), &list); err != nil || len(list.Results) != 1 {
		e.Fatalf("%s: %d objects: %v", path, len(list.Results), err)
	}
	send(http.MethodPatch, kind+list.Results[0].ID+"/", body)
}

// agrees has nautobot-ssot read the same server, and compares.
func (e *nautobotExample) agrees(s *nautobottest.Server) {
	e.Helper()
	script, err := filepath.Abs("testdata/nautobot_agree.py")
	if err != nil {
		e.Fatal(err)
	}
	// Lists have more in them than the examples need: a second tag, VLANs of a port.
	for _, q := range []struct{ path, body string }{
		{"extras/tags/", `{"name": "edge", "content_types": ["dcim.device", "dcim.interface"]}`},
		{"dcim/devices/?name=ams01-leaf-01", `{"tags": ["Plumbline", "edge"]}`},
		{"dcim/interfaces/?device=ams01-leaf-01&name=Ethernet1", `{"mode": "tagged", "tagged_vlans": [{"vid": 10, "name": "users"}, {"vid": 20, "name": "servers"}], "tags": ["edge"]}`},
	} {
		e.put(s, q.path, q.body)
	}
	if err := os.WriteFile(e.job("nautobot-target/lists.yaml"), []byte(listsJob), 0o600); err != nil {
		e.Fatal(err)
	}
	e.sync("nautobot-target/lists.yaml")
	e.Setenv("FOLDER", e.job("nautobot-target/out"))
	e.Setenv("LISTS", e.job("nautobot-target/lists"))
	out, err := s.Shell(e.Context(), script)
	if err != nil || strings.Contains(out, "only ") || !strings.Contains(out, "agreed: 39") {
		e.Errorf("nautobot-ssot reads something else: %v\n%s", err, out)
	}
}

// TestNautobot fills, changes and empties a real Nautobot by the example jobs, and takes everything out again.
func TestNautobot(t *testing.T) {
	s := nautobottest.Start(t)
	t.Setenv("PLUMB_NAUTOBOT_URL", s.URL)
	t.Setenv("PLUMB_NAUTOBOT_TOKEN", nautobottest.Token)
	e := openNautobotExample(t)
	const source = "nautobot-source/nautobot-source.yaml"
	if out := e.plumb("check", e.job(source), "--connect"); !strings.Contains(out, "Nautobot 3.") {
		t.Errorf("check --connect does not say the version:\n%s", out)
	}
	e.sync(source)
	e.postgres()
	targets := []string{"nautobot-target/files.yaml", "nautobot-target/database.yaml", "nautobot-target/postgres.yaml"}
	takeOut := func() {
		t.Helper()
		for _, job := range targets {
			e.sync(job)
		}
	}
	takeOut()
	if text, err := os.ReadFile(e.job("nautobot-target/out/device.csv")); err != nil || !strings.Contains(string(text), "ams01-leaf-01") || !strings.Contains(string(text), "10.1.1.1/24") {
		t.Errorf("device.csv: %v\n%s", err, text)
	}

	e.agrees(s)
	t.Run("links", func(t *testing.T) { e.leadsToRecords(t, s) })

	// Interfaces that a device makes by itself, from its type's templates, are adopted.
	e.put(s, "dcim/interface-templates/", `{"device_type": {"manufacturer": {"name": "Juniper"}, "model": "QFX5120"}, "name": "et-0/0/1", "type": "100gbase-x-qsfp28"}`)
	e.edit("device.csv", "fra01-leaf-01,", "fra01-spine-01,FRA01,Juniper,QFX5120,Spine,Active,SN-4,,\nfra01-leaf-01,")
	e.edit("interface.csv", "fra01-leaf-01,", "fra01-spine-01,et-0/0/1,100gbase-x-qsfp28,yes,Active,uplink\nfra01-leaf-01,")
	if out := e.sync(source); !strings.Contains(out, "2 changes written") {
		t.Errorf("the device and its interface:\n%s", out)
	}
	if got, err := s.SQL(t.Context(), "SELECT name || ' ' || description FROM dcim_interface WHERE name LIKE 'et-0/0/1'"); err != nil || got != "et-0/0/1 uplink" {
		t.Errorf("the interface was not adopted: %q %v", got, err)
	}
	takeOut()

	// What Nautobot makes of texts by itself is no difference: blanks around names, host bits, capitals.
	e.edit("tenant.csv", "name,description\n", "name,description\n\" padded \",\" so is this\"\n")
	e.edit("prefix.csv", "10.", "10.99.0.1/16,Global,container,Active, padded,\n10.")
	e.edit("ip_address.csv", "ams01-leaf-01.example", "AMS01-Leaf-01.Example")
	if out := e.sync(source); !strings.Contains(out, "2 changes written") {
		t.Errorf("a tenant and a prefix:\n%s", out)
	}
	const made = "SELECT t.name || '|' || t.description || '|' || encode(p.network, 'hex') FROM ipam_prefix p JOIN tenancy_tenant t ON t.id = p.tenant_id WHERE t.name LIKE '%padded%'"
	if got, err := s.SQL(t.Context(), made); err != nil || got != "padded|so is this|0a630000" {
		t.Errorf("Nautobot has %q: %v", got, err)
	}
	takeOut()

	e.translated()

	// A device in another location is one move; a changed serial one update; a VLAN less one delete.
	e.edit("device.csv", "ams01-leaf-01,AMS01", "ams01-leaf-01,FRA01")
	e.edit("device.csv", "SN-3", "SN-33")
	e.edit("vlan.csv", "20,servers,Active,\n", "")
	for _, job := range append([]string{source}, targets...) {
		out := e.sync(job)
		if !strings.Contains(out, "3 changes written") || !strings.Contains(out, "> device ams01-leaf-01") {
			t.Errorf("%s: want a move, an update and a delete:\n%s", job, out)
		}
	}
	for _, f := range []string{"location_type", "location", "tenant", "role", "manufacturer", "device_type", "vlan", "prefix", "device", "interface", "ip_address", "assignment"} {
		path := e.job("nautobot-source/network/" + f + ".csv")
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		head, _, _ := strings.Cut(string(text), "\n")
		if err := os.WriteFile(path, []byte(head+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	e.sync(source)
	if n, err := s.SQL(t.Context(), "SELECT (SELECT count(*) FROM dcim_device) + (SELECT count(*) FROM dcim_location) + (SELECT count(*) FROM ipam_prefix) + (SELECT count(*) FROM ipam_ipaddress)"); err != nil || n != "0" {
		t.Errorf("Nautobot is not empty: %s %v", n, err)
	}
	t.Run("killed in a bulk request", func(t *testing.T) { killedInBulk(t, s) })
}

// translated is about a map that makes values of which Nautobot would make others: they are held and never written, so no update is endless.
func (e *nautobotExample) translated() {
	e.Helper()
	const job = `
source: {adapter: file, path: states.csv}
target:
  adapter: nautobot
  url: "${env:PLUMB_NAUTOBOT_URL}"
  token: "${env:PLUMB_NAUTOBOT_TOKEN}"
  map: {tenant: {fields: {description: {from: description, values: {" Up ": up, Down: down, the customer: c, ourselves: o, so is this: p}}}}}
models: {tenant: {attributes: [description]}}
policy: update-only
`
	for name, text := range map[string]string{"states.yaml": job, "states.csv": "name,description\nAcme,up\nOps,down\n"} {
		if err := os.WriteFile(e.job(name), []byte(text), 0o600); err != nil {
			e.Fatal(err)
		}
	}
	if out := e.plumb("sync", e.job("states.yaml"), "--yes", "--override-limits", "a test"); !strings.Contains(out, "1 change written") || !strings.Contains(out, `would keep " Up " as "Up"`) {
		e.Errorf("one of two translated values is as Nautobot keeps it:\n%s", out)
	}
	if out := e.plumb("plan", e.job("states.yaml")); !strings.Contains(out, "Nothing is left that sync would change") {
		e.Errorf("the second plan of translated values:\n%s", out)
	}
	if out := e.sync("nautobot-source/nautobot-source.yaml"); !strings.Contains(out, "1 change written") {
		e.Errorf("back again:\n%s", out)
	}
}

// killedInBulk kills plumb when Nautobot has carried out a bulk request of which plumb has not heard, and resumes: nothing is created twice.
func killedInBulk(t *testing.T, s *nautobottest.Server) {
	u, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	var posts atomic.Int64
	carried := make(chan struct{})
	forward := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(u) }}
	p := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost || r.URL.Path != "/api/tenancy/tenants/" || posts.Add(1) != 2 {
			forward.ServeHTTP(w, r)
			return
		}
		forward.ServeHTTP(httptest.NewRecorder(), r.WithContext(context.WithoutCancel(r.Context())))
		close(carried)
		<-r.Context().Done() // it is dead
	}))
	defer p.Close()
	t.Setenv("PLUMB_NAUTOBOT_URL", p.URL)
	dir := t.TempDir()
	names := "name\n"
	for i := range 350 {
		names += fmt.Sprintf("killed-%03d\n", i)
	}
	const job = `
source: {adapter: file, path: tenant.csv}
target: {adapter: nautobot, url: "${env:PLUMB_NAUTOBOT_URL}", token: "${env:PLUMB_NAUTOBOT_TOKEN}"}
models: {tenant: {attributes: []}}
policy: sync
`
	for name, text := range map[string]string{"job.yaml": job, "tenant.csv": names} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c := exec.Command("plumb", "sync", "job.yaml", "--yes")
	c.Dir = dir
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	<-carried
	if err := c.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = c.Wait() // it was killed
	before, err := s.SQL(t.Context(), "SELECT count(*) FROM tenancy_tenant WHERE name LIKE 'killed-%'")
	if err != nil || before == "0" || before == "350" {
		t.Fatalf("killed when %s of 350 were written: %v", before, err)
	}
	if out, killed := plumb(t, dir, 0, "resume", "last", "--yes"); killed || !strings.Contains(out, "350") {
		t.Errorf("the resume:\n%s", out)
	}
	plumb(t, dir, 0, "plan", "job.yaml", "--exit-code")
	const logged = "SELECT count(*) || ' ' || (SELECT count(*) FROM extras_objectchange WHERE object_repr LIKE 'killed-%' AND action = 'create') FROM tenancy_tenant WHERE name LIKE 'killed-%'"
	if n, err := s.SQL(t.Context(), logged); err != nil || n != "350 350" {
		t.Errorf("tenants and creates in the change log: %s, want 350 of each: %v", n, err)
	}
}
