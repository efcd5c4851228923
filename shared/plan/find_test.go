package plan

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// TestFindPages: pages of any size, with any filter, are together what reading the whole plan and filtering it gives.
func TestFindPages(t *testing.T) {
	source, target := many(3000)
	r := newWorld(t, treeJob()).diff(source, target)
	for name, f := range map[string]Filter{
		"all": {}, "model": {Models: []string{"device"}}, "action": {Actions: []string{"delete"}}, "two actions": {Actions: []string{"create", "move"}}, "attribute": {Attributes: []string{"x"}},
		"text": {Match: "D0001"}, "pattern": {Match: "d*7"}, "none": {Match: "zzz"}, "with a blank": {Match: "d 1"}, "together": {Models: []string{"device"}, Actions: []string{"update"}, Match: "5"},
	} {
		var want []int64
		for c, err := range r.Changes(t.Context(), 1, 0) {
			if err != nil {
				t.Fatal(err)
			}
			if f.Keeps(c) {
				want = append(want, c.N)
			}
		}
		for _, limit := range []int{7, 100, 5000} {
			var got []int64
			for q := (Query{Filter: f, Limit: limit}); ; {
				found, err := r.Find(t.Context(), q)
				if err != nil {
					t.Fatal(err)
				}
				if len(found.Changes) > limit || found.Hurried {
					t.Fatalf("%s: %d changes, hurried %v", name, len(found.Changes), found.Hurried)
				}
				for i, c := range found.Changes {
					if found.Places[i] != c.N {
						t.Fatalf("%s: change %d is at place %d", name, c.N, found.Places[i])
					}
					got = append(got, c.N)
				}
				if q.From = found.Next; q.From == 0 {
					break
				}
			}
			if !slices.Equal(want, got) {
				t.Errorf("%s in pages of %d: %d changes, want %d", name, limit, len(got), len(want))
			}
		}
	}
}

// TestFindStops: a query ends when its time is up, and says from where to go on; and when the changes are large.
func TestFindStops(t *testing.T) {
	source, target := many(6000)
	r := newWorld(t, treeJob()).diff(source, target)
	q := Query{Filter: Filter{Match: "none at all"}, Until: time.Now().Add(-time.Second)}
	var looked int
	for {
		found, err := r.Find(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		if looked++; found.Next == 0 {
			break
		}
		if !found.Hurried || found.Next != found.Looked+1 {
			t.Fatalf("%+v", found)
		}
		q.From = found.Next
	}
	if looked < 3 {
		t.Errorf("ended after %d looks", looked)
	}
	found, err := r.Find(t.Context(), Query{Bytes: 1})
	if err != nil || len(found.Changes) != 1 || found.Next != 2 {
		t.Errorf("of one byte: %d changes, next %d, %v", len(found.Changes), found.Next, err)
	}
}

// TestGroups: each level of the tree has as many changes as are below it.
func TestGroups(t *testing.T) {
	source, target := many(700)
	r := newWorld(t, treeJob()).diff(source, target)
	total := func(g *Groups) (n int64) {
		for _, one := range g.List {
			for _, c := range one.Counts {
				n += c
			}
		}
		return n + g.Own + g.Others
	}
	top, err := r.Groups(t.Context(), Query{}, Level{Most: 500})
	if err != nil || len(top.List) != 7 || total(top) != r.Index().Last() {
		t.Fatalf("%d groups with %d of %d changes, %v", len(top.List), total(top), r.Index().Last(), err)
	}
	var below int64
	for _, g := range top.List {
		if !strings.HasPrefix(g.Key.String(), "rack r") {
			t.Errorf("at the top: %s", g.Key)
		}
		level, err := r.Groups(t.Context(), Query{Below: g.Key}, Level{Most: 500})
		if err != nil {
			t.Fatal(err)
		}
		below += total(level)
		found, err := r.Find(t.Context(), Query{Below: g.Key, Limit: 1000})
		if err != nil || int64(len(found.Changes)) != total(level) {
			t.Errorf("below %s: %d changes found, %d counted, %v", g.Key, len(found.Changes), total(level), err)
		}
	}
	if below != total(top) {
		t.Errorf("%d below, %d at the top", below, total(top))
	}
	few, err := r.Groups(t.Context(), Query{Filter: Filter{Match: fmt.Sprintf("d%05d", 5)}}, Level{Most: 1})
	if err != nil || total(few) != 1 {
		t.Errorf("of one name: %d, %v", total(few), err)
	}
	var paged []Group
	mark := func(at int64) string { return map[bool]string{true: "odd"}[at%2 == 1] }
	for after := record.Key(""); ; after = paged[len(paged)-1].Key {
		page, err := r.Groups(t.Context(), Query{}, Level{After: after, Most: 3, Places: 2, Mark: mark})
		if err != nil || page.Before+total(page) != total(top) {
			t.Fatalf("a page: %d before, %d on and after it, %v", page.Before, total(page), err)
		}
		if paged = append(paged, page.List...); page.Others == 0 {
			break
		}
	}
	var odd int64
	for i, g := range paged {
		if i >= len(top.List) || g.Key != top.List[i].Key || !maps.Equal(g.Counts, top.List[i].Counts) || len(g.Places) != 2 || g.Places[0] >= g.Places[1] {
			t.Errorf("page by page, group %d is %+v", i, g)
		}
		odd += g.Marks["odd"]
	}
	if len(paged) != len(top.List) || odd != (total(top)+1)/2 {
		t.Errorf("page by page: %d groups, %d marked", len(paged), odd)
	}
}

// TestGroupsByAction: in every list that has changes of several actions, each action's tree has as many as are found of it, and no other.
func TestGroupsByAction(t *testing.T) {
	source, target := many(700)
	j := treeJob()
	j.Policy = job.UpdateOnly
	r := newWorld(t, j).diff(source, target)
	for _, list := range []List{ListApplied, ListHeld} {
		for _, op := range []Op{Create, Update, Move, Delete} {
			q := Query{List: list, Filter: Filter{Actions: []string{string(op)}}, Limit: 10_000}
			found, err := r.Find(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			if held := op == Create || op == Delete; (held == (list == ListHeld)) != (len(found.Changes) > 0) {
				t.Fatalf("%s: %d changes %s", list, len(found.Changes), op)
			}
			g, err := r.Groups(t.Context(), q, Level{Most: 500})
			if err != nil {
				t.Fatal(err)
			}
			counts := map[Op]int64{}
			for _, one := range g.List {
				for o, n := range one.Counts {
					counts[o] += n
				}
			}
			want := map[Op]int64{}
			if n := len(found.Changes); n > 0 {
				want[op] = int64(n)
			}
			if !maps.Equal(counts, want) {
				t.Errorf("%s, %s: counted %v, want %v", list, op, counts, want)
			}
		}
	}
}
