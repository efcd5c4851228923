package sql

import (
	"context"
	"database/sql"
	"slices"
	"strconv"
	"strings"
)

// pgVisible are the tables of other schemas than the database's own, whose columns and rules are read.
const pgVisible = ` FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
	WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\_%'`

// pgTable is a table while its parts are read.
type pgTable struct {
	*table
	columns map[int]*column // by their numbers
}

// pgCatalog is a catalog while it is read.
type pgCatalog struct {
	*catalog
	d      *postgres
	q      querier
	types  pgTypes
	tables map[int64]*pgTable
}

// catalog implements dialect. A table is found by SCHEMA.NAME, and by its name alone where its schema is in the search path.
func (d *postgres) catalog(ctx context.Context, q querier) (*catalog, error) {
	c := &pgCatalog{catalog: &catalog{}, d: d, q: q, tables: map[int64]*pgTable{}}
	var version string
	err := each(ctx, q, "SHOW server_version", nil, func() error {
		version, _, _ = strings.Cut(version, " ")
		c.version = "PostgreSQL " + version
		return nil
	}, &version)
	if err == nil {
		c.types, err = d.types(ctx, q)
	}
	for _, read := range []func(context.Context) error{c.relations, c.columns, c.indexes, c.constraints, c.foreign} {
		if err == nil {
			err = read(ctx)
		}
	}
	if err != nil {
		return nil, failed(d, "read the tables of", d.shown, err)
	}
	return c.catalog, nil
}

func (c *pgCatalog) relations(ctx context.Context) error {
	var oid, rows int64
	var schema, name, kind, forbidden string
	var visible bool
	return each(ctx, c.q, `SELECT c.oid::int8, n.nspname, c.relname, c.relkind::text, c.reltuples::int8, n.nspname = ANY (current_schemas(false)),
		concat_ws(' ', CASE WHEN NOT has_any_column_privilege(c.oid, 'SELECT') THEN 'SELECT' END, CASE WHEN NOT has_any_column_privilege(c.oid, 'INSERT') THEN 'INSERT' END,
			CASE WHEN NOT has_any_column_privilege(c.oid, 'UPDATE') THEN 'UPDATE' END, CASE WHEN NOT has_table_privilege(c.oid, 'DELETE') THEN 'DELETE' END)`+pgVisible+`
		ORDER BY array_position(current_schemas(false), n.nspname), n.nspname, c.relname`, nil, func() error {
		t := &pgTable{columns: map[int]*column{}, table: &table{name: name, from: c.d.quote(schema) + "." + c.d.quote(name), view: kind != "r" && kind != "p"}}
		if !visible || c.table(name) != nil && c.table(name).name == name {
			t.name = schema + "." + name
		}
		if kind != "v" {
			t.estimate = rows
		}
		t.forbidden = strings.Fields(forbidden)
		c.tables[oid] = t
		c.add(t.table, schema+"."+name)
		return nil
	}, &oid, &schema, &name, &kind, &rows, &visible, &forbidden)
}

func (c *pgCatalog) columns(ctx context.Context) error {
	var table, typ int64
	var number, mod int
	var name, decl, identity, generated string
	var notNull, filled bool
	return each(ctx, c.q, `SELECT a.attrelid::int8, a.attnum, a.attname, a.atttypid::int8, a.atttypmod, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.atthasdef, a.attidentity::text, a.attgenerated::text
		FROM pg_attribute a WHERE a.attnum > 0 AND NOT a.attisdropped AND a.attrelid IN (SELECT c.oid`+pgVisible+`) ORDER BY a.attrelid, a.attnum`, nil, func() error {
		t := c.tables[table]
		if t == nil {
			return nil // made since
		}
		pt, never := c.types.of(uint32(typ), mod, decl)
		col := &column{
			name: name, quoted: c.d.quote(name), decl: decl, class: pt.class, strict: true, pg: pt,
			notNull: notNull || never, filled: filled && generated == "" || identity != "", generated: generated != "" || identity == "a",
		}
		t.add(col)
		t.columns[number] = col
		return nil
	}, &table, &number, &name, &typ, &mod, &decl, &notNull, &filled, &identity, &generated)
}

// indexes reads the unique indexes. Where there is no primary key, one whose columns are never null tells a row; where there is none of these, its place does.
func (c *pgCatalog) indexes(ctx context.Context) error {
	var table int64
	var name, keys string
	var primary, immediate, whole bool
	var parts int
	err := each(ctx, c.q, `SELECT x.indrelid::int8, i.relname, x.indisprimary, x.indimmediate, x.indpred IS NULL, x.indnkeyatts, x.indkey::text
		FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid WHERE x.indisunique AND x.indisvalid AND x.indrelid IN (SELECT c.oid`+pgVisible+`) ORDER BY x.indrelid, x.indisprimary DESC, i.relname`, nil, func() error {
		t := c.tables[table]
		if t == nil {
			return nil
		}
		x := &index{name: name}
		known := true
		for i, number := range strings.Fields(keys) {
			col := t.columns[atoi(number)]
			if i >= parts {
				break // only carried along
			}
			known = known && col != nil // else an expression
			x.columns = append(x.columns, col)
		}
		if !known {
			x.columns = nil
		}
		t.uniques = append(t.uniques, x)
		tells := known && immediate && whole && !slices.ContainsFunc(x.columns, func(c *column) bool { return !c.notNull })
		if tells && t.key == nil && !t.view {
			t.key = x.columns
		}
		return nil
	}, &table, &name, &primary, &immediate, &whole, &parts, &keys)
	for _, t := range c.tables {
		if t.key == nil && !t.view {
			for _, n := range []string{"tableoid", "ctid"} {
				t.place = append(t.place, &column{table: t.table, name: n, quoted: n, class: classOther, pg: &pgType{name: map[string]string{"tableoid": "oid", "ctid": "tid"}[n], mod: -1, class: classOther}})
			}
		}
	}
	return err
}

func (c *pgCatalog) constraints(ctx context.Context) error {
	var table int64
	var name string
	var keys sql.NullString
	return each(ctx, c.q, `SELECT conrelid::int8, conname, conkey::text FROM pg_constraint WHERE contype = 'c' AND conrelid <> 0`, nil, func() error {
		t := c.tables[table]
		if t == nil {
			return nil
		}
		k := constraint{name: name}
		for _, n := range numbers(keys.String) {
			if col := t.columns[n]; col != nil {
				k.columns = append(k.columns, col)
			}
		}
		t.checks = append(t.checks, k)
		return nil
	}, &table, &name, &keys)
}

func (c *pgCatalog) foreign(ctx context.Context) error {
	var from, to int64
	var name, fromKeys, toKeys, onDelete, onUpdate string
	action := map[string]string{"a": "NO ACTION", "r": "RESTRICT", "c": "CASCADE", "n": "SET NULL", "d": "SET DEFAULT"}
	return each(ctx, c.q, `SELECT conrelid::int8, confrelid::int8, conname, conkey::text, confkey::text, confdeltype::text, confupdtype::text
		FROM pg_constraint WHERE contype = 'f' AND conparentid = 0 ORDER BY conrelid, conname`, nil, func() error {
		a, b := c.tables[from], c.tables[to]
		if a == nil || b == nil {
			return nil
		}
		f := &foreignKey{name: name, table: a.table, to: b.table, onDelete: action[onDelete], onUpdate: action[onUpdate]}
		for _, n := range numbers(fromKeys) {
			f.columns = append(f.columns, a.columns[n])
		}
		for _, n := range numbers(toKeys) {
			f.toColumn = append(f.toColumn, b.columns[n])
		}
		a.table.foreign, b.table.referrers = append(a.table.foreign, f), append(b.table.referrers, f)
		return nil
	}, &from, &to, &name, &fromKeys, &toKeys, &onDelete, &onUpdate)
}

// result implements dialect.
func (d *postgres) result(ctx context.Context, q querier, query string) (*table, error) {
	t := &table{from: "(" + query + "\n)", view: true}
	rows, err := q.QueryContext(ctx, "SELECT * FROM "+t.from+" AS q LIMIT 0")
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // its error is Err's
	cols, err := rows.ColumnTypes()
	if err != nil {
		return nil, err
	}
	if err := rows.Close(); err != nil {
		return nil, err
	}
	types, err := d.types(ctx, q)
	if err != nil {
		return nil, err
	}
	for _, col := range cols {
		pt, _ := types.of(uint32(atoi(col.DatabaseTypeName())), -1, "")
		pt.decl = pt.name
		t.add(&column{name: col.Name(), quoted: d.quote(col.Name()), decl: pt.name, class: pt.class, strict: true, pg: pt})
	}
	return t, rows.Err()
}

// numbers reads an array of numbers, {1,2}.
func numbers(text string) []int {
	var ns []int
	for n := range strings.SplitSeq(strings.Trim(text, "{}"), ",") {
		if n != "" {
			ns = append(ns, atoi(n))
		}
	}
	return ns
}

// atoi returns the number that a text of the catalog is.
func atoi(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}
