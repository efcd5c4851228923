package plan

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// Visible returns the text with everything that a terminal would act on instead of showing written out: control characters, what turns the direction of text,
// invisible characters, and bytes that are no UTF-8.
func Visible(s string) string {
	plain := true
	for _, r := range s {
		if hidden(r) {
			plain = false
			break
		}
	}
	if plain {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\r':
			b.WriteString(`\r`)
		case r < 0x80 && hidden(r):
			fmt.Fprintf(&b, `\x%02x`, r)
		case r < 0x10000 && hidden(r):
			fmt.Fprintf(&b, `\u%04x`, r)
		case hidden(r):
			fmt.Fprintf(&b, `\U%08x`, r)
		default:
			b.WriteString(s[i : i+n])
		}
		i += n
	}
	return b.String()
}

// hidden reports whether a character does something else than being seen.
func hidden(r rune) bool {
	return r == utf8.RuneError || unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co) ||
		unicode.Is(unicode.Variation_Selector, r) || r >= 0xe0000 && r <= 0xe0fff ||
		r != ' ' && unicode.Is(unicode.Zs, r)
}

// Width returns how many columns a terminal takes for the text.
func Width(s string) int {
	n := 0
	for _, r := range s {
		n += cells(r)
	}
	return n
}

// cells returns how many columns a terminal takes for a character: www.unicode.org/reports/tr11.
func cells(r rune) int {
	if r < 0x300 {
		return 1
	}
	if unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf) {
		return 0
	}
	if k := width.LookupRune(r).Kind(); k == width.EastAsianWide || k == width.EastAsianFullwidth {
		return 2
	}
	return 1
}

// Cut returns the text in at most so many columns; of a longer one the middle is left out.
func Cut(s string, most int) string {
	if Width(s) <= most {
		return s
	}
	if most <= 1 {
		return strings.Repeat("…", max(most, 0))
	}
	left := (most - 1) / 2
	right := most - 1 - left
	head := s
	taken := 0
	for i, r := range s {
		if taken += cells(r); taken > left {
			head = s[:i]
			break
		}
	}
	rs := []rune(s)
	i := len(rs)
	for w := 0; i > 0; i-- {
		if w += cells(rs[i-1]); w > right {
			break
		}
	}
	return head + "…" + string(rs[i:])
}

func pad(s string, columns int) string {
	if n := columns - Width(s); n > 0 {
		return s + strings.Repeat(" ", n)
	}
	return s
}
