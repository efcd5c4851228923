package cli

import (
	"os"
	"path/filepath"
	"testing"
)

// TestHidden: folders that are known go by their short names; of other absolute paths of this machine stays the end, and what only looks like one stays whole.
func TestHidden(t *testing.T) {
	here, state := t.TempDir(), filepath.Join(t.TempDir(), "state")
	t.Chdir(here)
	t.Setenv("HOME", "/home/ana")
	t.Setenv("TMPDIR", "/var/tmp/ana")
	hide := hidden(state, state)
	for text, want := range map[string]string{
		`read "` + here + `/in.csv": no such file`:              `read "./in.csv": no such file`,
		"open " + state + "/runs.db: it is locked":              "open ../" + filepath.Base(filepath.Dir(state)) + "/state/runs.db: it is locked",
		"/home/ana/in.csv:3":                                    "~/in.csv:3",
		"TMP is /var/tmp/ana/x":                                 "TMP is TMP/x",
		"/usr/share/data/in.csv":                                "…/in.csv",
		"file /usr/in.csv":                                      "file …/in.csv",
		`read "/usr/my share/in.csv": no such file`:             `read "…/in.csv": no such file`,
		`{"file":"/usr/share/in.csv","to":"/usr/lib/"}`:         `{"file":"…/in.csv","to":"…/"}`,
		"copy /usr/a/b.csv to /etc/c.csv":                       "copy …/b.csv to …/c.csv",
		"sqlite:/usr/share/a.db?mode=ro, sqlite:///etc/b.db":    "sqlite:…/a.db?mode=ro, sqlite://…/b.db",
		"host=/usr/run/postgresql user=x":                       "host=…/postgresql user=x",
		"/usr":                                                  "/usr",
		"https://usr/bin/x and http://etc.test/usr/x":           "https://usr/bin/x and http://etc.test/usr/x",
		"GET /api/dcim/devices/: 404":                           "GET /api/dcim/devices/: 404",
		"Ethernet1/0/3, 10.0.0.0/24, ../usr/x, ~/usr/x, a/b, 7": "Ethernet1/0/3, 10.0.0.0/24, ../usr/x, ~/usr/x, a/b, 7",
		"${ssm:/plumb/etc/pw}":                                  "${ssm:/plumb/etc/pw}",
	} {
		if got := hide(text); got != want {
			t.Errorf("%q is shown as %q, want %q", text, got, want)
		}
		if got := hide(hide(text)); got != hide(text) {
			t.Errorf("%q, hidden twice: %q", text, got)
		}
	}
}

// TestReachable: a command on a page names a folder without an absolute path, and leads to it.
func TestReachable(t *testing.T) {
	root, home := t.TempDir(), t.TempDir()
	deep := filepath.Join(root, "a", "b", "c", "d")
	for _, d := range []string{deep, filepath.Join(root, "a", "b", "state"), filepath.Join(root, "far"), filepath.Join(home, "state")} {
		if err := os.MkdirAll(d, 0o750); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(deep, filepath.Join(root, "link")); err != nil {
		t.Fatal(err)
	}
	t.Setenv("HOME", home)
	t.Chdir(deep)
	for dir, want := range map[string]string{
		".plumb": ".plumb", "../x": "../x", deep: ".", filepath.Join(deep, "not-yet"): "not-yet", filepath.Join(root, "a", "b", "state"): "../../state",
		filepath.Join(home, "state"): "~/state", home: "~", filepath.Join(root, "far"): "../../../../far",
	} {
		if got := reachable(dir); got != want {
			t.Errorf("%q is named %q, want %q", dir, got, want)
		}
	}
	t.Chdir(filepath.Join(root, "link")) // from here .. is another folder than it looks
	if got, want := reachable(filepath.Join(root, "far")), "../../../../far"; got != want {
		t.Errorf("over a link: %q, want %q", got, want)
	}
}
