package record

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// SyntaxError says what is wrong with a JSON text and where.
type SyntaxError struct {
	Offset int // of the byte, from 0
	Reason string
}

// Error gives the place and the reason.
func (e *SyntaxError) Error() string { return "at byte " + strconv.Itoa(e.Offset) + ": " + e.Reason }

func bad(at int, reason string) error { return &SyntaxError{Offset: at, Reason: reason} }

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// scanString finds the end of the string whose first byte after the quote is src[i]: end is the closing quote's place. escaped says that there are backslashes in it,
// high that there may be bytes beyond ASCII, which the caller has to check.
//
// Eight bytes are looked at at once. In each byte of the three differences the high bit is set where the byte is a control character, a quote or a backslash; a borrow out of a byte
// happens only where that byte is such a hit itself, so the lowest hit is always true. Bytes beyond ASCII never borrow, and are masked out.
func scanString(src []byte, i int) (end int, escaped, high bool, err error) {
	var non uint64
	for {
		for ; i+8 <= len(src); i += 8 {
			x := binary.LittleEndian.Uint64(src[i:])
			hit := (x - ' '*ones) | ((x ^ '"'*ones) - ones) | ((x ^ '\\'*ones) - ones)
			hit &= ^x & highs
			non |= x & highs
			if hit != 0 {
				i += bits.TrailingZeros64(hit) >> 3
				break
			}
		}
		for ; i < len(src); i++ {
			if c := src[i]; c < ' ' || c == '"' || c == '\\' {
				break
			} else if c >= utf8.RuneSelf {
				non = 1
			}
		}
		if i >= len(src) {
			return 0, false, false, bad(i, "the text ends inside a string")
		}
		switch src[i] {
		case '"':
			return i, escaped, non != 0, nil
		case '\\':
			escaped = true
			if i += 2; i > len(src) {
				return 0, false, false, bad(len(src), "the text ends inside a string")
			}
		default:
			return 0, false, false, bad(i, "a raw control character "+strconv.QuoteToASCII(string(rune(src[i])))+" in a string; it must be written as an escape")
		}
	}
}

// validUTF8 checks src[start:end], which stands in a string.
func validUTF8(src []byte, start, end int) error {
	if utf8.Valid(src[start:end]) {
		return nil
	}
	for i := start; i < end; {
		r, n := utf8.DecodeRune(src[i:end])
		if r == utf8.RuneError && n == 1 {
			return bad(i, "invalid UTF-8 (byte 0x"+strconv.FormatUint(uint64(src[i]), 16)+"); convert the data to UTF-8")
		}
		i += n
	}
	return nil
}

// appendUnescaped appends the text of the string body src[i:end].
func appendUnescaped(dst, src []byte, i, end int) ([]byte, error) {
	for {
		n := bytes.IndexByte(src[i:end], '\\')
		if n < 0 {
			return append(dst, src[i:end]...), nil
		}
		dst = append(dst, src[i:i+n]...)
		r, next, err := unescape(src, i+n, end)
		if err != nil {
			return dst, err
		}
		dst = utf8.AppendRune(dst, r)
		i = next
	}
}

// appendRequoted appends the string with the body src[i:end] in canonical form.
func appendRequoted(dst, src []byte, i, end int) ([]byte, error) {
	dst = append(dst, '"')
	for {
		n := bytes.IndexByte(src[i:end], '\\')
		if n < 0 {
			return append(append(dst, src[i:end]...), '"'), nil
		}
		dst = append(dst, src[i:i+n]...)
		r, next, err := unescape(src, i+n, end)
		if err != nil {
			return dst, err
		}
		if r < ' ' || r == '"' || r == '\\' {
			dst = appendEscape(dst, byte(r))
		} else {
			dst = utf8.AppendRune(dst, r)
		}
		i = next
	}
}

// unescape reads the escape at src[i] and returns the place after it.
func unescape(src []byte, i, end int) (rune, int, error) {
	if i+1 >= end {
		return 0, i, bad(i, "the text ends inside an escape")
	}
	switch e := src[i+1]; e {
	case '"', '\\', '/':
		return rune(e), i + 2, nil
	case 'b':
		return '\b', i + 2, nil
	case 'f':
		return '\f', i + 2, nil
	case 'n':
		return '\n', i + 2, nil
	case 'r':
		return '\r', i + 2, nil
	case 't':
		return '\t', i + 2, nil
	case 'u':
	default:
		return 0, i, bad(i, "an unknown escape "+strconv.QuoteToASCII(string(src[i:i+2])))
	}
	r, ok := hex4(src, i+2, end)
	if !ok {
		return 0, i, bad(i, "a \\u escape without four hexadecimal digits")
	}
	if !utf16.IsSurrogate(r) {
		return r, i + 6, nil
	}
	low, ok := rune(0), false
	if i+7 < end && src[i+6] == '\\' && src[i+7] == 'u' {
		low, ok = hex4(src, i+8, end)
	}
	pair := utf16.DecodeRune(r, low)
	if !ok || pair == utf8.RuneError {
		return 0, i, bad(i, "a lone surrogate "+string(src[i:i+6])+", which is no character")
	}
	return pair, i + 12, nil
}

func hex4(src []byte, i, end int) (rune, bool) {
	if i+4 > end {
		return 0, false
	}
	var r rune
	for _, c := range src[i : i+4] {
		switch {
		case '0' <= c && c <= '9':
			r = r<<4 | rune(c-'0')
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			r = r<<4 | rune(c|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	return r, true
}

// AppendString appends s as a canonical JSON string. s must be valid UTF-8.
func AppendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for {
		i := plain(s)
		dst = append(dst, s[:i]...)
		if i == len(s) {
			return append(dst, '"')
		}
		dst = appendEscape(dst, s[i])
		s = s[i+1:]
	}
}

// plain returns how many bytes of s need no escape; see scanString for how.
func plain(s string) int {
	i := 0
	for ; i+8 <= len(s); i += 8 {
		x := uint64(s[i]) | uint64(s[i+1])<<8 | uint64(s[i+2])<<16 | uint64(s[i+3])<<24 | uint64(s[i+4])<<32 | uint64(s[i+5])<<40 | uint64(s[i+6])<<48 | uint64(s[i+7])<<56
		if hit := ((x - ' '*ones) | ((x ^ '"'*ones) - ones) | ((x ^ '\\'*ones) - ones)) & ^x & highs; hit != 0 {
			return i + bits.TrailingZeros64(hit)>>3
		}
	}
	for i < len(s) && s[i] >= ' ' && s[i] != '"' && s[i] != '\\' {
		i++
	}
	return i
}

func appendEscape(dst []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\b':
		return append(dst, '\\', 'b')
	case '\t':
		return append(dst, '\\', 't')
	case '\n':
		return append(dst, '\\', 'n')
	case '\f':
		return append(dst, '\\', 'f')
	case '\r':
		return append(dst, '\\', 'r')
	}
	const hex = "0123456789abcdef"
	return append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
}

// unquote returns the text of a canonical JSON string.
func unquote(v []byte) string {
	if len(v) < 2 {
		return ""
	}
	body := v[1 : len(v)-1]
	if strings.IndexByte(string(body), '\\') < 0 {
		return string(body)
	}
	text, err := appendUnescaped(make([]byte, 0, len(body)), body, 0, len(body))
	if err != nil {
		return string(body)
	}
	return string(text)
}
