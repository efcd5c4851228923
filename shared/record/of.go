package record

import (
	"encoding/base64"
	stdjson "encoding/json"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
)

// Of returns the canonical value of any Go value: nil, booleans, numbers (NaN and infinities are refused), json.Number, *big.Int, strings (valid UTF-8), Value itself,
// time.Time (RFC 3339 with nanoseconds as far as needed, in its own zone), []byte (base64), and pointers, slices, maps and structs of these, structs by their json tags.
// A nil pointer or interface is null, a nil slice an empty list, a nil map an empty object, a nil Value null.
func Of(x any) (Value, error) {
	return appendAny(nil, x, func(dst []byte, x any) (Value, error) {
		text, err := json.Marshal(x)
		if err != nil {
			return nil, fmt.Errorf("a value of type %T cannot be kept: %w", x, err)
		}
		return AppendCanonical(dst, text)
	})
}

// Plain is Of for what decoders and drivers give: it refuses structs, pointers, and slices and maps but []any and map[string]any. A program that calls only it links no encoder by reflection.
func Plain(x any) (Value, error) {
	return appendAny(nil, x, func(_ []byte, x any) (Value, error) { return nil, fmt.Errorf("a value of type %T cannot be kept", x) })
}

// MustOf is Of for constants and tests: it panics where Of gives an error.
func MustOf(x any) Value {
	v, err := Of(x)
	if err != nil {
		panic(err)
	}
	return v
}

// StringValue returns the value of a string; invalid UTF-8 is refused.
func StringValue(s string) (Value, error) {
	if !utf8.ValidString(s) {
		return nil, fmt.Errorf("text %s is not valid UTF-8; convert the data to UTF-8", strconv.QuoteToASCII(s))
	}
	return AppendString(make([]byte, 0, len(s)+2), s), nil
}

// appendAny appends a value; other appends those of types that are not named here.
func appendAny(dst []byte, x any, other func(dst []byte, x any) (Value, error)) (Value, error) {
	switch x := x.(type) {
	case nil:
		return append(dst, Null...), nil
	case Value:
		if len(x) == 0 {
			return append(dst, Null...), nil
		}
		return AppendCanonical(dst, x)
	case bool:
		return strconv.AppendBool(dst, x), nil
	case string:
		v, err := StringValue(x)
		return append(dst, v...), err
	case int:
		return strconv.AppendInt(dst, int64(x), 10), nil
	case int64:
		return strconv.AppendInt(dst, x, 10), nil
	case int32:
		return strconv.AppendInt(dst, int64(x), 10), nil
	case uint64:
		return strconv.AppendUint(dst, x, 10), nil
	case float64:
		return appendFloat(dst, x, 64)
	case float32:
		return appendFloat(dst, float64(x), 32)
	case stdjson.Number:
		return appendText(dst, string(x))
	case *big.Int:
		if x == nil {
			return append(dst, Null...), nil
		}
		return x.Append(dst, 10), nil
	case time.Time:
		return AppendString(dst, x.Format(time.RFC3339Nano)), nil
	case []byte:
		return AppendString(dst, base64.StdEncoding.EncodeToString(x)), nil
	case stdjson.RawMessage:
		return AppendCanonical(dst, x)
	case []any:
		return appendList(dst, x, other)
	case map[string]any:
		return appendMap(dst, x, other)
	}
	return other(dst, x)
}

// appendText appends a number given as text.
func appendText(dst []byte, text string) (Value, error) {
	if end, _, err := scanNumber([]byte(text), 0); err != nil || end != len(text) {
		return nil, fmt.Errorf("%q is not a number", text)
	}
	return appendNumber(dst, []byte(text), 0)
}

func appendFloat(dst []byte, f float64, size int) (Value, error) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return nil, fmt.Errorf("%v is not a number that can be kept; give nil for no value", f)
	}
	return appendNumber(dst, strconv.AppendFloat(nil, f, 'e', -1, size), 0)
}

func appendList(dst []byte, list []any, other func([]byte, any) (Value, error)) (Value, error) {
	out := append(dst, '[')
	for i, e := range list {
		if i > 0 {
			out = append(out, ',')
		}
		v, err := appendAny(out, e, other)
		if err != nil {
			return nil, fmt.Errorf("element %d: %w", i, err)
		}
		out = v
	}
	return append(out, ']'), nil
}

func appendMap(dst []byte, m map[string]any, other func([]byte, any) (Value, error)) (Value, error) {
	fields := make(Fields, 0, len(m))
	for name, e := range m {
		if !utf8.ValidString(name) {
			return nil, fmt.Errorf("name %s is not valid UTF-8", strconv.QuoteToASCII(name))
		}
		v, err := appendAny(nil, e, other)
		if err != nil {
			return nil, fmt.Errorf("%q: %w", name, err)
		}
		fields = append(fields, Field{Name: name, Value: v})
	}
	fields.Sort()
	return AppendObject(dst, fields), nil
}
