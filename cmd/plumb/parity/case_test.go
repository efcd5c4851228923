package parity

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// kase is two systems with their models and flags: what testdata/cases.py reads.
type kase struct {
	Seed   uint64            `json:"seed"`
	Kinds  []*kind           `json:"kinds"`         // parents before children
	Top    []string          `json:"top,omitempty"` // DiffSync's top_level; without it the kinds without parents
	Flags  job.Flags         `json:"flags"`
	Names  map[string]string `json:"names"` // labels of the sides
	Source []*row            `json:"source"`
	Target []*row            `json:"target"`
	Sync   bool              `json:"sync"`
	// Arrange brings siblings into our order before DiffSync prints them.
	Arrange bool `json:"arrange"`
	// Later are added to the source, Drift changes attributes of the target, between diff and sync.
	Later []*row                    `json:"later,omitempty"`
	Drift map[string]map[string]any `json:"drift,omitempty"`
	// Fail are unique ids whose delete fails as DiffSync wants it, Crash those whose delete raises anything else.
	Fail  []string `json:"fail,omitempty"`
	Crash []string `json:"crash,omitempty"`
	// Lists adds to lists of children what does not belong there, by side: the parent's key, the child's kind and unique id.
	Lists map[string][][2]any `json:"lists,omitempty"`
	// Rules are the job's rules of a kind, as YAML.
	Rules map[string]string `json:"-"`
}

// kind is one model. Only names the side that alone has a kind, which is then not in our job, or an attribute.
type kind struct {
	Name    string       `json:"name"`
	IDs     []string     `json:"ids"`
	Short   []string     `json:"short,omitempty"`
	Attrs   []attr       `json:"attrs"`
	Parents []string     `json:"parents"`
	Flags   record.Flags `json:"flags"`
	Only    string       `json:"only,omitempty"`
}

type attr struct {
	Name string `json:"name"`
	Only string `json:"only,omitempty"`
}

// row is one record. Its flags, where it has its own, hold the kind's, too: DiffSync's replace those.
type row struct {
	Kind   string                     `json:"kind"`
	Key    string                     `json:"key"`
	IDs    map[string]json.RawMessage `json:"ids"`
	Attrs  map[string]json.RawMessage `json:"attrs"`
	Flags  *record.Flags              `json:"flags"`
	Parent string                     `json:"parent,omitempty"` // a key
	Rank   int                        `json:"rank"`             // in our order
}

func (k *kase) kind(name string) *kind {
	i := slices.IndexFunc(k.Kinds, func(x *kind) bool { return x.Name == name })
	return k.Kinds[i]
}

// field is the name of ours for a parent's identifier.
func (k *kind) field(parent, id string) string {
	if name := parent + "_" + id; slices.Contains(k.IDs, name) {
		return name
	}
	return "in_" + parent + "_" + id
}

// identify sets the keys and ranks of all rows.
func (k *kase) identify() {
	all := slices.Concat(k.Source, k.Target, k.Later)
	for _, r := range all {
		r.Key = string(k.key(r.Kind, r.IDs))
	}
	slices.SortFunc(all, func(a, b *row) int { return strings.Compare(a.Key, b.Key) })
	for i, r := range all {
		r.Rank = i
		if i > 0 && all[i-1].Key == r.Key {
			r.Rank = all[i-1].Rank
		}
	}
}

func (k *kase) key(kind string, fields map[string]json.RawMessage) record.Key {
	var ids []record.Value
	for _, name := range k.kind(kind).IDs {
		ids = append(ids, canonical(fields[name]))
	}
	return record.MakeKey(kind, ids...)
}

// canonical returns JSON in the one spelling in which we store it; nothing is null.
func canonical(text []byte) record.Value {
	if len(text) == 0 {
		return record.Value(record.Null)
	}
	v, err := record.AppendCanonical(nil, text)
	if err != nil {
		panic(fmt.Sprintf("%s: %v", text, err))
	}
	return v
}

// job returns the job file of the case. The target is the file target.json, or the memory system where it has to cascade.
func (k *kase) job(memory bool) string {
	var b strings.Builder
	target := "adapter: file, path: target.json, format: diffsync"
	if memory {
		target = "adapter: memory"
	}
	fmt.Fprintf(&b, "source: {adapter: file, path: source.json, format: diffsync, name: %q}\ntarget: {%s, name: %q}\n", k.Names["source"], target, k.Names["target"])
	fmt.Fprintf(&b, "policy: sync\nlimits: {update: 100%%, delete: 100%%, shrink: 100%%, findings: 100%%}\nflags: [%s]\nmodels:\n", strings.Join(jobFlags(k.Flags), ", "))
	for _, kind := range k.Kinds {
		if kind.Only != "" {
			continue
		}
		var attrs []string
		for _, a := range kind.Attrs {
			attrs = append(attrs, a.Name)
		}
		fmt.Fprintf(&b, "  %s:\n    identifiers: [%s]\n    attributes: [%s]\n    flags: [%s]\n", kind.Name, strings.Join(kind.IDs, ", "), strings.Join(attrs, ", "), strings.Join(modelFlags(kind.Flags), ", "))
		if len(kind.Short) > 0 {
			fmt.Fprintf(&b, "    shortname: [%s]\n", strings.Join(kind.Short, ", "))
		}
		if len(kind.Parents) > 0 {
			fmt.Fprintf(&b, "    parent:\n")
		}
		for _, p := range kind.Parents {
			var fields []string
			for _, id := range k.kind(p).IDs {
				fields = append(fields, id+": "+kind.field(p, id))
			}
			fmt.Fprintf(&b, "      %s: {%s}\n", p, strings.Join(fields, ", "))
		}
		b.WriteString(k.Rules[kind.Name])
	}
	return b.String()
}

func jobFlags(f job.Flags) []string {
	return named(uint8(f), map[uint8]string{2: "skip_unmatched_src", 4: "skip_unmatched_dst", 8: "log_unchanged_records"})
}

func modelFlags(f record.Flags) []string {
	return named(uint8(f), map[uint8]string{1: "ignore", 2: "skip_children_on_delete", 4: "skip_unmatched_src", 8: "skip_unmatched_dst", 16: "natural_deletion_order"})
}

func named(bits uint8, names map[uint8]string) (all []string) {
	for bit := uint8(1); bit > 0; bit <<= 1 {
		if bits&bit != 0 && names[bit] != "" {
			all = append(all, names[bit])
		}
	}
	return all
}

// String renders the case for whoever has to look at it.
func (k *kase) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "seed %d\n%s", k.Seed, k.job(false))
	for _, side := range []struct {
		name string
		rows []*row
	}{{"source", k.Source}, {"target", k.Target}} {
		fmt.Fprintf(&b, "%s:\n", side.name)
		for _, r := range side.rows {
			attrs, _ := json.Marshal(r.Attrs)
			fmt.Fprintf(&b, "  %s %s", r.Key, attrs)
			if r.Parent != "" {
				fmt.Fprintf(&b, " in %s", r.Parent)
			}
			if r.Flags != nil {
				fmt.Fprintf(&b, " flags %d", *r.Flags)
			}
			b.WriteByte('\n')
		}
	}
	return b.String()
}

// state is what a system holds: by key, a record's parent, flags and attributes as one text.
type state map[string]thing

type thing struct{ UID, Parent, Rest string } // no unique id in a memory system

// thing renders a record; fields are as the target has them.
func (k *kase) thing(kind *kind, parent string, flags record.Flags, field func(name string) record.Value) thing {
	rest := fmt.Sprintf("flags %d", flags)
	for _, a := range kind.Attrs {
		if a.Only == "source" {
			continue // the target's class has no such field
		}
		v := field(a.Name)
		if v == nil {
			v = record.Value(record.Null) // a DiffSync model has all its attributes
		}
		rest += fmt.Sprintf(" %s=%s", a.Name, []byte(v))
	}
	return thing{Parent: parent, Rest: rest}
}

// state reads a DiffSync export.
func (k *kase) state(t testing.TB, export []byte) state {
	t.Helper()
	var all map[string]map[string]map[string]json.RawMessage
	if err := json.Unmarshal(export, &all); err != nil {
		t.Fatalf("%v in %s", err, export)
	}
	parents := map[[2]string]string{}
	for kind, records := range all {
		for _, fields := range records {
			for _, child := range k.Kinds {
				if !slices.Contains(child.Parents, kind) || fields[child.Name+"s"] == nil {
					continue
				}
				var uids []string
				if err := json.Unmarshal(fields[child.Name+"s"], &uids); err != nil {
					t.Fatal(err)
				}
				for _, uid := range uids {
					parents[[2]string{child.Name, uid}] = string(k.key(kind, fields))
				}
			}
		}
	}
	s := state{}
	for kind, records := range all {
		for uid, fields := range records {
			m := k.kind(kind)
			flags := m.Flags
			if f, ok := canonical(fields["model_flags"]).Int64(); ok {
				flags = record.Flags(f)
			}
			x := k.thing(m, parents[[2]string{kind, uid}], flags, func(name string) record.Value { return canonical(fields[name]) })
			x.UID = uid
			s[string(k.key(kind, fields))] = x
		}
	}
	return s
}

// withoutUIDs forgets the unique ids.
func (s state) withoutUIDs() state {
	for key, x := range s {
		x.UID = ""
		s[key] = x
	}
	return s
}
