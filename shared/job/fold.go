package job

import (
	"unicode"
	"unicode/utf8"

	"github.com/plumbline-sync/plumbline/shared/record"
)

// Fold returns the value for comparison without case: its text, or the texts in a list, with each letter replaced by one that stands for all its cases (Unicode simple folding:
// as many letters as before, no rules of one language). What a list holds in objects stays. A value that is folded already is returned itself, without allocation.
func Fold(v record.Value) record.Value {
	if len(v) == 0 || v[0] != '"' && v[0] != '[' || folded(v) {
		return v
	}
	out := make(record.Value, 0, len(v)+8)
	depth, inText := 0, false // of objects
	for i := 0; i < len(v); {
		c := v[i]
		switch {
		case inText && c == '\\':
			n := 2
			if v[i+1] == 'u' {
				n = 6
			}
			out = append(out, v[i:i+n]...)
			i += n
			continue
		case c == '"':
			inText = !inText
		case !inText && c == '{':
			depth++
		case !inText && c == '}':
			depth--
		case inText && depth == 0 && c < utf8.RuneSelf:
			if c >= 'A' && c <= 'Z' {
				c += 'a' - 'A'
			}
		case inText && depth == 0:
			r, n := utf8.DecodeRune(v[i:])
			out = utf8.AppendRune(out, foldRune(r))
			i += n
			continue
		}
		out = append(out, c)
		i++
	}
	return out
}

// folded reports whether there is surely nothing to fold.
func folded(v record.Value) bool {
	for _, c := range v {
		if c >= 'A' && c <= 'Z' || c >= utf8.RuneSelf {
			return foldedText(v)
		}
	}
	return true
}

// foldedText looks closer, rune by rune; of a list it does not know.
func foldedText(v record.Value) bool {
	if v[0] == '[' {
		return false
	}
	for i := 1; i < len(v)-1; {
		if c := v[i]; c < utf8.RuneSelf {
			if c >= 'A' && c <= 'Z' {
				return false
			}
			i++
			if c == '\\' && v[i] == 'u' {
				i += 5
			}
			continue
		}
		r, n := utf8.DecodeRune(v[i:])
		if foldRune(r) != r {
			return false
		}
		i += n
	}
	return true
}

// foldRune returns the one rune that stands for all cases of r.
func foldRune(r rune) rune {
	least, alone := r, true
	for x := unicode.SimpleFold(r); x != r; x = unicode.SimpleFold(x) {
		least, alone = min(least, x), false
	}
	if alone {
		return r
	}
	return unicode.ToLower(least)
}
