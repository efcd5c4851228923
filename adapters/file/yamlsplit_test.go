package file

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-sync/plumbline/shared/record"
)

// FuzzYAMLPieces holds that a file read in pieces gives what it gives when it is parsed whole.
func FuzzYAMLPieces(f *testing.F) {
	for _, s := range []string{
		"- name: a\n  region: b\n- name: c\n", "site:\n  - name: a\n    region: |\n      - b\n  - name: c\n", "site:\n- {name: a,\n  region: b}\n-\n  name: c\n",
		"- name: \"a\n  b\"\n- name: 'c'\n# end\n", "- name: >\n    a\n\n    b\n", "site: []\nx:\n- 1\n", "- name: a\n region: b\n",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		dir := t.TempDir()
		write(t, dir, "site.yaml", string(src))
		m := model("site: name | region")
		g := &group{path: dir + "/site.yaml", show: "site.yaml", format: "yaml"}
		g.tables = []*table{{Model: m, path: g.path, show: g.show, format: "yaml", keys: names("site"), mayLack: true}}
		r, err := openYAML(g, place{})
		if err != nil || r.(*yamlReader).pieces == nil {
			return
		}
		whole := &yamlReader{group: g, src: src, text: yamlText{anchors: map[string][]byte{}}, rec: r.(*yamlReader).rec}
		if err := whole.whole(); err != nil {
			return // an error at the piece where it stands
		}
		for {
			a, aerr := r.read()
			b, berr := whole.read()
			if d := cmp.Diff(line8(b, berr), line8(a, aerr)); d != "" {
				t.Fatalf("(-whole +pieces)\n%s", d)
			}
			if aerr != nil && !isBad(aerr) {
				return
			}
		}
	})
}

func line8(r *record.Record, err error) string {
	if r == nil && err == nil {
		return ""
	}
	return line(r, err)
}
