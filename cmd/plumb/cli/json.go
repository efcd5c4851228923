package cli

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// outputs are the forms that -o names; the diffsync forms only where a plan is shown.
var outputs = []string{"text", "json", "diffsync-dict", "diffsync-str", "diffsync-summary"} // read only

func checkOutput(c *cobra.Command, o string) error {
	if !slices.Contains(outputs, o) {
		return usage("-o %q: want one of %s", o, strings.Join(outputs, ", "))
	}
	if strings.HasPrefix(o, "diffsync-") && c.Name() != "plan" && c.Name() != "show" {
		return usage("-o %s is a form of plans: use it with plan, or show RUN changes", o)
	}
	return nil
}

// json writes one line: the object with a leading "type" that says what it is.
func (a *app) json(kind string, v any) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return err
	}
	line := bytes.TrimSpace(b.Bytes())
	out := append([]byte(`{"type":"`+kind+`"`), ',')
	if len(line) == 2 { // {}
		out = out[:len(out)-1]
	}
	out = append(append(out, line[1:]...), '\n')
	_, err := a.out.Write(out)
	return err
}

// plainJSON writes a value as one line, as a form of another tool wants it.
func (a *app) plainJSON(v any) error { return json.NewEncoder(a.out).Encode(v) }
