package file

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSource(t *testing.T) {
	site := "site: name | region"
	off := false
	for name, c := range map[string]struct {
		file, text string
		cfg        Config
		models     []string
		want       string
	}{
		"csv": {
			file: "sites.csv", text: "name,region\nams01,emea\nber02,\"a \"\"b\"\", c\"\n", models: []string{site},
			want: "site name=\"ams01\" region=\"emea\" (sites.csv:2)\nsite name=\"ber02\" region=\"a \\\"b\\\", c\" (sites.csv:3)\n",
		},
		"csv: an empty cell is null, a quoted one is text": {
			file: "sites.csv", text: "name,region\na,\nb,\"\"\n", models: []string{site},
			want: "site name=\"a\" region=null (sites.csv:2)\nsite name=\"b\" region=\"\" (sites.csv:3)\n",
		},
		"csv: empty string": {
			file: "sites.csv", text: "name,region\na,\n", models: []string{site}, cfg: Config{Text: Text{Empty: "string"}},
			want: "site name=\"a\" region=\"\" (sites.csv:2)\n",
		},
		"csv: byte order mark, line ends of Windows, blanks in the header, other columns, blank lines, no end at the end": {
			file: "sites.csv", text: "\ufeffid, name ,region\r\n1,a,x\r\n\r\n2, b ,\"y\r\nz\"", models: []string{site},
			want: "site name=\"a\" region=\"x\" (sites.csv:2)\nsite name=\" b \" region=\"y\\r\\nz\" (sites.csv:4)\n",
		},
		"csv: other signs, no header, comments": {
			file: "sites.txt", text: "# made by hand\na;'x;''y'\nb;\"\n", models: []string{site},
			cfg:  Config{Format: "csv", Text: Text{Delimiter: ";", Quote: "'", Comment: "#", Header: &off, Columns: []string{"name", "region"}}},
			want: "site name=\"a\" region=\"x;'y\" (sites.txt:2)\nsite name=\"b\" region=\"\\\"\" (sites.txt:3)\n",
		},
		"csv: tabs": {
			file: "sites.tsv", text: "name\tregion\na\tb,c\n", models: []string{site}, want: "site name=\"a\" region=\"b,c\" (sites.tsv:2)\n",
		},
		"csv: a quote inside a cell is itself": {
			file: "sites.csv", text: "name,region\na,5\" disk\n", models: []string{site}, want: "site name=\"a\" region=\"5\\\" disk\" (sites.csv:2)\n",
		},
		"csv: bad rows leave the others alone": {
			file: "sites.csv", text: "name,region\na\nb,1,2\nc,\"x\"y\nd,\xff\n\xff,d\ne,f\n", models: []string{site},
			want: "! site sites.csv:2: 1 columns, the header has 2\n! site sites.csv:3: 3 columns, the header has 2\n" +
				"! site sites.csv:4: text after the closing quote of column 2\n! site name=\"d\" sites.csv:5: not valid UTF-8 in column \"region\": \"\\xff\"\n" +
				"! site sites.csv:6: not valid UTF-8 in column \"name\": \"\\xff\"\nsite name=\"e\" region=\"f\" (sites.csv:7)\n",
		},
		"csv: a quote that is never closed": {
			file: "sites.csv", text: "name,region\na,b\nc,\"d\ne,f\n", models: []string{site},
			want: "site name=\"a\" region=\"b\" (sites.csv:2)\nerror: sites.csv:3: a quote that opens in this row is never closed\n",
		},
		"csv: a column stands twice": {
			file: "sites.csv", text: "name,region,name\n", models: []string{site}, want: "error: sites.csv:1: column \"name\" stands twice, as number 1 and 3\n",
		},
		"csv: empty file": {
			file: "sites.csv", text: "", models: []string{site}, want: "error: file \"sites.csv\": it is empty; its first line must name the columns\n",
		},
		"csv: UTF-16": {
			file: "sites.csv", text: "\xff\xfen\x00a\x00", models: []string{site}, want: "error: read \"sites.csv\": it is UTF-16; save it as UTF-8\n",
		},
		"ndjson": {
			file: "sites.ndjson", text: "{\"region\":\"emea\",\"name\":\"a\",\"x\":[1.0,{\"b\":null}]}\n\n {\"name\":\"b\"}", models: []string{site},
			want: "site region=\"emea\" name=\"a\" x=[1,{\"b\":null}] (sites.ndjson:1)\nsite name=\"b\" (sites.ndjson:3)\n",
		},
		"ndjson: exact numbers": {
			file: "sites.jsonl", text: "{\"name\":9007199254740993,\"region\":" + strings.Repeat("7", 400) + "}\n", models: []string{site},
			want: "site name=9007199254740993 region=" + strings.Repeat("7", 400) + " (sites.jsonl:1)\n",
		},
		"json: a list": {
			file: "sites.json", text: "[\n {\"name\": \"a\"},\n {\"name\": \"b\", \"region\": {\"z\": 1, \"y\": \"]}\"}}\n]\n", models: []string{site},
			want: "site name=\"a\" (sites.json:2)\nsite name=\"b\" region={\"y\":\"]}\",\"z\":1} (sites.json:3)\n",
		},
		"json: a list for each model": {
			file: "all.json", text: `{"v": [1, {"a": []}], "racks": [{"name": "r"}], "site": [], "w": "x"}`, models: []string{site, "rack: name"},
			want: "rack name=\"r\" (all.json:1)\n",
		},
		"json: bad elements leave the others alone": {
			file: "sites.json", text: "[{\"name\": \"a\", \"region\": NaN},\n 7,\n {\"name\": \"b\", \"name\": \"c\"},\n {\"name\": \"d\"}]", models: []string{site},
			want: "! site name=\"a\" sites.json:1: at byte 24: NaN is not a number that JSON has; write null\n! site sites.json:2: want an object, got 7\n" +
				"! site sites.json:3: at byte 14: the name \"name\" stands twice in one object\nsite name=\"d\" (sites.json:4)\n",
		},
		"json: cut off": {
			file: "sites.json", text: "[{\"name\": \"a\"},\n {\"name\": \"b", models: []string{site},
			want: "site name=\"a\" (sites.json:1)\nerror: sites.json:2: the file ends in the middle; it is cut off\n",
		},
		"json: more after the end": {
			file: "sites.json", text: "[]\n{}", models: []string{site},
			want: "error: sites.json:2: more follows after the end, \"{\"; where each line is an object, say format: ndjson\n",
		},
		"json: no such key": {
			file: "all.json", text: `{"rack": []}`, models: []string{site},
			want: "error: file \"all.json\": model \"site\": there is no key site or sites; there are rack\n",
		},
		"json: several models in a list": {
			file: "all.json", text: `[]`, models: []string{site, "rack: name"},
			want: "error: all.json:1: a list holds one model, and site, rack are looked for; want an object with a list for each\n",
		},
		"yaml": {
			file: "sites.yaml", text: "- name: a\n  region: &r {x: 1.50, y: [no, 007, ~, True, 2024-01-01]}\n- name: \"b\"\n  region: *r\n- <<: {region: q}\n  name: 'c'\n- name: |\n    d\n    e\n", models: []string{site},
			want: "site name=\"a\" region={\"x\":1.5,\"y\":[\"no\",\"007\",null,true,\"2024-01-01\"]} (sites.yaml:1)\nsite name=\"b\" region={\"x\":1.5,\"y\":[\"no\",\"007\",null,true,\"2024-01-01\"]} (sites.yaml:3)\n" +
				"site name=\"c\" region=\"q\" (sites.yaml:5)\nsite name=\"d\\ne\\n\" (sites.yaml:7)\n",
		},
		"yaml: a list for each model, exact numbers, not a number": {
			file: "all.yml", text: "sites:\n  - name: 9007199254740993\n    region: " + strings.Repeat("7", 400) + "\n  - {name: b, region: .nan}\n  - c\nracks: []\n", models: []string{site, "rack: name"},
			want: "site name=9007199254740993 region=" + strings.Repeat("7", 400) + " (all.yml:2)\n! site name=\"b\" all.yml:4: .nan is no number that can be kept\n! site all.yml:5: want a mapping, got \"c\"\n",
		},
		"yaml: piece by piece": {
			file: "all.yaml", text: "---\n# all of it\nracks: [] # none\nsites:\n  # first\n  - name: a\n    region: |\n      - name: x\n      # y\n\n  -\n    name: b\n\n  - {name: c}\nothers:\n- x\n", models: []string{site, "rack: name"},
			want: "site name=\"a\" region=\"- name: x\\n# y\\n\" (all.yaml:6)\nsite name=\"b\" (all.yaml:12)\nsite name=\"c\" (all.yaml:14)\n",
		},
		"yaml: a key stands twice": {
			file: "all.yaml", text: "site:\n- name: a\nsites:\n- name: b\n", models: []string{site},
			want: "error: all.yaml:3: the records of model \"site\" stand twice, a second time under \"sites\"\n",
		},
		"yaml: no such key": {
			file: "all.yaml", text: "sits:\n- name: a\n", models: []string{site},
			want: "error: file \"all.yaml\": model \"site\": there is no key site or sites; there are sits\n",
		},
		"yaml: bad syntax": {
			file: "sites.yaml", text: "- name: a\n- name: [b\n", models: []string{site}, want: "error: sites.yaml:2: not readable as YAML: sequence end token ']' not found\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, dir, c.file, c.text)
			cfg := c.cfg
			cfg.Path = c.file
			ms := models(c.models...)
			if d := cmp.Diff(c.want, text(side(t, dir, "source", &cfg, ms...), nil, ms...)); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
		})
	}
}
