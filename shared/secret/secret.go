// Package secret holds references to secrets: resolved late, printed never.
package secret

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"github.com/plumbline-sync/plumbline/shared/fault"
)

// Hidden is what stands in the place of a secret wherever one would be printed.
const Hidden = "**redacted**"

// Text is a text of a job file that may hold references to secrets: ${env:NAME}, ${ssm:NAME}, ${secret:NAME}, alone or inside a longer text
// (postgres://app:${env:PW}@db/x). It prints as Hidden in fmt, JSON and slog; only Reveal gives what it stands for. The zero Text is empty.
type Text struct {
	c *content // behind a pointer fmt does not look where it is a field that is not exported; nil: empty
}

// content is never changed once a Text has it.
type content struct {
	text     string
	parts    []part
	resolved bool
}

// part is a piece of a text: a literal where Kind is empty, else a reference with what it resolved to.
type part struct {
	ref    Ref
	text   string
	secret string
}

// Ref is one reference to a secret.
type Ref struct {
	Kind string // "env", "ssm" or "secret"; "var" in what is Unfilled
	Name string
}

// String returns the reference as a job file has it.
func (r Ref) String() string { return "${" + r.Kind + ":" + r.Name + "}" }

// Parse returns the text with its references, still unresolved. A reference that is not closed, not named or of an unknown kind is an error (Invalid).
func Parse(text string) (Text, error) {
	return parse(text, Kinds())
}

// Unfilled is Parse for a text that holds variables of its job, ${var:NAME}, which are not filled in yet: they are references too, which nothing resolves.
func Unfilled(text string) (Text, error) {
	return parse(text, append(Kinds(), variable))
}

func parse(text string, kinds []string) (Text, error) {
	parts, err := split(text, kinds)
	if err != nil || text == "" {
		return Text{}, err
	}
	return Text{&content{text: text, parts: parts}}, nil
}

// Clear returns a Text that stands for exactly the text, which holds no references. It is for tests and defaults.
func Clear(text string) Text {
	if text == "" {
		return Text{}
	}
	return Text{&content{text: text, parts: []part{{text: text}}}}
}

// Reference returns the text as the job file has it, references unresolved. It may be shown only where Refs is not empty and the text around them is no secret.
func (t Text) Reference() string { return t.content().text }

func (t Text) content() *content {
	if t.c == nil {
		return &content{}
	}
	return t.c
}

// Refs returns the references in the text, in order; nil: there are none.
func (t Text) Refs() []Ref {
	var rs []Ref
	for _, p := range t.content().parts {
		if p.ref.Kind != "" {
			rs = append(rs, p.ref)
		}
	}
	return rs
}

// IsZero reports whether the text is empty, as it is where a job file leaves it out.
func (t Text) IsZero() bool { return t.c == nil }

// Equal reports whether both have the same text in the job file, whether resolved or not.
func (t Text) Equal(o Text) bool { return t.Reference() == o.Reference() }

// Reveal returns the text with the secrets in it. While references in it are unresolved that is an error (Internal).
func (t Text) Reveal() (string, error) {
	var b strings.Builder
	for _, p := range t.content().parts {
		switch {
		case p.ref.Kind == "":
			b.WriteString(p.text)
		case t.c.resolved:
			b.WriteString(p.secret)
		default:
			return "", fault.Errorf(fault.Internal, "reveal %s: not resolved yet", p.ref)
		}
	}
	return b.String(), nil
}

// UnmarshalJSON reads the text from a JSON string, as Parse does.
func (t *Text) UnmarshalJSON(b []byte) error {
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		return fault.Errorf(fault.Invalid, "want a text")
	}
	p, err := Parse(s)
	if err != nil {
		return err
	}
	*t = p
	return nil
}

// MarshalJSON returns Hidden, "" for an empty text.
func (t Text) MarshalJSON() ([]byte, error) { return json.Marshal(t.String()) }

// String returns Hidden, "" for an empty text.
func (t Text) String() string {
	if t.IsZero() {
		return ""
	}
	return Hidden
}

// Format implements fmt.Formatter: whatever the verb, what is printed is Hidden.
func (t Text) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, t.String()) }

// GoString returns Hidden.
func (t Text) GoString() string { return t.String() }

// LogValue returns Hidden.
func (t Text) LogValue() slog.Value { return slog.StringValue(t.String()) }
