package secret_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/secret"
)

func text(t *testing.T, s string) secret.Text {
	t.Helper()
	x, err := secret.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func TestParse(t *testing.T) {
	x := text(t, "postgres://app:${env:PW}@${ssm:/db/host}/x?${secret:a:b/c}")
	want := []secret.Ref{{Kind: "env", Name: "PW"}, {Kind: "ssm", Name: "/db/host"}, {Kind: "secret", Name: "a:b/c"}}
	if d := cmp.Diff(want, x.Refs()); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if _, err := x.Reveal(); fault.Of(err) != fault.Internal {
		t.Errorf("unresolved: %v", err)
	}
	for _, s := range []string{"${env:X", "${X}", "${vault:X}", "${env:}", "${env: X}", "${}", "a ${env:A} ${", "${env:a\nb}"} {
		if _, err := secret.Parse(s); fault.Of(err) != fault.Invalid {
			t.Errorf("%q: %v", s, err)
		}
	}
	for _, s := range []string{"", "a", "$", "$env", "a}b{c", "$${env:X}"} {
		if _, err := secret.Parse(s); err != nil {
			t.Errorf("%q: %v", s, err)
		}
	}
	if s, err := secret.Clear("a${env:X}").Reveal(); s != "a${env:X}" || err != nil {
		t.Errorf("clear: %q, %v", s, err)
	}
}

type config struct {
	Name  string
	URL   secret.Text            `json:"url"`
	List  []secret.Text          `json:"list"`
	Map   map[string]secret.Text `json:"map"`
	Deep  *inner                 `json:"deep"`
	Any   any                    `json:"any"`
	inner secret.Text
	Embedded
}

type inner struct {
	Token secret.Text `json:"token"`
}

// Embedded is a part of a config.
type Embedded struct {
	More secret.Text `json:"more"`
}

func newConfig(t *testing.T) *config {
	return &config{
		URL: text(t, "db://a:${env:PLUMB_TEST_PW}@h/"), List: []secret.Text{text(t, "${env:PLUMB_TEST_A}"), {}}, Map: map[string]secret.Text{"x": text(t, "x${env:PLUMB_TEST_A}")},
		Deep: &inner{Token: text(t, "${env:PLUMB_TEST_URL}")}, Any: inner{}, Embedded: Embedded{More: secret.Clear("clear")},
	}
}

func TestResolveAll(t *testing.T) {
	t.Setenv("PLUMB_TEST_PW", `hunter2 "&/`)
	t.Setenv("PLUMB_TEST_A", "abc")
	t.Setenv("PLUMB_TEST_URL", "https://u:passw0rd@host/")
	c := newConfig(t)
	before := c.URL // a copy, as another reader of the same job has it
	red, err := secret.ResolveAll(context.Background(), secret.Env(), c)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		text secret.Text
		want string
	}{{c.URL, `db://a:hunter2 "&/@h/`}, {c.List[0], "abc"}, {c.List[1], ""}, {c.Map["x"], "xabc"}, {c.Deep.Token, "https://u:passw0rd@host/"}, {c.More, "clear"}} {
		if got, err := x.text.Reveal(); got != x.want || err != nil {
			t.Errorf("got %q, %v, want %q", got, err, x.want)
		}
	}
	if _, err := before.Reveal(); err == nil {
		t.Error("a copy was resolved, too")
	}
	if again, err := secret.ResolveAll(context.Background(), none{}, c); err != nil || again.Text("passw0rd") != secret.Hidden {
		t.Errorf("a second time: %v", err)
	}
	for in, want := range map[string]string{
		`password hunter2 "&/ wrong`:            `password **redacted** wrong`,
		`"password hunter2 \"&/ wrong"`:         `"password **redacted** wrong"`,
		`a=hunter2+%22%26%2F&b`:                 `a=**redacted**&b`,
		`a:hunter2%20%22&%2F@h`:                 `a:**redacted**@h`,
		`get https://u:passw0rd@host/: refused`: `get **redacted**: refused`,
		`login u with passw0rd`:                 `login u with **redacted**`,
		`abc is too short to hide`:              `abc is too short to hide`,
		``:                                      ``,
	} {
		if got := red.Text(in); got != want {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
	}
	plain := fault.Errorf(fault.Denied, "login as u: no")
	if got := red.Error(plain); !errors.Is(got, plain) || got.Error() != plain.Error() {
		t.Errorf("an error without secrets: %v", got)
	}
	got := red.Error(fmt.Errorf("dial: %w", fault.Errorf(fault.Denied, "passw0rd is wrong")))
	if got.Error() != "dial: **redacted** is wrong" || fault.Of(got) != fault.Denied {
		t.Errorf("got %v, %s", got, fault.Of(got))
	}
	if red.Error(nil) != nil || (*secret.Redactor)(nil).Text("x") != "x" || (*secret.Redactor)(nil).Error(plain) == nil {
		t.Error("nothing to do")
	}
	if both := red.And(nil); both.Text("passw0rd") != secret.Hidden {
		t.Error("and")
	}
}

type none struct{}

func (none) Resolve(context.Context, string, string) (string, error) { return "", errors.New("asked") }

func TestResolveAllReportsAll(t *testing.T) {
	t.Setenv("PLUMB_TEST_PW", "x")
	_, err := secret.ResolveAll(context.Background(), secret.Env(), &struct {
		A secret.Text            `json:"a"`
		B []secret.Text          `json:"b"`
		C map[string]secret.Text `json:"c"`
	}{text(t, "${env:PLUMB_TEST_NONE}"), []secret.Text{text(t, "${ssm:/x}")}, map[string]secret.Text{"k": text(t, "${env:PLUMB_TEST_PW}")}})
	want := `a: environment variable "PLUMB_TEST_NONE" is not set
b[0]: resolve ${ssm:/x}: references of kind "ssm" are read from AWS; here only ${env:NAME} is`
	if err == nil || err.Error() != want || fault.Of(err) != fault.NotFound {
		t.Errorf("got %v (%s)", err, fault.Of(err))
	}
	if _, err := secret.ResolveAll(context.Background(), secret.Env(), nil); err != nil {
		t.Errorf("no config: %v", err)
	}
}

// However it is printed, a secret does not show.
func TestNeverPrinted(t *testing.T) {
	t.Setenv("PLUMB_TEST_PW", "hunter22")
	t.Setenv("PLUMB_TEST_A", "hunter22")
	t.Setenv("PLUMB_TEST_URL", "hunter22")
	c := newConfig(t)
	c.inner = c.URL
	if _, err := secret.ResolveAll(context.Background(), secret.Env(), c); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%v %+v %s %q %x %d\n", any(c.URL), c.URL, c.URL, c.URL, c.URL, c.URL)
	fmt.Fprintf(&b, "%v %+v %#v\n", *c, *c, *c)
	fmt.Fprintf(&b, "%#v %v %#v\n", c.URL, &c.URL, &c.URL)
	js, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	b.Write(js)
	slog.New(slog.NewTextHandler(&b, nil)).Info("x", "a", c.URL, "b", c, "c", c.Map)
	slog.New(slog.NewJSONHandler(&b, nil)).Info("x", "a", c.URL, "b", c, "c", c.Map)
	for _, s := range []string{"hunter22", "68756e746572", "104 117 110"} {
		if strings.Contains(b.String(), s) {
			t.Errorf("%s shows in %s", s, b.String())
		}
	}
	if got := c.URL.String(); got != secret.Hidden {
		t.Errorf("got %q", got)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"", "a${env:X}b", "${", "${env:X", "${x:y}", "$${env:X}}"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		x, err := secret.Parse(s)
		if err != nil {
			return
		}
		rest := s
		for _, r := range x.Refs() {
			_, after, ok := strings.Cut(rest, r.String())
			if !ok {
				t.Fatalf("%q: no %s", s, r)
			}
			rest = after
		}
		if got, err := x.Reveal(); len(x.Refs()) == 0 && (got != s || err != nil) {
			t.Fatalf("%q: %q, %v", s, got, err)
		}
	})
}

// TestUnfilled: variables of a job stand in a text as references do, and nothing resolves them.
func TestUnfilled(t *testing.T) {
	x, err := secret.Unfilled("postgres://app:${env:PW}@${var:host}/x")
	if d := cmp.Diff([]secret.Ref{{Kind: "env", Name: "PW"}, {Kind: "var", Name: "host"}}, x.Refs()); d != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, d)
	}
	t.Setenv("PW", "hunter2")
	c := config{URL: x}
	if _, err := secret.ResolveAll(t.Context(), secret.Env(), &c); fault.Of(err) != fault.Invalid || !strings.Contains(err.Error(), `url: variable "host" has no value`) {
		t.Errorf("resolved: %v", err)
	}
	if _, err := c.URL.Reveal(); err == nil {
		t.Error("it stands for something")
	}
	if _, err := secret.Parse("${var:host}"); fault.Of(err) != fault.Invalid {
		t.Errorf("where variables are filled in: %v", err)
	}
}
