package nautobot

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strings"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// Find implements adapter.Finder: Nautobot's filters narrow it down to candidates, of which those that have a key are yielded.
func (a *system) Find(ctx context.Context, am *adapter.Model, keys []record.Key) iter.Seq2[*record.Record, error] {
	return func(yield func(*record.Record, error) bool) {
		l, err := a.look(ctx)
		if err != nil {
			yield(nil, err)
			return
		}
		m := l.byName[am.Name]
		if m == nil {
			yield(nil, fault.Errorf(fault.Internal, "find in model %q: the adapter was made without it", am.Name))
			return
		}
		wanted := map[record.Key]bool{}
		for _, k := range keys {
			wanted[k] = true
		}
		for ks := range slices.Chunk(keys, 100) {
			if err := a.among(ctx, m, ks, wanted, yield); err != nil {
				if !errors.Is(err, errEnough) {
					yield(nil, err)
				}
				return
			}
		}
	}
}

// among yields the records with wanted keys among the candidates for some keys. A candidate that cannot be read is an error: it may be one that is wanted.
func (a *system) among(ctx context.Context, m *model, keys []record.Key, wanted map[record.Key]bool, yield func(*record.Record, error) bool) error {
	ids, err := a.candidates(ctx, m, keys)
	if err != nil {
		return err
	}
	for page := range slices.Chunk(ids, a.config.Page) {
		objects, err := a.objects(ctx, m, page)
		if err != nil {
			return err
		}
		for _, o := range objects {
			r, err := a.record(ctx, m, o.fields)
			if err != nil {
				return err
			}
			if wanted[m.key(r.Fields)] && !yield(r, nil) {
				return errEnough
			}
		}
	}
	return nil
}

// candidates returns the ids of objects among which all are that have the keys. Where Nautobot refuses a filter it is done without: an app's kind may not have it, or take ids of what the object refers to,
// and one device that there is not makes a wrong filter of all.
func (a *system) candidates(ctx context.Context, m *model, keys []record.Key) (ids []string, err error) {
	for _, filters := range []string{filters, ownFilters, ""} {
		if ids, err = a.ids(ctx, m, m.arguments(m.narrow(keys, filters))); !fault.Is(err, fault.Invalid) {
			return ids, err
		}
	}
	return ids, err
}

// narrow returns arguments, of some filters, for a list that has all objects with the keys, and as few others as may be.
func (m *model) narrow(keys []record.Key, filters string) []string {
	var args []string
	for i, id := range m.Identifiers {
		fm := m.Mapping.Field(id.Name)
		name := strings.TrimSuffix(m.path(id.Name), ".name")
		if !strings.Contains(filters, " "+name+" ") || id.IgnoreCase || fm != nil && (fm.Values != nil || fm.Split != "" || fm.Value != nil || fm.Default != nil) {
			continue
		}
		var vs []string
		for _, k := range keys {
			ids := k.IDs()
			if i >= len(ids) || len(ids[i]) == 0 || ids[i][0] == '{' || ids[i].IsNull() {
				vs = nil
				break
			}
			if v := string(ids[i]); !slices.Contains(vs, v) {
				vs = append(vs, v)
			}
		}
		if vs != nil {
			args = append(args, name+": ["+strings.Join(vs, ", ")+"]")
		}
	}
	return args
}

// key returns the identity of a record as the job has it; "" where it has none.
func (m *model) key(fs record.Fields) record.Key {
	ids := make([]record.Value, len(m.Identifiers))
	for i, id := range m.Identifiers {
		fm := m.Mapping.Field(id.Name)
		v := fs.Get(m.path(id.Name))
		if fm != nil && fm.Values != nil {
			v = fm.Values[text(v)]
		}
		if fm != nil && fm.Value != nil {
			v = fm.Value
		}
		c, err := job.Convert(v, id.Type)
		if v == nil || err != nil {
			return ""
		}
		if id.IgnoreCase {
			c = job.Fold(c)
		}
		ids[i] = c
	}
	return record.MakeKey(m.Name, ids...)
}
