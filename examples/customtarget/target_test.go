package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/plumbline-sync/plumbline/adapters"
	"github.com/plumbline-sync/plumbline/adapters/adaptertest"
	"github.com/plumbline-sync/plumbline/cmd/plumb/cli"
)

// inventory is the system: objects by kind and id.
type inventory struct {
	mu   sync.Mutex
	last int64
	kept map[string]map[int64]map[string]any
}

// identity is what no two objects of a kind share, unless one is retired.
func identity(o map[string]any) string {
	device, _ := o["device"].(string)
	return fmt.Sprintf("%q %q", device, o["name"])
}

func (v *inventory) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	v.mu.Lock()
	defer v.mu.Unlock()
	kind, rest, _ := strings.Cut(strings.Trim(r.URL.Path, "/"), "/")
	objects := v.kept[kind]
	if objects == nil {
		objects = map[int64]map[string]any{}
		v.kept[kind] = objects
	}
	if r.Method == http.MethodGet {
		for _, id := range slices.Sorted(maps.Keys(objects)) {
			if objects[id]["retired"] != true || !r.URL.Query().Has("retired") {
				_ = json.NewEncoder(w).Encode(objects[id])
			}
		}
		return
	}
	var body map[string]any
	if r.Method != http.MethodDelete {
		d := json.NewDecoder(r.Body)
		d.UseNumber()
		if err := d.Decode(&body); err != nil {
			http.Error(w, err.Error(), http.StatusUnprocessableEntity)
			return
		}
	}
	if note, _ := body["note"].(string); strings.HasPrefix(note, "refused") {
		http.Error(w, "note: this is refused", http.StatusUnprocessableEntity)
		return
	}
	if r.Method == http.MethodPost {
		for _, o := range objects {
			if o["retired"] != true && identity(o) == identity(body) {
				http.Error(w, "there is one already", http.StatusConflict)
				return
			}
		}
		v.last++
		body["id"] = v.last
		objects[v.last] = body
		_ = json.NewEncoder(w).Encode(body)
		return
	}
	id, _ := strconv.ParseInt(rest, 10, 64)
	o := objects[id]
	switch {
	case o == nil:
		http.NotFound(w, r)
	case r.Method == http.MethodDelete:
		delete(objects, id)
	default:
		maps.Copy(o, body)
	}
}

func serve(t *testing.T) (*inventory, string) {
	v := &inventory{kept: map[string]map[int64]map[string]any{}}
	s := httptest.NewServer(v)
	t.Cleanup(s.Close)
	return v, s.URL
}

func TestAdapter(t *testing.T) {
	adaptertest.Run(t, adaptertest.Harness{
		Type: Type(), Refused: "refused",
		New: func(t *testing.T, _ string) string {
			_, url := serve(t)
			return "url: " + url
		},
		Lacks: map[adaptertest.Feature]string{
			adaptertest.BigNumbers: "its numbers are what float64 and int64 hold",
			adaptertest.Fractions:  "its numbers are what float64 and int64 hold",
		},
	})
}

// TestRetired runs the example's job: a device that the files no longer have is retired, and the next plan is empty.
func TestRetired(t *testing.T) {
	v, url := serve(t)
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(".")); err != nil {
		t.Fatal(err)
	}
	job := filepath.Join(dir, "jobs/devices.yaml")
	text, err := os.ReadFile(job)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(job, bytes.Replace(text, []byte("http://127.0.0.1:8080"), []byte(url), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	registry := adapters.All()
	registry.Add(Type())
	plumb := func(args ...string) {
		t.Helper()
		var out bytes.Buffer
		args = append(args, "--jobs", filepath.Join(dir, "jobs"), "--state", filepath.Join(dir, "state"))
		if code := cli.Run(t.Context(), args, registry, strings.NewReader(""), &out, &out); code != 0 {
			t.Fatalf("plumb %v: exit code %d\n%s", args, code, out.String())
		}
	}
	plumb("sync", "devices", "--yes")
	file := filepath.Join(dir, "data/devices.csv")
	if text, err = os.ReadFile(file); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, bytes.Replace(text, []byte("ams01-leaf-02,ams01,leaf,1\n"), nil, 1), 0o600); err != nil {
		t.Fatal(err)
	}
	plumb("sync", "devices", "--yes")
	plumb("plan", "devices", "--exit-code")
	var retired []any
	for _, o := range v.kept["device"] {
		if o["retired"] == true {
			retired = append(retired, o["name"])
		}
	}
	if len(v.kept["device"]) != 3 || len(retired) != 1 || retired[0] != "ams01-leaf-02" {
		t.Errorf("%d devices, retired: %v", len(v.kept["device"]), retired)
	}
}
