package apply

import (
	"context"
	"strings"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/apply/journal"
	"github.com/plumbline-sync/plumbline/shared/plan"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// known is what is known of a record of the target that a change refers to.
type known struct {
	ids     []record.Value // in its own spelling
	local   record.Fields
	created bool // by this plan
}

// related looks up the local values of parents and references: in the journal's results, then in the target as it was loaded last. It is used by one goroutine.
type related struct {
	e     *engine
	fresh cursor // nil where there is none
	snap  cursor
	cache map[record.Key]known
}

// cached is how many records are remembered; what hangs below one record, or refers to it, stands together more often than not.
const cached = 512

func newRelated(e *engine, fresh, snap cursor) *related {
	return &related{e: e, fresh: fresh, snap: snap, cache: map[record.Key]known{}}
}

// forget empties the cache; at a barrier records may have new local values.
func (r *related) forget() { clear(r.cache) }

// find returns what is known of a record.
func (r *related) find(ctx context.Context, key record.Key) (known, error) {
	if k, ok := r.cache[key]; ok {
		return k, nil
	}
	k, err := r.look(ctx, key)
	if err != nil {
		return known{}, err
	}
	if len(r.cache) >= cached {
		r.forget()
	}
	r.cache[key] = k
	return k, nil
}

func (r *related) look(ctx context.Context, key record.Key) (known, error) {
	s, ok, err := r.e.local(key)
	if err != nil {
		return known{}, err
	}
	k := known{ids: key.IDs(), created: ok && s.created}
	if ok && s.ids != "" {
		k.ids = s.ids.IDs()
	}
	if ok && s.own {
		k.local = s.local
		return k, nil
	}
	for _, c := range []cursor{r.fresh, r.snap} {
		if c == nil {
			continue
		}
		line, found, err := c.Find(ctx, key)
		if err != nil {
			return known{}, err
		}
		if found {
			k.ids, k.local = cloneValues(line.IDs()), cloneFields(line.Local())
			return k, nil
		}
		if ok {
			break
		}
	}
	if ok {
		k.local = s.local
	}
	return k, nil
}

// own returns the record's own local values: newer ones than the plan's where there are.
func (r *related) own(ctx context.Context, c *plan.Change) (record.Fields, error) {
	if c.Op == plan.Create {
		return nil, nil
	}
	s, ok, err := r.e.local(c.Key)
	if err != nil {
		return nil, err
	}
	if ok && s.own {
		return s.local, nil
	}
	if r.fresh != nil {
		line, found, err := r.fresh.Find(ctx, c.Key)
		if err != nil {
			return nil, err
		}
		if found {
			return cloneFields(line.Local()), nil
		}
	}
	if ok && s.local != nil {
		return s.local, nil
	}
	return c.Local, nil
}

// fill looks up parent and references of a change that is about to be made of c.
func (r *related) fill(ctx context.Context, ac *adapter.Change) error {
	if ac.Parent != nil {
		k, err := r.find(ctx, ac.Parent.Key)
		if err != nil {
			return err
		}
		ac.Parent.Local = k.local
	}
	for _, rs := range ac.References {
		for i := range rs {
			k, err := r.find(ctx, rs[i].Key)
			if err != nil {
				return err
			}
			rs[i].Local = k.local
		}
	}
	return nil
}

// stored is what the journal's results say of a record: its local values, and whether this plan created it.
type stored struct {
	own     bool // by this run; else by one that it resumes
	created bool
	local   record.Fields
	ids     record.Key // the key in the record's own spelling where that differs
}

// text is how a lookup keeps it: two letters, local values, spelling.
func (s stored) text() string {
	var b strings.Builder
	b.WriteByte(letter(s.own))
	b.WriteByte(letter(s.created))
	if s.local != nil {
		b.Write(journal.AppendFields(nil, s.local))
	}
	b.WriteByte('\t')
	b.WriteString(string(s.ids))
	return b.String()
}

func letter(b bool) byte {
	if b {
		return 'y'
	}
	return 'n'
}

func readStored(text string) stored {
	local, ids, _ := strings.Cut(text[2:], "\t")
	s := stored{own: text[0] == 'y', created: text[1] == 'y', ids: record.Key(ids)}
	if local != "" {
		s.local = record.Value(local).Members()
	}
	return s
}

func cloneFields(fs record.Fields) record.Fields {
	if fs == nil {
		return nil
	}
	c := make(record.Fields, len(fs))
	for i, f := range fs {
		c[i] = record.Field{Name: strings.Clone(f.Name), Value: append(record.Value(nil), f.Value...)}
	}
	return c
}

func cloneValues(vs []record.Value) []record.Value {
	c := make([]record.Value, len(vs))
	for i, v := range vs {
		c[i] = append(record.Value(nil), v...)
	}
	return c
}
