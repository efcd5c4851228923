package sql

import (
	"context"
	"fmt"
	"math"
	"math/big"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/plumbline-sync/plumbline/shared/record"
)

// stored implements dialect. Most values are surely given back as they are; of others (a number with too many digits, a time in another zone, an interval) the server is asked what it makes of them.
func (d *postgres) stored(ctx context.Context, q querier, v record.Value, c *column) (record.Value, error) {
	b, err := d.bind(v, c)
	if err != nil || b == nil {
		return record.Value(record.Null), err
	}
	s := b.(string)
	switch {
	case c.pg.elem == nil && c.pg.class == classReal && inside(s, pgBits(c.pg.oid)):
		f, _ := strconv.ParseFloat(s, pgBits(c.pg.oid)) // bind has looked
		b = strconv.FormatFloat(f, 'g', -1, pgBits(c.pg.oid))
	case c.pg.elem == nil && surely(s, c.pg), c.pg.elem != nil && allSurely(v, c.pg.elem):
	default:
		err := each(ctx, q, "SELECT CAST(CAST($1 AS text) AS "+c.decl+")", []any{s}, func() error { return nil }, &b)
		if err != nil {
			if t := d.fault(err); t.kind == mismatch || t.kind == check || t.kind == required {
				return nil, fmt.Errorf("cannot hold %s: %s", shortened(string(v)), t.text)
			}
			return nil, failed(d, "ask", d.shown, err)
		}
	}
	return d.read(nil, b, c)
}

// allSurely reports whether all elements of a list, and of lists in it, are given back as they are.
func allSurely(v record.Value, elem *pgType) bool {
	for _, e := range v.Elements() {
		switch {
		case e.IsNull():
		case elem.class == classJSON:
		case e.Kind() == record.ArrayKind:
			if !allSurely(e, elem) {
				return false
			}
		default:
			if s, err := pgWrite(e, elem); err != nil || !surely(s, elem) {
				return false
			}
		}
	}
	return true
}

// surely reports whether a text that was made by pgWrite is read back as the same value, without asking the server.
func surely(s string, t *pgType) bool {
	switch t.class {
	case classBoolean:
		return s == "t" || s == "f"
	case classInteger:
		return plainNumber(s)
	case classNumeric:
		return plainNumber(s) && exactly(s, t)
	case classText, classJSON, classBytes:
		return true
	}
	switch t.oid {
	case oidBpchar:
		return true
	case oidUUID:
		return len(s) == 36 && strings.ToLower(s) == s
	case oidMacaddr:
		return len(s) == 17 && strings.ToLower(s) == s && !strings.Contains(s, "-")
	case oidInet, oidCIDR:
		return plainAddress(s, t.oid)
	case oidDate:
		return sameTime(s, time.DateOnly)
	case oidTime:
		return t.mod < 0 && len(s) <= len("15:04:05.000000") && sameTime(s, "15:04:05.999999")
	case oidTimestamp:
		return t.mod < 0 && sameTime(s, "2006-01-02T15:04:05.999999")
	case oidTimestamptz:
		return t.mod < 0 && strings.HasSuffix(s, "Z") && sameTime(s, "2006-01-02T15:04:05.999999Z07:00")
	}
	return t.labels != nil
}

// inside reports whether a text is nearer to its binary fraction than to the neighbours of that. In the middle between two Go prints the text, if it is the shortest, and PostgreSQL another.
func inside(s string, bits int) bool {
	f, err := strconv.ParseFloat(s, bits)
	if err != nil || f == 0 {
		return err == nil
	}
	exact, ok := new(big.Rat).SetString(s)
	for _, to := range []float64{math.Inf(1), math.Inf(-1)} {
		next := math.Nextafter(f, to)
		if bits == 32 {
			next = float64(math.Nextafter32(float32(f), float32(to)))
		}
		if !ok || math.IsInf(next, 0) {
			return false
		}
		middle := new(big.Rat).SetFloat64(f)
		middle.Add(middle, new(big.Rat).SetFloat64(next)).Quo(middle, big.NewRat(2, 1))
		if middle.Cmp(exact) == 0 {
			return false
		}
	}
	return true
}

// sameTime reports whether a text is a time that is there, written in the layout.
func sameTime(s, layout string) bool {
	at, err := time.Parse(layout, s)
	return err == nil && at.Format(layout) == s && !strings.HasPrefix(s, "0000-")
}

// plainAddress reports whether PostgreSQL prints an IPv4 address or network just so. Version 6 has more than one spelling.
func plainAddress(s string, oid uint32) bool {
	if a, err := netip.ParseAddr(s); err == nil {
		return oid == oidInet && a.Is4()
	}
	p, err := netip.ParsePrefix(s)
	return err == nil && p.Addr().Is4() && p.String() == s && (oid == oidCIDR && p == p.Masked() || oid == oidInet && p.Bits() < 32)
}

// plainNumber reports whether a text is a number as JSON has them, without an exponent.
func plainNumber(s string) bool {
	_, err := record.AppendCanonical(nil, []byte(s))
	return err == nil && !strings.ContainsAny(s, "eE")
}

// exactly reports whether a number has no more digits than its column.
func exactly(s string, t *pgType) bool {
	whole, fraction, _ := strings.Cut(strings.TrimPrefix(s, "-"), ".")
	whole, fraction = strings.TrimLeft(whole, "0"), strings.TrimRight(fraction, "0")
	before, after, limited := t.digits()
	if !limited {
		before, after = 131072, 16383
	}
	return len(whole) <= before && len(fraction) <= after
}
