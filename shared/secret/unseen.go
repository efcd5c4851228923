package secret

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"reflect"
	"slices"
	"strings"
)

// Unseen returns the resolver of who has to know what a config names and may not read its secrets: r for ${env:NAME}; for all other references a stand-in, the same for the same reference.
// It begins as the reference does, and is of lower-case letters, digits and dashes, so that it can stand in any address.
func Unseen(r Resolver) Resolver { return unseen{r} }

type unseen struct{ Resolver }

var _ Resolver = unseen{}

// Resolve implements Resolver.
func (u unseen) Resolve(ctx context.Context, kind, name string) (string, error) {
	if kind == "env" {
		return u.Resolver.Resolve(ctx, kind, name)
	}
	sum := sha256.Sum256([]byte(name))
	plain := strings.FieldsFunc(strings.ToLower(name), func(c rune) bool { return (c < 'a' || c > 'z') && (c < '0' || c > '9') })
	s := kind + "-" + strings.Join(plain, "-")
	return s[:min(len(s), 40)] + "-" + hex.EncodeToString(sum[:4]), nil
}

// Kept returns the references in config that are kept elsewhere than in the environment, each once, in the order in which they are met; nil: there are none.
func Kept(config any) []Ref {
	var refs []Ref
	w := walker{visit: func(t *Text) {
		for _, p := range t.content().parts {
			if p.ref.Kind != "" && p.ref.Kind != "env" && !slices.Contains(refs, p.ref) {
				refs = append(refs, p.ref)
			}
		}
	}}
	if config != nil {
		w.walk("", reflect.ValueOf(config))
	}
	return refs
}
