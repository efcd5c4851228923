package sql

import (
	"context"
	"encoding/base64"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/plumbline-sync/plumbline/shared/record"
)

// read implements dialect. Values come by how SQLite stored them, not by what the column was declared as: integers exactly, floats as their shortest exact text,
// bytes as base64; only booleans and JSON, which SQLite has no storage for, go by the declaration.
func (d *lite) read(dst []byte, v any, c *column) ([]byte, error) {
	switch x := v.(type) {
	case nil:
		return append(dst, record.Null...), nil
	case int64:
		if c != nil && c.class == classBoolean && (x == 0 || x == 1) {
			return strconv.AppendBool(dst, x == 1), nil
		}
		return strconv.AppendInt(dst, x, 10), nil
	case float64:
		if math.IsInf(x, 0) || math.IsNaN(x) {
			return dst, fmt.Errorf("%v is no number that can be kept", x)
		}
		var text [32]byte
		return record.AppendCanonical(dst, strconv.AppendFloat(text[:0], x, 'g', -1, 64))
	case string:
		if !utf8.ValidString(x) {
			return dst, fmt.Errorf("text is not valid UTF-8: %s", shortened(strconv.Quote(x)))
		}
		if c == nil || c.class != classJSON {
			return record.AppendString(dst, x), nil
		}
		out, err := record.AppendCanonical(dst, []byte(x))
		if err != nil {
			return dst, fmt.Errorf("the column is declared %s, but holds no JSON: %w", c.decl, err)
		}
		return out, nil
	case []byte:
		dst = append(dst, '"')
		dst = base64.StdEncoding.AppendEncode(dst, x)
		return append(dst, '"'), nil
	}
	o, err := record.Plain(v)
	return append(dst, o...), err
}

// bind implements dialect.
func (d *lite) bind(v record.Value, c *column) (any, error) {
	kind := v.Kind()
	switch {
	case kind == record.Absent || kind == record.NullKind:
		return nil, nil
	case c.class == classJSON && (kind != record.NumberKind || liteText(c)):
		return string(v), nil
	case kind == record.ArrayKind:
		return nil, fmt.Errorf("cannot hold a list; declare the column JSON, or map the field with `split`")
	case kind == record.ObjectKind:
		return nil, fmt.Errorf("cannot hold an object; declare the column JSON")
	case c.class == classText && kind != record.StringKind:
		return v.String(), nil
	case kind == record.BoolKind:
		return bindBool(v, c)
	case kind == record.NumberKind:
		return bindNumber(v, c)
	}
	s, ok := v.Text()
	if !ok {
		return nil, fmt.Errorf("cannot hold %s", shortened(string(v)))
	}
	switch {
	case c.class == classBytes:
		b, err := base64.StdEncoding.Strict().DecodeString(s)
		if err != nil || base64.StdEncoding.EncodeToString(b) != s {
			return nil, fmt.Errorf("holds bytes, which are written as base64; %s is none", shortened(strconv.Quote(s)))
		}
		return b, nil
	case c.strict && c.class == classInteger || c.strict && c.class == classReal:
		n, ok := numeric(s)
		if !ok {
			return nil, fmt.Errorf("cannot hold %s", shortened(strconv.Quote(s)))
		}
		if _, ok := n.Int64(); !ok && c.class == classInteger {
			return nil, fmt.Errorf("cannot hold %s", shortened(strconv.Quote(s)))
		}
	}
	return s, nil
}

func bindBool(v record.Value, c *column) (any, error) {
	if c.class == classBytes && c.strict {
		return nil, fmt.Errorf("cannot hold a boolean")
	}
	if b, _ := v.Bool(); b {
		return int64(1), nil
	}
	return int64(0), nil
}

func bindNumber(v record.Value, c *column) (any, error) {
	if c.class == classBytes && c.strict {
		return nil, fmt.Errorf("cannot hold a number")
	}
	if i, ok := v.Int64(); ok {
		return i, nil
	}
	f, ok := v.Float64()
	if !ok || c.strict && c.class == classInteger {
		return nil, fmt.Errorf("cannot hold %s", shortened(string(v)))
	}
	return f, nil
}

// stored implements dialect: it does what the column's affinity does.
func (d *lite) stored(_ context.Context, _ querier, v record.Value, c *column) (record.Value, error) {
	b, err := d.bind(v, c)
	if err != nil {
		return nil, err
	}
	if s, ok := b.(string); ok && c.class != classText && c.class != classAny && !liteText(c) {
		if n, ok := numeric(s); ok {
			if b, err = bindNumber(n, c); err != nil {
				return nil, fmt.Errorf("cannot hold %s", shortened(string(v)))
			}
		}
	}
	if i, ok := b.(int64); ok && c.class == classReal {
		b = float64(i)
	}
	return d.read(nil, b, c)
}

// liteText reports whether a column declared JSON has text affinity, so that it keeps numbers as they are written.
func liteText(c *column) bool {
	return c.class == classJSON && liteClass(strings.NewReplacer("json", "").Replace(fold(c.decl)), false) == classText
}

// numeric returns the number that a text turns into where a column prefers numbers; false: it stays text.
func numeric(s string) (record.Value, bool) {
	s, _, _ = strings.Cut(s, "\x00") // where SQLite stops reading
	s = strings.Trim(s, " \t\n\v\f\r")
	digits := strings.TrimLeft(s, "+-")
	if len(s)-len(digits) > 1 || digits == "" || strings.Trim(digits, "0123456789.eE+-") != "" {
		return nil, false
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil && !math.IsInf(f, 0) {
		return nil, false
	}
	if i, err := strconv.ParseInt(s, 10, 64); err == nil {
		v, err := record.Plain(i)
		return v, err == nil
	}
	if math.IsInf(f, 0) {
		return record.Value("1e999"), true // beyond every column
	}
	v, err := record.Plain(f)
	return v, err == nil
}

// shortened cuts what would fill a screen.
func shortened(s string) string {
	if len(s) <= 80 {
		return s
	}
	return strings.ToValidUTF8(s[:60], "") + fmt.Sprintf("... (%d bytes)", len(s))
}
