package file

import (
	"bufio"
	"bytes"
	"context"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// stops makes sure that a load of any bytes comes to an end, in records, findings and at most one error.
func stops(t *testing.T, name string, text []byte, cfg *Config, specs ...string) {
	dir := t.TempDir()
	write(t, dir, name, string(text))
	cfg.Path = name
	ms := models(specs...)
	s := side(t, dir, "source", cfg, ms...)
	ended := false
	for r, err := range s.Load(context.Background(), adapter.Request{Models: ms}) {
		switch {
		case ended:
			t.Fatal("it goes on after an error")
		case err != nil:
			ended = record.AsBad(err) == nil
		default:
			for _, f := range r.Fields {
				if _, cerr := record.AppendCanonical(nil, f.Value); cerr != nil {
					t.Fatalf("%s: %q is no value: %v", f.Name, f.Value, cerr)
				}
			}
		}
	}
}

func FuzzCSV(f *testing.F) {
	for _, s := range []string{"name,region\na,b\n", "name,region\r\n\"a\"\"b\",\r\n", "name,region\n\"a\nb\",c\n", "name,region\n\"a", "\ufeffname,region\na", "name,region\na,\"b\"c\n\n,\n", "region,name\n\xff,b\n", "name,region\n\"\"\r"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) { stops(t, "site.csv", text, &Config{}, "site: name | region") })
}

func FuzzNDJSON(f *testing.F) {
	for _, s := range []string{"{\"name\":\"a\"}\n", "{\"name\":1e400}\n{}", "{\"name\":NaN}\n", "\n\n[]\n{\"name\":\"\xff\",\"region\":1}"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) { stops(t, "site.ndjson", text, &Config{}, "site: name | region") })
}

func FuzzJSON(f *testing.F) {
	for _, s := range []string{"[]", "[{\"name\":\"a\"}]", "{\"site\":[{\"name\":1},2],\"x\":{}}", "[{\"name\":\"a\"},", "[{\"name\":\"a\"}]x", "[,]", "[{}\n,{}]", "{\"sites\":[[[{]"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) { stops(t, "site.json", text, &Config{}, "site: name | region") })
}

func FuzzYAML(f *testing.F) {
	for _, s := range []string{"- name: a\n", "- {name: &x 1, region: *x}\n", "site:\n- name: 'a'\n- <<: {a: b}\n", "- |\n a\n", "[", "- !!str 1\n- ~"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) { stops(t, "site.yaml", text, &Config{}, "site: name | region") })
}

func FuzzDiffSync(f *testing.F) {
	for _, s := range []string{`{"site":{"a":{"name":"a","devices":["d"],"model_flags":1}},"device":{"d":{"name":"d"},"e":{"name":"e"}}}`, `{"device":{"d":{"name":"d","site":7}},"site":{"a":{"name":"a","devices":["d","d","x"]},"b":{"name":"b","devices":["d"]}}}`, `{"site":{},"x":[]}`, `{"site":{"a":{"devices":[1]}}}`, `{"device":{"d":NaN}}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		stops(t, "export.json", text, &Config{Format: "diffsync"}, "site: name", "device: name | role @ site")
	})
}

// FuzzCSVCells holds the law of cells: what is written reads back, null and "" told apart, whatever the signs are.
func FuzzCSVCells(f *testing.F) {
	f.Add("a", "b", "", byte(','), byte('"'))
	f.Add("\"", ",\n", "\r", byte(';'), byte('\''))
	f.Add("#x", " ", "\ufeff", byte('\t'), byte('"'))
	f.Fuzz(func(t *testing.T, a, b, c string, delim, quote byte) {
		signs := Text{Delimiter: string(rune(delim)), Quote: string(rune(quote)), Comment: "#"}
		if !oneByte(signs.Delimiter) || !oneByte(signs.Quote) || signs.Validate() != nil || !utf8.ValidString(a+b+c) || strings.ContainsAny(signs.Delimiter+signs.Quote, "#\xef\xbb\xbf") {
			t.Skip()
		}
		d := newDialect(signs, "")
		rows := [][]record.Value{{text8(a), text8(b), record.Value(record.Null)}, {text8(c), record.Value(record.Null), text8(a)}, {text8(b), text8(c), text8("")}}
		var out []byte
		for _, row := range rows {
			for i, v := range row {
				if i > 0 {
					out = append(out, d.delim)
				}
				out = d.appendCell(out, v, i == 0)
			}
			out = append(out, "\r\n"...)
		}
		dir := t.TempDir()
		write(t, dir, "x.csv", string(out))
		in, err := open(local{}, filepath.Join(dir, "x.csv"), "x.csv")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = in.close() }()
		s := csvReader{csvScanner: csvScanner{input: in, dialect: d}}
		var got [][]record.Value
		for {
			ok, err := s.csvScanner.scan()
			if err != nil {
				t.Fatalf("%v in %q", err, out)
			}
			if !ok {
				break
			}
			var row []record.Value
			for i := range s.row.cells {
				row = append(row, slices.Clone(s.value(i)))
			}
			got = append(got, row)
		}
		if d := cmp.Diff(rows, got); d != "" {
			t.Errorf("%q reads back otherwise (-want +got)\n%s", out, d)
		}
	})
}

func text8(s string) record.Value { return record.AppendString(nil, s) }

// FuzzJSONCopy holds that a copy without changes is the file itself, byte for byte.
func FuzzJSONCopy(f *testing.F) {
	for _, s := range []string{"[ ]", " [ {\"name\" : \"a\"}\t,{} ]\n", "{\"a\" :1, \"site\":[{}\n]}", "{\"site\":{}}"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		dir := t.TempDir()
		write(t, dir, "site.json", string(text))
		g := &group{path: filepath.Join(dir, "site.json"), show: "site.json", format: "json"}
		g.tables = []*table{{Model: model("site: name"), path: g.path, show: g.show, format: "json", keys: names("site"), mayLack: true}}
		s := &stage{cfg: &Config{}, group: g}
		var out bytes.Buffer
		b := &output{Writer: bufio.NewWriter(&out), ctx: context.Background()}
		if err := s.walkJSON(b, keep{}); err != nil {
			return
		}
		if err := b.Flush(); err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(g.path)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(blanks(want), blanks(out.Bytes())); d != "" {
			t.Errorf("(-want +got)\n%s", d)
		}
	})
}

// blanks drops white space: that which stands before a comma is not kept.
func blanks(text []byte) string {
	return strings.Join(strings.FieldsFunc(string(text), func(r rune) bool { return r < utf8.RuneSelf && isBlank(byte(r)) }), "")
}

// keep changes nothing.
type keep struct{}

func (keep) visit(r *row) (*edit, error) {
	r.fields()
	return nil, nil
}

func (keep) created(*table) iter.Seq2[*edit, error] { return func(func(*edit, error) bool) {} }
