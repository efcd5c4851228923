package nautobot

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// customized reports whether the job has custom fields.
func (l *layout) customized() bool {
	return slices.ContainsFunc(l.models, func(m *model) bool {
		return slices.ContainsFunc(slices.Concat(m.fields, m.fixed), func(f *field) bool { return f.cf })
	})
}

// missing says which of the job's custom fields there are not. Where the token may not see them it says nothing; the second error is one of the way to Nautobot.
func (a *system) missing(ctx context.Context, l *layout) (wrong, err error) {
	for again := false; ; again = true {
		var errs []error
		for _, m := range l.models {
			for _, f := range slices.Concat(m.fields, m.fixed) {
				if !f.cf {
					continue
				}
				all, err := a.customFields(ctx)
				if err != nil || all == nil {
					return nil, err
				}
				if !all[f.attr].of(m) {
					errs = append(errs, fmt.Errorf("model %q: field %q: Nautobot has no custom field %q of %s that the token may view", m.Name, f.name, f.attr, m.content))
				}
			}
		}
		if errs == nil || again {
			return fault.Wrap(fault.Invalid, errors.Join(errs...)), nil
		}
		a.known.forget() // it may have been made since
	}
}

// of reports whether a custom field is one of a model's kind. What an app is called may be a guess: then one of that name is.
func (f *customField) of(m *model) bool {
	if f == nil {
		return false
	}
	if f.kinds[m.content] {
		return true
	}
	_, name, _ := strings.Cut(m.content, ".")
	for k := range f.kinds {
		if strings.HasPrefix(m.kind.endpoint, "plugins/") && strings.HasSuffix(k, "."+name) {
			return true
		}
	}
	return false
}

// holds says why a custom field would not hold a value. A nil field is one that there is not: Nautobot would ignore what is written into it.
func (f *customField) holds(key, content string, v record.Value) []string {
	say := func(format string, args ...any) []string {
		return []string{"cf." + key + ": " + fmt.Sprintf(format, args...)}
	}
	switch {
	case f == nil:
		return say("Nautobot has no custom field of that key; it would be ignored")
	case !f.kinds[content]:
		return say("the custom field is not one of %s; it would be ignored", content)
	case v.IsNull():
		if f.required {
			return say("Nautobot requires it")
		}
		return nil
	}
	s, isText := v.Text()
	switch f.typ {
	case "integer":
		if v[0] != '-' && (v[0] < '0' || v[0] > '9') || bytes.ContainsAny(v, ".e") {
			return say("want a whole number, got %s", shortened(string(v)))
		}
		n, ok := v.Int64()
		if !ok {
			return nil // longer than a limit could be
		}
		if low, ok := f.min.Int64(); ok && n < low {
			return say("%d is below %d, the least it takes", n, low)
		}
		if high, ok := f.max.Int64(); ok && n > high {
			return say("%d is above %d, the most it takes", n, high)
		}
	case "boolean":
		if _, ok := v.Bool(); !ok {
			return say("want true or false, got %s", shortened(string(v)))
		}
	case "date":
		if _, err := time.Parse(time.DateOnly, s); err != nil {
			return say("want a date such as 2026-01-31, got %s", shortened(string(v)))
		}
	case "select":
		if !isText || f.choices != nil && !slices.Contains(f.choices, s) {
			return say("%s is none of its choices: %v", shortened(string(v)), f.choices)
		}
	case "multi-select":
		if v[0] != '[' {
			return say("want a list of choices, got %s", shortened(string(v)))
		}
		for _, e := range v.Elements() {
			if f.choices != nil && !slices.Contains(f.choices, text(e)) {
				return say("%s is none of its choices: %v", shortened(string(e)), f.choices)
			}
		}
	case "json":
	default:
		if !isText {
			return say("want a text, got %s", shortened(string(v)))
		}
		if f.regex == "" {
			return nil
		}
		if re, err := regexp.Compile(f.regex); err == nil && !re.MatchString(s) {
			return say("%s does not match %s", shortened(string(v)), f.regex)
		}
	}
	return nil
}
