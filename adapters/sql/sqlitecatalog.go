package sql

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
)

// catalog implements dialect by SQLite's pragma functions.
func (d *lite) catalog(ctx context.Context, q querier) (*catalog, error) {
	c := &catalog{}
	var version string
	if err := each(ctx, q, "SELECT sqlite_version()", nil, func() error { c.version = "SQLite " + version; return nil }, &version); err != nil {
		return nil, d.failed("read the tables of", err)
	}
	var name, typ, text string
	var bare, strict int
	var all []*liteTable
	err := each(ctx, q, `SELECT l.name, l.type, l.wr, l.strict, coalesce(s.sql, '') FROM pragma_table_list l
		LEFT JOIN sqlite_schema s ON s.name = l.name AND s.type IN ('table', 'view')
		WHERE l.schema = 'main' AND l.name NOT LIKE 'sqlite\_%' ESCAPE '\' ORDER BY l.name`, nil, func() error {
		t := &liteTable{table: &table{name: name, from: d.quote(name), view: typ == "view" || typ == "virtual"}, bare: bare != 0, strict: strict != 0, typ: typ}
		t.checks = checks(text)
		all = append(all, t)
		c.add(t.table)
		return nil
	}, &name, &typ, &bare, &strict, &text)
	for _, t := range all {
		if err == nil {
			err = d.columns(ctx, q, t)
		}
		if err == nil && !t.view {
			err = d.indexes(ctx, q, t)
		}
	}
	for _, t := range all {
		if err == nil && !t.view {
			err = d.foreign(ctx, q, c, t.table)
		}
	}
	if err != nil {
		return nil, d.failed("read the tables of", err)
	}
	return c, nil
}

// liteTable is a table while its parts are read.
type liteTable struct {
	*table
	typ          string
	bare, strict bool // WITHOUT ROWID, STRICT
	primary      []*column
}

func (d *lite) columns(ctx context.Context, q querier, t *liteTable) error {
	var name, decl string
	var notNull, pk, hidden int
	var dflt sql.NullString
	type part struct {
		at int
		c  *column
	}
	var pks []part
	err := each(ctx, q, `SELECT name, type, "notnull", dflt_value, pk, hidden FROM pragma_table_xinfo(?)`, []any{t.name}, func() error {
		if hidden == 1 {
			return nil // a virtual table's parameter
		}
		c := &column{
			name: name, quoted: d.quote(name), decl: decl, class: liteClass(decl, t.strict), strict: t.strict && !strings.EqualFold(decl, "any"),
			notNull: notNull != 0, filled: dflt.Valid && !strings.EqualFold(dflt.String, "null"), generated: hidden > 1,
		}
		t.add(c)
		if pk > 0 {
			pks = append(pks, part{pk, c})
		}
		return nil
	}, &name, &decl, &notNull, &dflt, &pk, &hidden)
	if err != nil && t.view {
		t.broken = d.fault(err).text // a view over what is gone
		return nil
	}
	slices.SortFunc(pks, func(a, b part) int { return cmp.Compare(a.at, b.at) })
	for _, p := range pks {
		t.primary = append(t.primary, p.c)
	}
	return err
}

// indexes reads the unique indexes, and tells from them what the primary key is.
func (d *lite) indexes(ctx context.Context, q querier, t *liteTable) error {
	var name, origin string
	var uniq int
	type entry struct{ name, origin string }
	var found []entry
	err := each(ctx, q, `SELECT name, "unique", origin FROM pragma_index_list(?)`, []any{t.name}, func() error {
		if uniq != 0 {
			found = append(found, entry{name, origin})
		}
		return nil
	}, &name, &uniq, &origin)
	if err != nil {
		return err
	}
	own := false // the primary key has an index of its own, so it is not the row number
	for _, e := range found {
		own = own || e.origin == "pk"
		x := &index{}
		if e.origin == "c" {
			x.name = e.name
		}
		var column sql.NullString
		err := each(ctx, q, "SELECT name FROM pragma_index_info(?) ORDER BY seqno", []any{e.name}, func() error {
			if c := t.column(column.String); column.Valid && c != nil {
				x.columns = append(x.columns, c)
			}
			return nil
		}, &column)
		if err != nil {
			return err
		}
		t.uniques = append(t.uniques, x)
	}
	t.key = t.primary
	if !t.bare {
		for _, n := range []string{"rowid", "_rowid_", "oid"} {
			if t.column(n) == nil {
				t.place = []*column{{table: t.table, name: n, quoted: n, class: classInteger, strict: true, filled: true}}
				break
			}
		}
	}
	switch {
	case t.bare:
	case len(t.primary) == 1 && strings.EqualFold(t.primary[0].decl, "integer") && !own:
		c := t.primary[0]
		c.filled, c.strict, c.class = true, true, classInteger
		t.uniques = append(t.uniques, &index{columns: t.primary})
	case len(t.primary) == 0 && t.place != nil:
		t.key, t.hidden = t.place, true
	}
	return nil
}

func (d *lite) foreign(ctx context.Context, q querier, c *catalog, t *table) error {
	var id int
	var to, from, onUpdate, onDelete string
	var column sql.NullString
	byID := map[int]*foreignKey{}
	err := each(ctx, q, `SELECT id, "table", "from", "to", on_update, on_delete FROM pragma_foreign_key_list(?) ORDER BY id, seq`, []any{t.name}, func() error {
		f := byID[id]
		if f == nil {
			f = &foreignKey{table: t, to: c.table(to), onDelete: onDelete, onUpdate: onUpdate}
			if byID[id] = f; f.to == nil {
				return nil // to a table that is not there: SQLite complains when it is used
			}
			t.foreign = append(t.foreign, f)
			f.to.referrers = append(f.to.referrers, f)
		}
		if f.to == nil {
			return nil
		}
		i := len(f.columns)
		f.columns = append(f.columns, t.column(from))
		target := f.to.column(column.String)
		if !column.Valid && i < len(f.to.key) && !f.to.hidden {
			target = f.to.key[i]
		}
		f.toColumn = append(f.toColumn, target)
		return nil
	}, &id, &to, &from, &column, &onUpdate, &onDelete)
	keep := func(f *foreignKey) bool { return slices.Contains(f.toColumn, nil) || slices.Contains(f.columns, nil) }
	t.foreign = slices.DeleteFunc(t.foreign, keep)
	for _, f := range byID {
		if f.to != nil {
			f.to.referrers = slices.DeleteFunc(f.to.referrers, keep)
		}
	}
	return err
}

// result implements dialect: the columns of a query, with the declared types of those that come straight from a table.
func (d *lite) result(ctx context.Context, q querier, query string) (*table, error) {
	t := &table{from: "(" + query + "\n)", view: true}
	rows, err := q.QueryContext(ctx, "SELECT * FROM "+t.from+" LIMIT 0")
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // its error is Err's
	types, err := rows.ColumnTypes()
	if err != nil {
		return nil, err
	}
	for _, ct := range types {
		t.add(&column{name: ct.Name(), quoted: d.quote(ct.Name()), decl: ct.DatabaseTypeName(), class: liteClass(ct.DatabaseTypeName(), false)})
	}
	return t, rows.Err()
}

// liteClass returns what a declared type does to values, by the rules of SQLite's manual ("Datatypes In SQLite", 3.1).
func liteClass(decl string, strict bool) class {
	has := func(parts ...string) bool {
		return slices.ContainsFunc(parts, func(p string) bool { return strings.Contains(fold(decl), p) })
	}
	switch {
	case has("json"):
		return classJSON
	case decl == "", strict && strings.EqualFold(decl, "any"):
		return classAny
	case has("int"):
		return classInteger
	case has("char", "clob", "text"):
		return classText
	case has("blob"):
		return classBytes
	case has("real", "floa", "doub"):
		return classReal
	case has("bool"):
		return classBoolean
	}
	return classNumeric
}

// each runs a query and calls fn for every row, scanned into dest.
func each(ctx context.Context, q querier, query string, args []any, fn func() error, dest ...any) error {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // its error is Err's
	for rows.Next() {
		if err := rows.Scan(dest...); err != nil {
			return fmt.Errorf("scan: %w", err)
		}
		if err := fn(); err != nil {
			return err
		}
	}
	return rows.Err()
}
