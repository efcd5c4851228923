package sql

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/plumbline-sync/plumbline/shared/record"
)

// bind implements dialect: the text that the server reads as the value.
func (d *postgres) bind(v record.Value, c *column) (any, error) {
	switch kind := v.Kind(); {
	case kind == record.Absent || kind == record.NullKind:
		return nil, nil
	case c.pg != nil:
		s, err := pgWrite(v, c.pg)
		if err != nil {
			return nil, err
		}
		return s, nil
	case c.class == classBytes:
		s, _ := v.Text()
		return s, nil
	}
	if n, ok := v.Int64(); ok {
		return n, nil
	}
	return v.String(), nil
}

// pgShapes are what texts of a type look like that the server surely understands, and as what is meant.
type pgShapes struct{ number, date, time, stamp, uuid, mac *regexp.Regexp }

// shapes are made when the first value is written, for programs start often.
var shapes = sync.OnceValue(func() pgShapes {
	return pgShapes{
		number: regexp.MustCompile(`^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$`),
		date:   regexp.MustCompile(`^\d{4}-\d\d-\d\d$`),
		time:   regexp.MustCompile(`^\d\d:\d\d(:\d\d(\.\d+)?)?$`),
		stamp:  regexp.MustCompile(`^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?( ?(Z|[+-]\d\d(:?\d\d)?))?)?$`),
		uuid:   regexp.MustCompile(`^[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{12}$`),
		mac:    regexp.MustCompile(`^[0-9a-fA-F]{2}([:-]?[0-9a-fA-F]{2}){5}$|^[0-9a-fA-F]{4}\.[0-9a-fA-F]{4}\.[0-9a-fA-F]{4}$`),
	}
})

var errNUL = errors.New("cannot hold the character NUL")

func pgWrite(v record.Value, t *pgType) (string, error) {
	kind := v.Kind()
	switch {
	case t.class == classJSON:
		if t.oid == oidJSONB && strings.Contains(strings.ReplaceAll(string(v), `\\`, ""), `\u0000`) {
			return "", errNUL
		}
		return string(v), nil
	case t.elem != nil && kind == record.ArrayKind:
		out, err := pgList(nil, v.Elements(), t)
		return string(out), err
	case t.elem != nil:
		return "", fmt.Errorf("is an array; it cannot hold %s, which is no list", shortened(string(v)))
	case kind == record.ArrayKind:
		return "", fmt.Errorf("cannot hold a list; declare the column jsonb or an array, or map the field with `split`")
	case kind == record.ObjectKind:
		return "", fmt.Errorf("cannot hold an object; declare the column jsonb")
	}
	s := v.String()
	cannot := func() (string, error) { return "", fmt.Errorf("(%s) cannot hold %s", t.decl, shortened(string(v))) }
	if strings.IndexByte(s, 0) >= 0 {
		return "", errNUL
	}
	var ok bool
	switch t.class {
	case classBoolean:
		if b, is := v.Bool(); is {
			return strconv.FormatBool(b)[:1], nil
		}
		ok = slices.Contains([]string{"t", "f", "true", "false", "yes", "no", "y", "n", "on", "off", "1", "0"}, strings.ToLower(strings.TrimSpace(s)))
	case classInteger:
		s = strings.TrimSpace(s)
		ok = pgInteger(s, t.oid)
	case classNumeric:
		s = strings.TrimSpace(s)
		ok = shapes().number.MatchString(s)
	case classReal:
		s = strings.TrimSpace(s)
		f, err := strconv.ParseFloat(s, pgBits(t.oid))
		ok = err == nil && shapes().number.MatchString(s) && !(f == 0 && strings.ContainsAny(mantissa(s), "123456789"))
	case classBytes:
		b, err := base64.StdEncoding.Strict().DecodeString(s)
		if err != nil || base64.StdEncoding.EncodeToString(b) != s {
			return "", fmt.Errorf("holds bytes, which are written as base64; %s is none", shortened(strconv.Quote(s)))
		}
		return `\x` + hex.EncodeToString(b), nil
	default:
		return s, pgFits(s, t)
	}
	if !ok {
		return cannot()
	}
	return s, nil
}

// mantissa returns a number's text before its exponent.
func mantissa(s string) string {
	m, _, _ := strings.Cut(strings.ToLower(s), "e")
	return m
}

// pgBits returns the size of a floating point type.
func pgBits(oid uint32) int {
	if oid == oidFloat4 {
		return 32
	}
	return 64
}

func pgInteger(s string, oid uint32) bool {
	bits := map[uint32]int{oidInt2: 16, oidInt4: 32, oidInt8: 64}[oid]
	if bits == 0 {
		_, err := strconv.ParseUint(s, 10, 32)
		return err == nil
	}
	_, err := strconv.ParseInt(s, 10, bits)
	return err == nil
}

// pgFits says why a text is none of a type that is kept in a form of its own, as far as that can be told here.
func pgFits(s string, t *pgType) error {
	limit := t.limit()
	plain := s
	if t.oid == oidBpchar {
		plain = strings.TrimRight(s, " ")
	}
	var ok bool
	var want string
	switch {
	case limit >= 0 && (utf8.RuneCountInString(plain) > limit || t.oid == oidBit && len(s) != limit):
		return fmt.Errorf("(%s) cannot hold %s", t.decl, shortened(strconv.Quote(s)))
	case t.oid == oidBit, t.oid == oidVarbit:
		ok, want = strings.Trim(s, "01") == "", "the digits 0 and 1"
	case t.labels != nil:
		ok, want = slices.Contains(t.labels, s), "one of "+strings.Join(t.labels, ", ")
	case t.oid == oidUUID:
		ok, want = shapes().uuid.MatchString(s), "a UUID"
	case t.oid == oidMacaddr:
		ok, want = shapes().mac.MatchString(s), "a MAC address"
	case t.oid == oidInet, t.oid == oidCIDR:
		_, err := netip.ParsePrefix(s)
		if err != nil {
			_, err = netip.ParseAddr(s)
		}
		ok, want = err == nil && !strings.Contains(s, "%"), "an address or a network"
	case t.oid == oidDate:
		ok, want = shapes().date.MatchString(s), "YYYY-MM-DD"
	case t.oid == oidTime:
		ok, want = shapes().time.MatchString(s), "HH:MM:SS"
	case t.oid == oidTimestamp, t.oid == oidTimestamptz:
		ok, want = shapes().stamp.MatchString(s), "a time as in RFC 3339"
	default:
		return nil
	}
	if !ok {
		return fmt.Errorf("(%s) cannot hold %s: want %s", t.decl, shortened(strconv.Quote(s)), shortened(want))
	}
	return nil
}

// pgList appends a list as an array's text. Lists in it are further dimensions, all of one length.
func pgList(dst []byte, list []record.Value, t *pgType) ([]byte, error) {
	dst = append(dst, '{')
	width := -1
	for i, v := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		inner := -1
		switch {
		case v.IsNull():
			dst = append(dst, "NULL"...)
		case t.elem.class != classJSON && v.Kind() == record.ArrayKind:
			es := v.Elements()
			if inner = len(es); inner == 0 {
				return nil, errors.New("is an array, which cannot hold an empty list in a list")
			}
			var err error
			if dst, err = pgList(dst, es, t); err != nil {
				return nil, err
			}
		default:
			s, err := pgWrite(v, t.elem)
			if err != nil {
				return nil, err
			}
			dst = appendElement(dst, s)
		}
		if i > 0 && inner != width {
			return nil, errors.New("is an array, which cannot hold lists of different lengths in a list")
		}
		width = inner
	}
	return append(dst, '}'), nil
}
