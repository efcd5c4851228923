package parity

import (
	"encoding/json"
	"slices"
)

// shrink takes away from a case whatever it can do without while it still fails: records with what is below them, flags, attributes, values.
func shrink(k *kase, fails func(*kase) bool) *kase {
	tries := 400
	for better := true; better && tries > 0; {
		better = false
		for _, smaller := range k.smaller() {
			if tries--; tries < 0 {
				return k
			}
			if n := smaller(k.clone()); fails(n) {
				k, better = n, true
				break
			}
		}
	}
	return k
}

func (k *kase) clone() *kase {
	n := &kase{}
	if err := json.Unmarshal(marshal(k), n); err != nil {
		panic(err)
	}
	return n
}

// smaller are ways to make a case smaller, the boldest first.
func (k *kase) smaller() (ways []func(*kase) *kase) {
	way := func(f func(k *kase)) {
		ways = append(ways, func(k *kase) *kase { f(k); k.identify(); return k })
	}
	for _, r := range slices.Concat(k.Source, k.Target) {
		way(func(k *kase) { k.Source, k.Target = without(k.Source, r.Key), without(k.Target, r.Key) })
	}
	for _, r := range k.Source {
		way(func(k *kase) { k.Source = without(k.Source, r.Key) })
	}
	for _, r := range k.Target {
		way(func(k *kase) { k.Target = without(k.Target, r.Key) })
	}
	if k.Flags != 0 {
		way(func(k *kase) { k.Flags = 0 })
	}
	for i, m := range k.Kinds {
		used := slices.ContainsFunc(slices.Concat(k.Source, k.Target), func(r *row) bool { return r.Kind == m.Name })
		named := slices.ContainsFunc(k.Kinds, func(x *kind) bool { return x != m && slices.Contains(x.Parents, m.Name) })
		if !used && !named && len(k.Kinds) > 1 {
			way(func(k *kase) { k.Kinds = slices.Delete(k.Kinds, i, i+1) })
		}
		if m.Flags != 0 {
			way(func(k *kase) { k.Kinds[i].Flags = 0 })
		}
		for _, a := range m.Attrs {
			way(func(k *kase) {
				k.Kinds[i].Attrs = slices.DeleteFunc(k.Kinds[i].Attrs, func(x attr) bool { return x.Name == a.Name })
				for _, r := range slices.Concat(k.Source, k.Target) {
					if r.Kind == m.Name {
						delete(r.Attrs, a.Name)
					}
				}
			})
		}
	}
	for i, r := range k.Source {
		if r.Flags != nil {
			way(func(k *kase) { k.Source[i].Flags = nil })
		}
	}
	for i, r := range k.Target {
		if r.Flags != nil {
			way(func(k *kase) { k.Target[i].Flags = nil })
		}
	}
	return ways
}

// without takes out a record and all below it.
func without(rows []*row, key string) []*row {
	gone := map[string]bool{key: true}
	return slices.DeleteFunc(rows, func(r *row) bool {
		gone[r.Key] = gone[r.Key] || gone[r.Parent]
		return gone[r.Key]
	})
}
