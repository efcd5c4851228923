package nautobot

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// rules are what REST says of the attributes of a kind to who may create its objects.
type rules struct {
	attrs map[string]*attrRule
}

// attrRule is what REST says of one attribute.
type attrRule struct {
	typ                string // string, integer, boolean, field (a choice or a reference), datetime ..
	required, readOnly bool
	maxLength          int64          // 0: none
	choices            []record.Value // texts or whole numbers; nil: no choice
}

// rulesOf returns the rules of a kind; nil where the token may not create objects of it.
func (a *system) rulesOf(ctx context.Context, m *model) (*rules, error) {
	r, err := a.rulesAt(ctx, m.kind.endpoint)
	if err != nil {
		return nil, fmt.Errorf("model %q: %w", m.Name, err)
	}
	return r, nil
}

// rulesAt returns the rules of an endpoint's kind, as rulesOf does.
func (a *system) rulesAt(ctx context.Context, endpoint string) (*rules, error) {
	k := a.known
	k.mu.Lock()
	r, ok := k.rules[endpoint]
	k.mu.Unlock()
	if ok {
		return r, nil
	}
	ans, err := a.client.read(ctx, http.MethodOptions, endpoint, nil, nil)
	if err != nil {
		return nil, err
	}
	post := ans.value.Members().Get("actions").Members().Get("POST")
	if len(post) > 0 && post[0] == '{' {
		r = &rules{attrs: map[string]*attrRule{}}
		for _, f := range post.Members() {
			r.attrs[f.Name] = readRule(f.Value.Members())
		}
		k.schema.teach(endpoint, r)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.rules[endpoint] = r
	return r, nil
}

func readRule(f record.Fields) *attrRule {
	r := &attrRule{typ: text(f.Get("type"))}
	r.required, _ = f.Get("required").Bool()
	r.readOnly, _ = f.Get("read_only").Bool()
	if n := f.Get("max_length"); n != nil {
		r.maxLength, _ = n.Int64()
	}
	for _, c := range f.Get("choices").Elements() {
		if v := c.Members().Get("value"); chosen(v) != "" {
			r.choices = append(r.choices, clone(v))
		}
	}
	return r
}

// chooses reports whether a value is one of the choices, or a list of them. REST takes a number's digits for the number.
func (r *attrRule) chooses(v record.Value) bool {
	if v[0] == '[' {
		return !slices.ContainsFunc(v.Elements(), func(e record.Value) bool { return !r.chooses(e) })
	}
	return slices.ContainsFunc(r.choices, func(c record.Value) bool { return string(c) == string(v) || string(c) == text(v) })
}

// customField is the definition of a custom field.
type customField struct {
	key, typ, regex string
	required        bool
	min, max        record.Value // nil or null: none
	kinds           map[string]bool
	choices         []string // nil: not a choice, or not known
}

// customFields returns the definitions, by key; nil where the token may not see them.
func (a *system) customFields(ctx context.Context) (map[string]*customField, error) {
	k := a.known
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.fields != nil || k.hidden {
		return k.fields, nil
	}
	all := map[string]*customField{}
	err := a.client.each(ctx, "extras/custom-fields", func(v record.Fields) {
		f := &customField{key: text(v.Get("key")), typ: text(v.Get("type").Members().Get("value")), regex: text(v.Get("validation_regex")), kinds: map[string]bool{}}
		f.required, _ = v.Get("required").Bool()
		f.min, f.max = clone(v.Get("validation_minimum")), clone(v.Get("validation_maximum"))
		for _, c := range v.Get("content_types").Elements() {
			f.kinds[text(c)] = true
		}
		all[f.key] = f
	})
	if fault.Is(err, fault.Denied) {
		k.hidden = true
		a.setup.Log.Warn("the token may not see custom fields: neither whether there are those of the job nor what is written into them is checked")
		return nil, nil //nolint:nilnil // not known, and that is no error
	}
	if err != nil {
		return nil, err
	}
	err = a.client.each(ctx, "extras/custom-field-choices", func(v record.Fields) {
		of := v.Get("custom_field").Members()
		for _, f := range all {
			if text(of.Get("key")) == f.key || text(of.Get("display")) == f.key {
				f.choices = append(f.choices, text(v.Get("value")))
			}
		}
	})
	if err != nil && !fault.Is(err, fault.Denied) {
		return nil, err
	}
	k.fields = all
	return all, nil
}

func clone(v record.Value) record.Value { return append(record.Value(nil), v...) }

// each calls fn for every object of a small kind, as REST shows it with what it refers to.
func (c *client) each(ctx context.Context, endpoint string, fn func(record.Fields)) error {
	for offset := 0; ; {
		a, err := c.read(ctx, http.MethodGet, endpoint, url.Values{"limit": {"1000"}, "offset": {fmt.Sprint(offset)}, "depth": {"1"}}, nil)
		if err != nil {
			return err
		}
		rs := a.value.Members().Get("results").Elements()
		for _, r := range rs {
			fn(r.Members())
		}
		if offset += len(rs); len(rs) == 0 || a.value.Members().Get("next").IsNull() {
			return nil
		}
	}
}
