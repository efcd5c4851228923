package mapping_test

import (
	"slices"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/mapping"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// sorted returns the fields as texts, sorted.
func sorted(fs record.Fields) []string {
	ss := texts(fs)
	slices.Sort(ss)
	return ss
}

// FuzzThereAndBack holds a mapping that can be inverted to its law: what was read is written back as it was, and what is written is read back as it was.
func FuzzThereAndBack(f *testing.F) {
	f.Add("name", "a;b", ";", "Up", "Up", "Down", "x")
	f.Add("n", "", "aa", "", "", "0", `"`)
	f.Add("n", "aaa", "aa", "Down", "aa", "a", "aaba")
	f.Add("n\\", "a\\b\n", "\\", "1", "1", "true", "\x00")
	f.Add("é", "☃;☃", "☃", "é", "é", "É", "☃")
	f.Fuzz(func(t *testing.T, name, tags, sep, state, v1, v2, el string) {
		for _, s := range []string{name, tags, sep, state, v1, v2, el} {
			if !utf8.ValidString(s) {
				t.Skip()
			}
		}
		fms := []job.FieldMap{
			{Name: "name", From: "n"},
			{Name: "tags", From: "t", Split: sep},
			{Name: "status", From: "s", Values: map[string]record.Value{v1: record.MustOf("one"), v2: record.MustOf(2)}},
			{Name: "role", From: "r", Split: sep, Values: map[string]record.Value{v1: record.MustOf([]int{1}), v2: record.MustOf(2)}},
		}
		m, err := mapping.CompileTarget(device(), &job.Mapping{Fields: fms})
		if err != nil {
			t.Skip()
		}
		theirs := record.Fields{
			{Name: "n", Value: record.MustOf(name)},
			{Name: "t", Value: record.MustOf(tags)},
			{Name: "s", Value: record.MustOf(state)},
			{Name: "r", Value: record.MustOf(v2 + sep + v1)},
			{Name: "serial", Value: record.Value(record.Null)},
		}
		if ours, err := m.In(theirs, nil); err == nil {
			back, err := m.Out(ours, nil, false)
			if err != nil {
				t.Fatalf("%v was read as %v but cannot be written: %v", texts(theirs), texts(ours), err)
			}
			if d := cmp.Diff(sorted(theirs), sorted(back)); d != "" {
				t.Errorf("read and written (-want +got):\n%s", d)
			}
		}
		ours := record.Fields{
			{Name: "name", Value: record.MustOf(name)},
			{Name: "tags", Value: record.MustOf([]string{el, tags})},
			{Name: "status", Value: record.MustOf(2)},
			{Name: "role", Value: record.MustOf([]any{2, []int{1}})},
		}
		out, err := m.Out(ours, nil, false)
		if err != nil {
			return
		}
		back, err := m.In(out, nil)
		if err != nil {
			t.Fatalf("%v was written as %v but cannot be read: %v", texts(ours), texts(out), err)
		}
		if d := cmp.Diff(sorted(ours), sorted(back)); d != "" {
			t.Errorf("written and read (-want +got):\n%s", d)
		}
	})
}
