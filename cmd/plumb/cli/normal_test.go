package cli_test

import (
	"os/user"
	"regexp"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// unstable is what differs from run to run, with what stands for it in expected output.
var unstable = []struct {
	what *regexp.Regexp
	as   string
}{
	{regexp.MustCompile(`\b[0-9a-z]{7}-[0-9a-z]{3}\b`), "rrrrrrr-run"},
	{regexp.MustCompile(`\b[0-9a-f]{64}\b`), "DIGEST"},
	{regexp.MustCompile(`\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?Z?`), "TIME"},
	{regexp.MustCompile(`\b\d{1,2} [A-Z][a-z]{2} \d\d:\d\d:\d\d\b`), "DATE"},
	{regexp.MustCompile(`\b\d\d:\d\d:\d\d\.\d{3}\b`), "TIME"},
	{regexp.MustCompile(`\b\d+ (seconds?|minutes?) ago\b`), "just now"},
	{regexp.MustCompile(`\b\d+\.\d\d? s\b`), "0.00 s"},
	{regexp.MustCompile(`  +\d+ MB\b`), "   22 MB"},
	{regexp.MustCompile(`\b\d+ MB\b`), "22 MB"},
	{regexp.MustCompile(`[█▏▎▍▌▋▊▉]+ *`), "#### "},
	{regexp.MustCompile(`"(duration|peak|end|heap_peak)":\d+`), `"$1":0`},
	{regexp.MustCompile(`"how":"[a-z]+"`), `"how":"HOW"`},
	{regexp.MustCompile(`"version":"[^"]+"`), `"version":"VERSION"`},
	{regexp.MustCompile(`\bpid-\d+\b`), "pid-1"},
}

// stable replaces in output what differs from run to run, and from place to place.
func stable(text, work string) string {
	text = strings.ReplaceAll(text, work, "$WORK")
	for _, u := range unstable {
		text = u.what.ReplaceAllString(text, u.as)
	}
	if u, err := user.Current(); err == nil && u.Username != "" {
		text = regexp.MustCompile(`\b(by|"by":"| )`+regexp.QuoteMeta(u.Username)+`\b`).ReplaceAllString(text, "${1}USER")
	}
	return text
}

var blanks = regexp.MustCompile(`(\S)   +`)

// normal is the scripts' command that makes the last output comparable: stdout becomes the file out, stderr the file err. With -squeeze gaps of columns are made equal.
func normal(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 1 || len(args) == 1 && args[0] != "-squeeze" {
		ts.Fatalf("usage: normal [-squeeze]")
	}
	for from, to := range map[string]string{"stdout": "out", "stderr": "err"} {
		text := stable(ts.ReadFile(from), ts.Getenv("WORK"))
		if len(args) == 1 {
			text = blanks.ReplaceAllString(text, "$1   ")
		}
		ts.Check(writeText(ts.MkAbs(to), text))
	}
}
