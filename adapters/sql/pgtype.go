package sql

import (
	"context"
	"strings"
)

// pgType is a type of PostgreSQL, domains resolved to what they are made of.
type pgType struct {
	oid    uint32
	name   string // as it is written in a cast, without modifiers
	decl   string // with them
	mod    int    // its modifier, as the catalog has it; -1: none
	class  class
	elem   *pgType  // of an array
	labels []string // of an enumeration
}

// The numbers of the types that are treated in a way of their own (pg_type.dat): they are the same in every database.
const (
	oidBool        = 16
	oidBytea       = 17
	oidInt8        = 20
	oidInt2        = 21
	oidInt4        = 23
	oidText        = 25
	oidOID         = 26
	oidJSON        = 114
	oidXML         = 142
	oidPoint       = 600
	oidPolygon     = 604
	oidCIDR        = 650
	oidFloat4      = 700
	oidFloat8      = 701
	oidMacaddr     = 829
	oidInet        = 869
	oidBpchar      = 1042
	oidVarchar     = 1043
	oidDate        = 1082
	oidTime        = 1083
	oidTimestamp   = 1114
	oidTimestamptz = 1184
	oidBit         = 1560
	oidVarbit      = 1562
	oidNumeric     = 1700
	oidUUID        = 2950
	oidJSONB       = 3802
)

func pgClass(oid uint32) class {
	switch oid {
	case oidBool:
		return classBoolean
	case oidBytea:
		return classBytes
	case oidInt8, oidInt4, oidInt2, oidOID:
		return classInteger
	case oidNumeric:
		return classNumeric
	case oidFloat4, oidFloat8:
		return classReal
	case oidText, oidVarchar:
		return classText
	case oidJSON, oidJSONB:
		return classJSON
	}
	return classOther
}

// compares reports whether the database can compare the column with a value: a few types of PostgreSQL know no equality.
func (c *column) compares() bool {
	return c.pg == nil || c.pg.oid != oidJSON && c.pg.oid != oidXML && c.pg.oid != oidPoint && c.pg.oid != oidPolygon
}

// limit returns how many letters, or bits, a value may have; -1: any number.
func (t *pgType) limit() int {
	switch {
	case t.mod < 0:
	case t.oid == oidVarchar || t.oid == oidBpchar:
		return t.mod - 4
	case t.oid == oidBit || t.oid == oidVarbit:
		return t.mod
	}
	return -1
}

// digits returns how many digits a number may have before and after the point; false: any number.
func (t *pgType) digits() (before, after int, ok bool) {
	if t.oid != oidNumeric || t.mod < 4 {
		return 0, 0, false
	}
	precision, scale := (t.mod-4)>>16&0xffff, ((t.mod-4)&0x7ff^1024)-1024
	return precision - scale, scale, true
}

// pgTypes are the types of a database.
type pgTypes map[uint32]*pgEntry

// pgEntry is a row of the catalog of types.
type pgEntry struct {
	name    string
	kind    string // b, d, e, r, m
	base    int64  // of a domain
	baseMod int
	elem    int64 // of an array
	comma   bool  // stands between the elements of an array of it
	notNull bool
	labels  []string
}

// types reads the catalog of types, but for those of rows.
func (d *postgres) types(ctx context.Context, q querier) (pgTypes, error) {
	ts := pgTypes{}
	var oid int64
	var e pgEntry
	var delim string
	err := each(ctx, q, `SELECT oid::int8, format_type(oid, -1), typtype::text, typbasetype::int8, typtypmod, CASE typcategory WHEN 'A' THEN typelem::int8 ELSE 0 END, typdelim::text, typnotnull
		FROM pg_type WHERE typtype <> 'c' AND typtype <> 'p'`, nil, func() error {
		e := e
		e.comma = delim == ","
		ts[uint32(oid)] = &e
		return nil
	}, &oid, &e.name, &e.kind, &e.base, &e.baseMod, &e.elem, &delim, &e.notNull)
	if err != nil {
		return nil, err
	}
	var label string
	err = each(ctx, q, "SELECT enumtypid::int8, enumlabel FROM pg_enum ORDER BY enumtypid, enumsortorder", nil, func() error {
		if e := ts[uint32(oid)]; e != nil {
			e.labels = append(e.labels, label)
		}
		return nil
	}, &oid, &label)
	return ts, err
}

// of returns the type with the number and a modifier; notNull says that it is a domain that forbids null. decl is how people write it.
func (ts pgTypes) of(oid uint32, mod int, decl string) (t *pgType, notNull bool) {
	e := ts[oid]
	for range 100 { // domains of domains
		if e == nil || e.kind != "d" {
			break
		}
		notNull = notNull || e.notNull
		if mod < 0 {
			mod = e.baseMod
		}
		oid = uint32(e.base)
		e = ts[oid]
	}
	t = &pgType{oid: oid, mod: mod, decl: decl, name: decl, class: pgClass(oid)}
	if e == nil {
		return t, notNull
	}
	t.name, t.labels = e.name, e.labels
	if el := ts[uint32(e.elem)]; e.elem != 0 && el != nil && el.comma {
		t.elem, _ = ts.of(uint32(e.elem), mod, strings.TrimSuffix(decl, "[]"))
		t.class = classOther
	}
	return t, notNull
}
