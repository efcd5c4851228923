package job

import (
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/plumbline-sync/plumbline/shared/secret"
)

// secretText reads an option that is a secret. Without a reference it is refused, unless the option may be an address in clear; a password within is refused by clear.
func (r *reader) secretText(n *node, path string, to *secret.Text, mayBeClear bool) (pending bool) {
	if n.shape != shapeText {
		switch {
		case n.shape < shapeList:
			r.problem(n.place, path, "a secret in clear; write a reference to it, in quotes: \"${env:NAME}\"")
		case looksReference(n):
			r.problem(n.place, path, "want a text, got a mapping; a reference needs quotes: \"${env:NAME}\"")
		default:
			r.problem(n.place, path, "want a text, got %s", n)
		}
		return false
	}
	r.refs = slices.DeleteFunc(r.refs, func(x reference) bool { return x.n == n })
	if n.pending {
		if t, err := secret.Unfilled(n.text); err == nil {
			*to = t
		}
		return true
	}
	t, err := secret.Parse(n.text)
	if err != nil {
		r.problem(n.place, path, "%s", err)
		return false
	}
	if len(t.Refs()) == 0 && n.text != "" && !mayBeClear && !strings.Contains(n.text, "://") {
		r.problem(n.place, path, "a secret in clear; write a reference to it, in quotes: \"${env:NAME}\"")
		return false
	}
	*to = t
	return false
}

// reference is a text with a reference to a secret, and its path.
type reference struct {
	n    *node
	path string
}

func holdsSecret(s string) bool {
	for _, m := range anyRef().FindAllStringSubmatch(s, -1) {
		if slices.Contains(secret.Kinds(), m[1]) {
			return true
		}
	}
	return false
}

// unused reports references where nothing resolves them, but for those below what is wrong already.
func (r *reader) unused() {
	known := slices.Clone(r.found.List)
	for _, x := range r.refs {
		if !slices.ContainsFunc(known, func(p Problem) bool { return p.Path == x.path || p.Path != "" && strings.HasPrefix(x.path, p.Path+".") }) {
			r.problem(x.n.place, x.path, "no secret is filled in here; references to secrets may stand only in those options that are secrets")
		}
	}
}

// looksReference reports whether a mapping is what YAML made of a reference without quotes.
func looksReference(n *node) bool {
	for _, k := range append(secret.Kinds(), "var") {
		for _, e := range n.entries {
			if e.key == k || strings.HasPrefix(e.key, k+":") {
				return true
			}
		}
	}
	return false
}

var (
	userinfo = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`://([^/?#\s]*)@`) })
	keyword  = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`(?i)(?:^|[?&;\s])(?:password|passwd|pwd|token|api_?key|secret)=([^&;\s]+)`)
	})
	anyRef = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\$\{(\w+):[^}]*\}`) })
)

// clear reports passwords in clear within any text of a side, and references where nothing resolves them.
func (r *reader) clear(n *node, path string) {
	seen := map[*node]bool{}
	var walk func(n *node, path string)
	walk = func(n *node, path string) {
		if n.shape == shapeText && !seen[n] {
			seen[n] = true
			if inClear(n.text) {
				r.problem(n.place, path, "a password in clear; write a reference in its place, and all in quotes: \"..${env:NAME}..\"")
			}
		}
		for _, c := range n.items {
			walk(c, path)
		}
		for _, e := range n.entries {
			walk(e.val, dot(path, e.key))
		}
	}
	walk(n, path)
}

// Written returns the addresses among a side's options (its Config) as the file has them, references and variables as they are, by their keys.
// One that has a part of a password beside its references is not among them.
func Written(config any) map[string]string {
	all := map[string]string{}
	for _, o := range optionsOf(config) {
		t, ok := reflect.TypeAssert[secret.Text](o.val)
		if ok && o.field.Tag.Get("clear") == "true" && !inClear(anyRef().ReplaceAllString(t.Reference(), "")) {
			all[o.name] = t.Reference()
		}
	}
	return all
}

// inClear reports whether a text is an address, or a list of keywords, with a password that is no reference.
func inClear(s string) bool {
	s = anyRef().ReplaceAllString(s, "$$")
	if m := userinfo().FindStringSubmatch(s); m != nil {
		if _, pw, ok := strings.Cut(m[1], ":"); ok && strings.Trim(pw, "$") != "" && !strings.Contains(pw, "$") {
			return true
		}
	}
	m := keyword().FindStringSubmatch(s)
	return m != nil && !strings.Contains(m[1], "$")
}
