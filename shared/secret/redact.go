package secret

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// Redactor replaces secrets that turn up in texts for people. A nil Redactor changes nothing. It is safe for use by several goroutines.
type Redactor struct{ secrets []string }

// shortest is the length from which on a secret is replaced: a shorter one stands in ordinary words, and replacing it would tell more than it hides.
const shortest = 4

// Text returns s with each secret in it, also where it is quoted or escaped for a URL, replaced by Hidden.
func (r *Redactor) Text(s string) string {
	if r == nil {
		return s
	}
	for _, x := range r.secrets {
		if strings.Contains(s, x) {
			s = strings.ReplaceAll(s, x, Hidden)
		}
	}
	return s
}

// Error returns an error that reads as err with the secrets replaced and wraps it, so that its code stays; err itself where it holds none, nil for nil.
func (r *Redactor) Error(err error) error {
	if err == nil || r == nil {
		return err
	}
	s := err.Error()
	if clean := r.Text(s); clean != s {
		return &redacted{text: clean, err: err}
	}
	return err
}

// And returns a redactor of the secrets of both.
func (r *Redactor) And(o *Redactor) *Redactor {
	var both Redactor
	for _, x := range []*Redactor{r, o} {
		if x != nil {
			both.secrets = append(both.secrets, x.secrets...)
		}
	}
	return both.sorted()
}

type redacted struct {
	text string
	err  error
}

func (e *redacted) Error() string { return e.text }
func (e *redacted) Unwrap() error { return e.err }

// add notes a secret in the spellings in which it turns up; of one that is an address the password alone, too.
func (r *Redactor) add(secret string) {
	if secret == "" {
		return
	}
	r.spellings(secret)
	if u, err := url.Parse(secret); err == nil && u.User != nil {
		if p, ok := u.User.Password(); ok {
			r.spellings(p)
		}
	}
}

func (r *Redactor) spellings(secret string) {
	quoted := fmt.Sprintf("%q", secret)
	js, _ := json.Marshal(secret) // a string always marshals
	for _, s := range []string{secret, quoted[1 : len(quoted)-1], string(js[1 : len(js)-1]), url.QueryEscape(secret), url.PathEscape(secret), url.UserPassword("", secret).String()[1:]} {
		if len(s) >= shortest {
			r.secrets = append(r.secrets, s)
		}
	}
}

// sorted puts the longest first, so that one secret inside another does not leave the rest of it standing.
func (r *Redactor) sorted() *Redactor {
	slices.SortFunc(r.secrets, func(a, b string) int {
		if len(a) != len(b) {
			return len(b) - len(a)
		}
		return strings.Compare(a, b)
	})
	r.secrets = slices.Compact(r.secrets)
	return r
}
