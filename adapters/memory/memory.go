// Package memory is a system that lives in the process: the adapter that tests use, with every ability to be switched on or off, and faults on demand.
package memory

import (
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// Options switch a system's abilities. The zero Options is the plainest target there is: one record at a time, no cursor, no finder, effects at once.
type Options struct {
	// Batch is the largest batch; 0: records are written one at a time.
	Batch int
	// WholeBatch refuses a batch whole, writing nothing of it, where a change in it is refused; else each change is answered by itself.
	WholeBatch bool
	// Workers is how many calls it bears at once; 0: 1.
	Workers int
	// Cursor makes loads resumable, Find single records findable, Versions tells changes.
	Cursor, Find, Versions bool
	// Staged keeps changes apart until Commit.
	Staged bool
	// Locals gives every record a generated key, the local value "id", which updates and deletes, and children of it, must carry.
	Locals bool
	// Unique are groups of fields (names as the system has them) whose values no two records of the model may share; null and absent are shared by all.
	Unique map[string][][]string
	// Guard refuses deletes of what has children and creates below a parent that is not there.
	Guard bool
	// Cascade deletes what is below a deleted record by itself.
	Cascade bool
	// Pages is the address below which each record has a page, named by its generated key; "": there are none.
	Pages string
	// Shuffle yields records in an order that has nothing to do with the one in which they came.
	Shuffle bool
	// Audit is called as adapter.Auditor's; nil: everything can be held.
	Audit func(c *adapter.Change) error
	// Fault is called before (After false) and after every call; an error fails it there. nil: no faults. It is called concurrently.
	Fault func(c Call) error
}

// Call is what a fault function is told.
type Call struct {
	Op      string // load (before every record), create, update, delete, batch, commit, find, ping
	After   bool   // the call did its work already; an error now hides that
	Model   string
	Changes []*adapter.Change
	Row     *Row // of load
}

// Row is one record of a system.
type Row struct {
	ID     int64 // generated, ascending
	Model  string
	Key    record.Key
	Fields record.Fields // sorted by name
	Flags  record.Flags
	Parent record.Key // "" for none
	Bad    string     // not empty: yielded as a bad record with this reason
}

// System is a set of records that any number of adapters may read and write at once.
type System struct {
	opts Options

	mu      sync.Mutex
	next    int64
	rows    map[int64]*Row // as written; a *Row is never changed in place
	byKey   map[record.Key][]int64
	saved   map[int64]*Row // as of the last commit, where staged
	version int64
	calls   map[string]int64
	done    *adapter.Summary
}

// New returns an empty system.
func New(o Options) *System {
	s := &System{opts: o, calls: map[string]int64{}, saved: map[int64]*Row{}}
	s.load(nil)
	return s
}

// Put adds a record as it is, also one that is there already (a duplicate). Values are made by record.Of; a field of nil is null. It panics on values that cannot be made.
func (s *System) Put(m *adapter.Model, fields map[string]any) *Row {
	r := &Row{Model: m.Name}
	for name, v := range fields {
		r.Fields = append(r.Fields, record.Field{Name: name, Value: record.MustOf(v)})
	}
	sortFields(r.Fields)
	return s.Add(m, r)
}

// Add adds a row as it is; ID, Key and Parent are filled in. The row belongs to the system then.
func (s *System) Add(m *adapter.Model, r *Row) *Row {
	r.Key, r.Parent = keyOf(m, r.Fields), parentOf(m, r.Fields)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.insert(r)
	s.saved[r.ID] = r
	return r
}

// Remove takes a record out as it is.
func (s *System) Remove(r *Row) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.remove(r)
	delete(s.saved, r.ID)
}

// Clear takes all records out.
func (s *System) Clear() {
	for _, r := range s.Rows() {
		s.Remove(r)
	}
}

// Rows returns all records that last, in the order in which they came.
func (s *System) Rows() []*Row {
	s.mu.Lock()
	defer s.mu.Unlock()
	return sorted(s.lasting())
}

// Crash forgets what was staged and not committed, as a process does that dies.
func (s *System) Crash() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.opts.Staged {
		s.load(s.saved)
	}
}

// Calls returns how often each operation was called: create, update, delete, batch, commit, find, load, ping, prepare.
func (s *System) Calls() map[string]int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := map[string]int64{}
	maps.Copy(m, s.calls)
	return m
}

// Completed returns what sync_complete was told last; nil where it was not called.
func (s *System) Completed() *adapter.Summary {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.done
}

// String renders all records that last, one a line, ordered: two systems with the same text hold the same.
func (s *System) String() string {
	rows := s.Rows()
	slices.SortFunc(rows, func(a, b *Row) int {
		if c := compare(a.Key, b.Key); c != 0 {
			return c
		}
		return int(a.ID - b.ID)
	})
	var b []byte
	for _, r := range rows {
		b = fmt.Appendf(b, "%s", r.Key)
		for _, f := range r.Fields {
			b = fmt.Appendf(b, " %s=%s", f.Name, []byte(f.Value))
		}
		b = append(b, '\n')
	}
	return string(b)
}
