package load

import (
	"fmt"
	"strings"

	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// findParent appends the key of the record's parent to dst; nothing where it has none.
func (k *kind) findParent(dst []byte) []byte {
	var found *parent
	for i := range k.parents {
		p := &k.parents[i]
		if !k.hasParent(p) {
			continue
		}
		if found != nil {
			k.trouble = append(k.trouble, fmt.Sprintf("it has two parents, %s and %s; at most one may be set", found, p))
			continue
		}
		found = p
	}
	if found == nil {
		return dst
	}
	return record.AppendKey(dst, found.kind, found.ids...)
}

// hasParent reports whether the record names a parent of the kind: all its fields are set. Where some are and some are not it is trouble, unless those that are serve something else too.
func (k *kind) hasParent(p *parent) bool {
	set, alone, missing := 0, -1, -1
	for i, s := range p.slots {
		v := k.values[s]
		if len(v) == 0 || string(v) == record.Null {
			if k.bad[s] {
				return false
			}
			missing = s
			continue
		}
		set++
		if !k.shared[s] {
			alone = s
		}
		c, err := v, error(nil)
		if t := p.types[i]; t != "" && !fits(v, t) {
			c, err = job.Convert(v, t)
		}
		if err != nil {
			k.trouble = append(k.trouble, fmt.Sprintf("%s: parent %s: %v", k.mapping.Label(s), p.kind, err))
			return false
		}
		if p.folds[i] {
			c = job.Fold(c)
		}
		p.ids[i] = c
	}
	if set == len(p.slots) {
		return true
	}
	if alone >= 0 {
		k.trouble = append(k.trouble, fmt.Sprintf("parent %s: %s is set but %s is not", p.kind, k.mapping.Label(alone), k.mapping.Label(missing)))
	}
	return false
}

// String names the parent for people.
func (p *parent) String() string { return p.kind + " " + people(p.ids) }

// people joins identifiers for people, as far as they are known.
func people(ids []record.Value) string {
	var ss []string
	for _, v := range ids {
		if len(v) > 0 && string(v) != record.Null && string(v) != "{}" {
			ss = append(ss, short(v.String()))
		}
	}
	return strings.Join(ss, " ")
}

// short cuts a long text.
func short(s string) string {
	if len(s) > 200 {
		return strings.ToValidUTF8(s[:200], "") + "..."
	}
	return s
}
