package sql

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/plumbline-sync/plumbline/shared/record"
)

// read implements dialect. Values come as PostgreSQL prints them: numbers with all their digits, a timestamptz as RFC 3339 in UTC, a timestamp as that without a zone, bytes as base64,
// arrays as lists, JSON as what it says; all else as its text. What JSON has no word for (NaN, infinity) is wrong.
func (d *postgres) read(dst []byte, v any, c *column) ([]byte, error) {
	switch x := v.(type) {
	case nil:
		return append(dst, record.Null...), nil
	case int64:
		return strconv.AppendInt(dst, x, 10), nil
	case string:
		if c == nil || c.pg == nil {
			return pgString(dst, x)
		}
		return pgRead(dst, x, c.pg)
	}
	o, err := record.Plain(v)
	return append(dst, o...), err
}

func pgRead(dst []byte, text string, t *pgType) ([]byte, error) {
	if t.elem != nil {
		return pgArray(dst, text, t)
	}
	switch t.class {
	case classBoolean:
		return strconv.AppendBool(dst, text == "t"), nil
	case classInteger:
		return record.AppendCanonical(dst, []byte(text))
	case classNumeric, classReal:
		if c := text[len(text)-1]; c < '0' || c > '9' {
			return dst, fmt.Errorf("%s is no number that can be kept", text)
		}
		return record.AppendCanonical(dst, []byte(text))
	case classJSON:
		out, err := record.AppendCanonical(dst, []byte(text))
		if err != nil {
			return dst, fmt.Errorf("holds JSON that cannot be kept: %w", err)
		}
		return out, nil
	case classBytes:
		b, err := hex.DecodeString(strings.TrimPrefix(text, `\x`))
		if err != nil {
			return dst, fmt.Errorf("holds no bytes: %w", err)
		}
		dst = append(dst, '"')
		dst = base64.StdEncoding.AppendEncode(dst, b)
		return append(dst, '"'), nil
	}
	switch t.oid {
	case oidBpchar:
		text = strings.TrimRight(text, " ") // they fill it up, and mean nothing
	case oidDate, oidTimestamp, oidTimestamptz:
		if strings.HasSuffix(text, "infinity") || strings.HasSuffix(text, "BC") || strings.IndexByte(text, '-') != 4 {
			return dst, fmt.Errorf("%s is no time of the years 1 to 9999", text)
		}
		text = strings.Replace(text, " ", "T", 1)
		if zoneless, ok := strings.CutSuffix(text, "+00"); ok && t.oid == oidTimestamptz {
			text = zoneless + "Z"
		}
	}
	return pgString(dst, text)
}

func pgString(dst []byte, text string) ([]byte, error) {
	if !utf8.ValidString(text) {
		return dst, fmt.Errorf("text is not valid UTF-8: %s", shortened(strconv.Quote(text)))
	}
	return record.AppendString(dst, text), nil
}

// pgArray reads an array's text, {1,NULL,"a b",{..}}, as a list.
func pgArray(dst []byte, text string, t *pgType) ([]byte, error) {
	if strings.HasPrefix(text, "[") {
		return dst, fmt.Errorf("%s is an array whose indexes do not begin with 1", shortened(text))
	}
	dst, rest, err := pgElements(dst, text, t.elem)
	if err == nil && rest != "" {
		err = fmt.Errorf("%s is no array", shortened(text))
	}
	return dst, err
}

func pgElements(dst []byte, text string, elem *pgType) (out []byte, rest string, err error) {
	if !strings.HasPrefix(text, "{") {
		return dst, "", fmt.Errorf("%s is no array", shortened(text))
	}
	dst, text = append(dst, '['), text[1:]
	for first := true; ; first = false {
		switch {
		case strings.HasPrefix(text, "}"):
			return append(dst, ']'), text[1:], nil
		case text == "":
			return dst, "", fmt.Errorf("an array has no end")
		case !first && text[0] != ',':
			return dst, "", fmt.Errorf("%s is no array", shortened(text))
		case !first:
			text = text[1:]
			dst = append(dst, ',')
		}
		if strings.HasPrefix(text, "{") {
			dst, text, err = pgElements(dst, text, elem)
		} else {
			var word string
			var quoted bool
			if word, text, quoted, err = pgElement(text); err == nil {
				if !quoted && word == "NULL" {
					dst = append(dst, record.Null...)
				} else {
					dst, err = pgRead(dst, word, elem)
				}
			}
		}
		if err != nil {
			return dst, "", err
		}
	}
}

// pgElement cuts the first element from the rest of an array's text.
func pgElement(text string) (word, rest string, quoted bool, err error) {
	if !strings.HasPrefix(text, `"`) {
		end := strings.IndexAny(text, ",}")
		if end <= 0 {
			return "", "", false, fmt.Errorf("%s is no array", shortened(text))
		}
		return text[:end], text[end:], false, nil
	}
	var b strings.Builder
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '"':
			return b.String(), text[i+1:], true, nil
		case '\\':
			i++
			if i == len(text) {
				continue
			}
		}
		b.WriteByte(text[i])
	}
	return "", "", true, fmt.Errorf("an array has no end")
}

// appendElement appends a text as an element of an array.
func appendElement(dst []byte, text string) []byte {
	dst = append(dst, '"')
	for {
		i := strings.IndexAny(text, `"\\`)
		if i < 0 {
			dst = append(dst, text...)
			break
		}
		dst = append(append(dst, text[:i]...), '\\', text[i])
		text = text[i+1:]
	}
	return append(dst, '"')
}
