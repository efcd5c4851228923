package cli

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/spf13/cobra"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
)

// option is one option of an adapter, as its config type says.
type option struct {
	Name     string `json:"name"`
	Type     string `json:"type"`
	Default  string `json:"default,omitempty"`
	Required bool   `json:"required,omitempty"`
	Doc      string `json:"doc"`
}

// adapterView is an adapter with every option it takes.
type adapterView struct {
	Name      string   `json:"name"`
	Title     string   `json:"title"`
	Target    bool     `json:"target"`
	Options   []option `json:"options"`
	Model     []option `json:"model_options"`
	FieldKeys []string `json:"field_keys,omitempty"`
}

func (a *app) adaptersCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "adapters [NAME]",
		Short: "List the adapters and every option that they take",
		Long:  "adapters prints each adapter, whether it writes, and its options: of a side, and of map: MODEL:.\n" + exitHelp(exitDone, exitUsage),
		Args:  args(0, 1, "at most one NAME"),
		RunE: func(_ *cobra.Command, as []string) error {
			names := a.registry.Names()
			if len(as) == 1 {
				if a.registry.Get(as[0]) == nil {
					return fault.Errorf(fault.NotFound, "no adapter %q; there are %s", as[0], strings.Join(names, ", "))
				}
				names = as
			}
			for i, n := range names {
				if err := a.showAdapter(viewOf(a.registry.Get(n)), i > 0); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

func viewOf(t *adapter.Type) adapterView {
	v := adapterView{Name: t.Name, Title: t.Title, Target: t.Target, FieldKeys: t.FieldKeys}
	if t.Config != nil {
		v.Options = optionsOf(t.Config())
	}
	if t.ModelConfig != nil {
		v.Model = optionsOf(t.ModelConfig())
	}
	return v
}

// optionsOf reads the options off a config struct: names, types, defaults and docs.
func optionsOf(config any) []option {
	v := reflect.Indirect(reflect.ValueOf(config))
	var out []option
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if f.Anonymous {
			out = append(out, optionsOf(v.Field(i).Interface())...)
			continue
		}
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if !f.IsExported() || name == "-" || name == "" {
			continue
		}
		o := option{Name: name, Type: typeOf(f.Type), Doc: f.Tag.Get("doc"), Required: f.Tag.Get("required") == "true"}
		if !v.Field(i).IsZero() {
			o.Default = fmt.Sprint(v.Field(i).Interface())
		}
		out = append(out, o)
	}
	return out
}

func typeOf(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Pointer:
		return typeOf(t.Elem())
	case reflect.Bool:
		return "boolean"
	case reflect.Int, reflect.Int64, reflect.Int32:
		if t.Name() == "Duration" {
			return "duration"
		}
		return "integer"
	case reflect.Float64:
		return "number"
	case reflect.Slice:
		return "list of " + typeOf(t.Elem())
	case reflect.Map:
		return "map"
	}
	return "text"
}

func (a *app) showAdapter(v adapterView, again bool) error {
	if a.output == "json" {
		return a.json("adapter", v)
	}
	if again {
		fmt.Fprintln(a.out)
	}
	what := "source"
	if v.Target {
		what = "source and target"
	}
	fmt.Fprintf(a.out, "%s   %s (%s)\n", a.paint.strong(v.Name), v.Title, what)
	for _, group := range []struct {
		head string
		of   []option
	}{{"", v.Options}, {"  map: MODEL:", v.Model}} {
		if len(group.of) > 0 && group.head != "" {
			fmt.Fprintln(a.out, group.head)
		}
		name, kind := 0, 0
		for _, o := range group.of {
			name, kind = max(name, len(o.Name)), max(kind, len(o.Type))
		}
		var rows [][]string
		for _, o := range group.of {
			doc := o.Doc
			switch {
			case o.Required:
				doc += " (required)"
			case o.Default != "":
				doc += " (default " + o.Default + ")"
			}
			first, second := o.Name, o.Type
			for _, line := range wrapped(doc, max(a.width()-name-kind-10, 20)) {
				rows = append(rows, []string{first, second, line})
				first, second = "", ""
			}
		}
		indent(a.out, rows)
	}
	if len(v.FieldKeys) > 0 {
		fmt.Fprintf(a.out, "  fields: also %s\n", strings.Join(v.FieldKeys, ", "))
	}
	return nil
}
