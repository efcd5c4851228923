package record

import "bytes"

// The one spelling of a number. Every number is ±d × 10^e, where d are its significant digits, an integer without zeros at either end. Written plainly that takes zeros beside d:
// behind it (1200) or between the point and it (0.0012). Up to maxZeros of them it is written plainly, however long d is; beyond, as d, "e" and e: 1e1001, 12e-2000. Zero is 0, also -0.
const (
	maxZeros    = 1000
	maxExponent = 1_000_000_000
)

// scanNumber finds the end of the number at src[i]. canonical says that its text is its canonical spelling.
func scanNumber(src []byte, i int) (end int, canonical bool, err error) {
	start := i
	if i < len(src) && src[i] == '-' {
		i++
	}
	first := i
	for i < len(src) && isDigit(src[i]) {
		i++
	}
	digits := i - first
	switch {
	case digits == 0:
		return 0, false, notNumber(src, start)
	case digits > 1 && src[first] == '0':
		return 0, false, bad(first, "a number with a leading zero")
	}
	if i == len(src) || (src[i] != '.' && src[i]|0x20 != 'e') {
		return i, digits <= maxZeros && (src[first] != '0' || start == first), nil
	}
	if src[i] == '.' {
		i++
		if i == len(src) || !isDigit(src[i]) {
			return 0, false, bad(i, "a number without a digit after its point")
		}
		for i < len(src) && isDigit(src[i]) {
			i++
		}
	}
	if i < len(src) && src[i]|0x20 == 'e' {
		i++
		if i < len(src) && (src[i] == '+' || src[i] == '-') {
			i++
		}
		if i == len(src) || !isDigit(src[i]) {
			return 0, false, bad(i, "a number without a digit in its exponent")
		}
		for i < len(src) && isDigit(src[i]) {
			i++
		}
	}
	return i, false, nil
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func notNumber(src []byte, i int) error {
	rest := src[i:]
	for _, word := range []string{"NaN", "Infinity", "-Infinity", "nan", "inf", "-inf"} {
		if bytes.HasPrefix(rest, []byte(word)) {
			return bad(i, word+" is not a number that JSON has; write null")
		}
	}
	if len(rest) == 0 {
		return bad(i, "the text ends where a value should stand")
	}
	return bad(i, "a value should stand here, not "+quoteByte(rest[0]))
}

// appendNumber appends the canonical spelling of the number text, which scanNumber found well-formed; at is its place for errors.
func appendNumber(dst, text []byte, at int) ([]byte, error) {
	negative := text[0] == '-'
	if negative {
		text = text[1:]
	}
	var exp int64
	if e := bytes.IndexAny(text, "eE"); e >= 0 {
		exp = exponent(text[e+1:])
		text = text[:e]
	}
	whole, fraction, _ := bytes.Cut(text, []byte("."))
	exp -= int64(len(fraction))
	// The digits are whole and fraction in a row, less zeros at both ends.
	if whole = bytes.TrimLeft(whole, "0"); len(whole) == 0 {
		fraction = bytes.TrimLeft(fraction, "0")
	}
	trimmed := bytes.TrimRight(fraction, "0")
	exp += int64(len(fraction) - len(trimmed))
	if fraction = trimmed; len(fraction) == 0 {
		trimmed = bytes.TrimRight(whole, "0")
		exp += int64(len(whole) - len(trimmed))
		whole = trimmed
	}
	n := int64(len(whole) + len(fraction))
	if n == 0 {
		return append(dst, '0'), nil
	}
	if negative {
		dst = append(dst, '-')
	}
	switch point := n + exp; {
	case exp >= 0 && exp <= maxZeros:
		dst = append(append(dst, whole...), fraction...)
		return appendZeros(dst, exp), nil
	case exp < 0 && point > 0:
		start := len(dst)
		dst = append(append(dst, whole...), fraction...)
		dst = append(dst, 0)
		place := start + int(point)
		copy(dst[place+1:], dst[place:])
		dst[place] = '.'
		return dst, nil
	case exp < 0 && -point <= maxZeros:
		dst = appendZeros(append(dst, '0', '.'), -point)
		return append(append(dst, whole...), fraction...), nil
	}
	if exp > maxExponent || exp < -maxExponent {
		return dst, bad(at, "a number with an exponent beyond a thousand million")
	}
	dst = append(append(dst, whole...), fraction...)
	return append(append(dst, 'e'), itoa(exp)...), nil
}

// exponent reads an exponent; beyond 10^15 it stays there, which is refused unless the number is 0.
func exponent(text []byte) int64 {
	negative := text[0] == '-'
	if negative || text[0] == '+' {
		text = text[1:]
	}
	var e int64
	for _, c := range text {
		if e = e*10 + int64(c-'0'); e > 1e15 {
			e = 1e15
		}
	}
	if negative {
		return -e
	}
	return e
}

func appendZeros(dst []byte, n int64) []byte {
	for ; n > 0; n-- {
		dst = append(dst, '0')
	}
	return dst
}
