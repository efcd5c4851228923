package file

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Config is what a job says of a file side.
type Config struct {
	Path   string `json:"path" doc:"a file, or a folder with one file for each model; also s3://BUCKET/KEY, and s3://BUCKET/PREFIX/ for a folder" required:"true"`
	Format string `json:"format,omitempty" doc:"csv, ndjson, json, yaml or diffsync; the default follows from the file's ending"`
	Create bool   `json:"create,omitempty" doc:"target: a file that is not there is taken as empty, and made by sync"`
	// The rest is for CSV, unless it says otherwise.
	Text
	ChildrenFields map[string]string `json:"children_fields,omitempty" doc:"diffsync: the name of the list that holds a kind's children, by kind; the default is the kind with an s"`
}

// Text says how a CSV file is written down.
type Text struct {
	Delimiter string   `json:"delimiter,omitempty" doc:"csv: one character, or tab; the default is a comma, in .tsv files tab"`
	Quote     string   `json:"quote,omitempty" doc:"csv: one character, or none; the default is a double quote"`
	Empty     string   `json:"empty,omitempty" doc:"csv: what an unquoted empty cell is: null (the default) or string"`
	Header    *bool    `json:"header,omitempty" doc:"csv: whether the first line names the columns (the default)"`
	Columns   []string `json:"columns,omitempty" doc:"csv: the columns' names, where no header gives them"`
	Comment   string   `json:"comment,omitempty" doc:"csv: lines that begin with this are left out; the default is none"`
}

// ModelConfig is what a job says of one model's file.
type ModelConfig struct {
	File   string `json:"file,omitempty" doc:"the model's file in the folder; the default is the model's name, or its plural, with any ending"`
	Format string `json:"format,omitempty" doc:"this file's format, where it differs"`
	Key    string `json:"key,omitempty" doc:"json, yaml, diffsync: the key under which the records stand; the default is the model's name or its plural"`
	Text
}

// NewConfig returns the defaults.
func NewConfig() *Config { return &Config{} }

var formats = []string{"csv", "ndjson", "json", "yaml", "diffsync"}

// Validate checks the options by themselves.
func (c *Config) Validate() []error {
	var errs []error
	if c.Path == "" {
		errs = append(errs, fmt.Errorf("path: is missing"))
	}
	errs = append(errs, validFormat(c.Format)...)
	if len(c.ChildrenFields) > 0 && c.Format != "diffsync" {
		errs = append(errs, fmt.Errorf("children_fields: only format diffsync has them (got format %q)", c.Format))
	}
	return append(errs, c.Text.Validate()...)
}

// Validate checks the options by themselves.
func (c *ModelConfig) Validate() []error {
	errs := validFormat(c.Format)
	if c.Format == "diffsync" {
		errs = append(errs, fmt.Errorf("format: one diffsync file holds all models; say it at the side, not in map (got %q)", c.Format))
	}
	return append(errs, c.Text.Validate()...)
}

func validFormat(f string) []error {
	if f == "" || slices.Contains(formats, f) {
		return nil
	}
	return []error{fmt.Errorf("format: want one of %s (got %q)", strings.Join(formats, ", "), f)}
}

// Validate checks the options by themselves.
func (t *Text) Validate() []error {
	var errs []error
	bad := func(f string, a ...any) { errs = append(errs, fmt.Errorf(f, a...)) }
	if d := t.Delimiter; d != "" && d != "tab" && d != `\t` && !oneByte(d) {
		bad("delimiter: want one ASCII character or tab (got %q)", d)
	}
	if q := t.Quote; q != "" && q != "none" && !oneByte(q) {
		bad("quote: want one ASCII character or none (got %q)", q)
	}
	if t.Quote != "" && t.Quote == t.Delimiter {
		bad("quote: is the delimiter too (got %q)", t.Quote)
	}
	if t.Empty != "" && t.Empty != "null" && t.Empty != "string" {
		bad("empty: want null or string (got %q)", t.Empty)
	}
	if t.Header != nil && !*t.Header && len(t.Columns) == 0 {
		bad("columns: are missing; without a header nothing else names them (got header false)")
	}
	if (t.Header == nil || *t.Header) && len(t.Columns) > 0 {
		bad("columns: the header names them; say header: false where there is none (got %d columns)", len(t.Columns))
	}
	if n := firstDuplicate(t.Columns); n != "" {
		bad("columns: a name stands twice (got %q)", n)
	}
	return errs
}

// oneByte reports whether s is one ASCII character that can separate or quote cells.
func oneByte(s string) bool {
	return len(s) == 1 && s[0] > 0 && s[0] < utf8.RuneSelf && s[0] != '\n' && s[0] != '\r'
}

func firstDuplicate(names []string) string {
	seen := map[string]bool{}
	for _, n := range names {
		if seen[n] {
			return n
		}
		seen[n] = true
	}
	return ""
}

// over returns the options with those of m laid over them.
func (t Text) over(m Text) Text {
	pick := func(a *string, b string) {
		if b != "" {
			*a = b
		}
	}
	pick(&t.Delimiter, m.Delimiter)
	pick(&t.Quote, m.Quote)
	pick(&t.Empty, m.Empty)
	pick(&t.Comment, m.Comment)
	if m.Header != nil {
		t.Header, t.Columns = m.Header, m.Columns
	}
	return t
}
