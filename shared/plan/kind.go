package plan

import (
	"slices"

	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// maxDepth is how many ancestors a record may have.
const maxDepth = 100

// kind is what Diff needs to know of a model, worked out once.
type kind struct {
	index    int // in the order of application
	model    *job.Model
	prefix   string
	flags    record.Flags
	self     bool             // it may contain itself
	parents  bool             // it has child kinds
	child    bool             // it has parent kinds
	referred bool             // attributes refer to it
	deferred bool             // it has deferred attributes
	refers   bool             // it has attributes that refer to others
	refs     []*rule          // those
	folds    bool             // an identifier ignores case
	rules    map[string]*rule // by attribute
	names    []string         // attributes by number
	short    []int            // positions of the shortname in the identifiers; nil: all of them in order
	allows   map[Op]bool      // by the policies of job and model
}

// rule is how one attribute takes part.
type rule struct {
	*job.Attribute
	number   int
	compared bool
	refers   *kind
}

// kinds are the kinds of a job.
type kinds struct {
	job  *job.Job
	list []*kind
	by   map[string]*kind
	last *kind
}

func newKinds(j *job.Job) *kinds {
	ks := &kinds{job: j, by: make(map[string]*kind, len(j.Models))}
	for i, m := range j.Models {
		k := &kind{index: i, model: m, prefix: record.KindPrefix(m.Name), flags: m.Flags, rules: map[string]*rule{}}
		k.allows = map[Op]bool{}
		for _, op := range []Op{Create, Update, Delete} {
			k.allows[op] = j.Policy.Allows(string(op)) && (m.Policy == "" || m.Policy.Allows(string(op)))
		}
		k.allows[Move] = k.allows[Update]
		ks.list = append(ks.list, k)
		ks.by[m.Name] = k
	}
	for _, k := range ks.list {
		ks.link(k)
	}
	return ks
}

// link fills in what a kind knows of others.
func (ks *kinds) link(k *kind) {
	var constants *job.Mapping
	if t := ks.job.Target; t != nil {
		constants = t.Map[k.model.Name]
	}
	for i := range k.model.Attributes {
		a := &k.model.Attributes[i]
		r := &rule{Attribute: a, number: len(k.names), compared: !a.OnCreate}
		if constants != nil {
			if f := constants.Field(a.Name); f != nil && f.Value != nil {
				r.compared = false // a constant on the target is written and not compared
			}
		}
		if a.References != "" {
			if r.refers = ks.by[a.References]; r.refers != nil {
				r.refers.referred = true
				k.refers = true
				k.refs = append(k.refs, r)
			}
		}
		k.deferred = k.deferred || a.Defer
		k.rules[a.Name] = r
		k.names = append(k.names, a.Name)
	}
	for _, p := range k.model.Parents {
		k.child = true
		if pk := ks.by[p.Model]; pk != nil {
			pk.parents = true
			k.self = k.self || pk == k
		}
	}
	for _, a := range k.model.Identifiers {
		k.folds = k.folds || a.IgnoreCase
	}
	for _, s := range k.model.Shortname {
		k.short = append(k.short, slices.IndexFunc(k.model.Identifiers, func(a job.Attribute) bool { return a.Name == s }))
	}
}

// of returns the kind of a key's text; nil where the job has none.
func (ks *kinds) of(key []byte) *kind {
	if k := ks.last; k != nil && len(key) >= len(k.prefix) && string(key[:len(k.prefix)]) == k.prefix {
		return k
	}
	k := ks.by[record.Key(key).Kind()]
	if k != nil {
		ks.last = k
	}
	return k
}

// dropped reports whether a pair is dropped by a flag: DiffSync's checks, in its order. Each drops what hangs below, too. flags are those of the source's and the target's record.
func (ks *kinds) dropped(k *kind, onSource, onTarget bool, flags [2]record.Flags) bool {
	j := ks.job.Flags
	switch {
	case !onTarget && j&job.SkipUnmatchedSrc != 0, !onSource && j&job.SkipUnmatchedDst != 0:
		return true
	case !onTarget && (k.flags|flags[0])&record.SkipUnmatchedSrc != 0:
		return true
	case !onSource && (k.flags|flags[1])&record.SkipUnmatchedDst != 0:
		return true
	}
	return onSource && (k.flags|flags[0])&record.Ignore != 0 || onTarget && (k.flags|flags[1])&record.Ignore != 0
}

// matches reports whether the pair's own record is in its model's scope: the source's where there is one.
func (k *kind) matches(src, dst record.Line) bool {
	if k.model.Where == nil {
		return true
	}
	l := src
	if l == nil {
		l = dst
	}
	return k.model.Where.Match(func(field string) record.Value { return k.field(l, field) })
}

// field returns the value of a field of ours: an identifier, an attribute, or an identifier of the parent.
func (k *kind) field(l record.Line, name string) record.Value {
	if i := slices.IndexFunc(k.model.Identifiers, func(a job.Attribute) bool { return a.Name == name }); i >= 0 {
		return at(l.IDs(), i)
	}
	if v := l.Attrs(nil).Get(name); v != nil || k.rules[name] != nil {
		return v
	}
	if p := l.Parent(); p != "" {
		for _, mp := range k.model.Parents {
			if i := slices.Index(mp.Fields, name); i >= 0 && mp.Model == p.Kind() {
				return at(p.IDs(), i)
			}
		}
	}
	return nil
}

func at(vs []record.Value, i int) record.Value {
	if i < len(vs) {
		return vs[i]
	}
	return nil
}
