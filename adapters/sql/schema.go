package sql

import (
	"slices"
	"strings"
)

// catalog is what tables a database has.
type catalog struct {
	version string // of the database, for people
	tables  []*table
	byName  names[*table]
}

// add appends a table, which can be found by its name and by others.
func (c *catalog) add(t *table, others ...string) {
	c.tables = append(c.tables, t)
	for _, n := range append(others, t.name) {
		c.byName.add(n, t)
	}
}

// table returns the table with the name; nil where there is none.
func (c *catalog) table(name string) *table { return c.byName.find(name) }

// names returns the names of all tables and views, sorted.
func (c *catalog) names() []string {
	var ns []string
	for _, t := range c.tables {
		ns = append(ns, t.name)
	}
	slices.Sort(ns)
	return ns
}

// names finds tables and columns by their names: as they are written, else whatever the case of their letters. Of several the first is found.
type names[T any] struct{ exact, folded map[string]T }

func (n *names[T]) add(name string, what T) {
	if n.exact == nil {
		n.exact, n.folded = map[string]T{}, map[string]T{}
	}
	if _, ok := n.exact[name]; !ok {
		n.exact[name] = what
	}
	if _, ok := n.folded[fold(name)]; !ok {
		n.folded[fold(name)] = what
	}
}

func (n *names[T]) find(name string) T {
	if what, ok := n.exact[name]; ok {
		return what
	}
	return n.folded[fold(name)]
}

// table is a table, a view, or what a query yields.
type table struct {
	name    string
	from    string // what stands after FROM: the quoted name, or a query in brackets
	view    bool   // a view, a virtual table or a query: it has no key of its own
	broken  string // why nothing can be read from it; "" for most
	columns []*column
	byName  names[*column]
	// key are the columns that tell a row, its primary key; hidden is set where it is the database's own row number. nil: there is none.
	key    []*column
	hidden bool
	// place are the columns that tell where a row lies until it is written: for tables without a key, and rows whose key is null. nil: nothing does.
	place     []*column
	estimate  int64    // of the rows, as the database has it; 0: none
	forbidden []string // what this user may not do with it, in the words of GRANT, as far as the database says
	uniques   []*index
	checks    []constraint
	foreign   []*foreignKey // from here
	referrers []*foreignKey // to here, from other tables or this one
}

// column returns the column with the name; nil where there is none.
func (t *table) column(name string) *column { return t.byName.find(name) }

// add appends a column.
func (t *table) add(c *column) {
	c.table = t
	t.columns = append(t.columns, c)
	t.byName.add(c.name, c)
}

// columnNames returns the names of the columns, for people.
func (t *table) columnNames() []string {
	ns := make([]string, 0, len(t.columns))
	for _, c := range t.columns {
		ns = append(ns, c.name)
	}
	return ns
}

// column is a column of a table.
type column struct {
	table     *table
	name      string
	quoted    string
	decl      string // the declared type, as it is written
	class     class  // what it does to values
	strict    bool   // it refuses what is not of its type
	notNull   bool
	filled    bool // it gets a value where none is given: a default, a generated key
	generated bool // computed: cannot be written
	pg        *pgType
}

// class is what a column does to the values that are written into it.
type class int

const (
	classAny     class = iota // keeps them as they are
	classText                 // makes numbers to text
	classInteger              // makes text that looks like a number to one
	classReal                 // the same, numbers as binary fractions
	classNumeric              // either
	classBoolean              // numeric, of which 0 and 1 are read as false and true
	classJSON                 // numeric in storage, JSON text in meaning
	classBytes                // bytes
	classOther                // what it knows, in a form of its own
)

// index is a unique index or a unique constraint.
type index struct {
	name    string // "" where the database made it up
	columns []*column
}

// constraint is a named check with its expression, or the columns that are in it.
type constraint struct {
	name, text string
	columns    []*column
}

// foreignKey says that columns of a table hold the key of a row of another.
type foreignKey struct {
	name     string // "" where the database does not say
	table    *table
	columns  []*column
	to       *table
	toColumn []*column
	onDelete string // upper case: NO ACTION, RESTRICT, CASCADE, SET NULL, SET DEFAULT
	onUpdate string
}

// column returns the one column of a foreign key that has only one; nil for others.
func (f *foreignKey) single() (from, to *column) {
	if len(f.columns) != 1 {
		return nil, nil
	}
	return f.columns[0], f.toColumn[0]
}

// String returns the columns for people: devices.site_id, or notes.(a, b).
func (f *foreignKey) String() string { return dotted(f.table, f.columns) }

func dotted(t *table, cs []*column) string {
	if len(cs) == 1 {
		return t.name + "." + cs[0].name
	}
	ns := make([]string, len(cs))
	for i, c := range cs {
		ns[i] = c.name
	}
	return t.name + ".(" + strings.Join(ns, ", ") + ")"
}

// near returns of the names those that a person may have meant, best first, at most three.
func near(name string, names []string) []string {
	type scored struct {
		name string
		far  int
	}
	var found []scored
	for _, n := range names {
		d := distance(fold(name), fold(n))
		if strings.Contains(fold(n), fold(name)) || strings.Contains(fold(name), fold(n)) {
			d = min(d, 2)
		}
		if d <= 1+len(name)/3 {
			found = append(found, scored{n, d})
		}
	}
	slices.SortStableFunc(found, func(a, b scored) int { return a.far - b.far })
	var ns []string
	for _, f := range found[:min(3, len(found))] {
		ns = append(ns, f.name)
	}
	return ns
}

// distance is the number of letters to add, drop or change to make one name of the other.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		last := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := last
			if a[i] != b[j] {
				cost++
			}
			last = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
