package sql

import "strings"

// checks returns the check constraints of a CREATE TABLE statement as SQLite names them when they fail: by their name, or by their expression where they have none.
func checks(create string) []constraint {
	var cs []constraint
	name := ""
	for rest := create; rest != ""; {
		word, after := token(rest)
		switch {
		case strings.EqualFold(word, "constraint"):
			n, r := token(after)
			name, rest = unquote(n), r
			continue
		case strings.EqualFold(word, "check"):
			open, r := token(after)
			if open != "(" {
				rest = after
				continue
			}
			end := closing(r)
			text := strings.TrimSpace(r[:end])
			if name == "" {
				name = text
				if strings.ContainsAny(text[:min(1, len(text))], "\"'`[") {
					first, _ := token(text) // SQLite takes the expression for a quoted name
					name = unquote(first)
				}
			}
			cs = append(cs, constraint{name: name, text: text})
			name, rest = "", r[end:]
			continue
		case word == ",":
			name = ""
		}
		rest = after
	}
	return cs
}

// mentions returns those of the table's columns that an expression names.
func (t *table) mentions(expr string) []*column {
	var cs []*column
	seen := map[*column]bool{}
	for rest := expr; rest != ""; {
		word, after := token(rest)
		if c := t.column(unquote(word)); c != nil && !strings.HasPrefix(word, "'") && !seen[c] {
			seen[c] = true
			cs = append(cs, c)
		}
		rest = after
	}
	return cs
}

// closing returns where the bracket closes that was opened just before s.
func closing(s string) int {
	depth := 1
	for at := 0; at < len(s); {
		word, after := token(s[at:])
		end := len(s) - len(after)
		switch word {
		case "(":
			depth++
		case ")":
			if depth--; depth == 0 {
				return end - 1
			}
		}
		at = end
	}
	return len(s)
}

// token cuts the first word, quoted name, text or sign from SQL; comments and blanks before it are dropped. It is "" only where nothing is left.
func token(s string) (word, rest string) {
	for {
		s = strings.TrimLeft(s, " \t\r\n\f")
		switch {
		case strings.HasPrefix(s, "--"):
			_, s, _ = strings.Cut(s, "\n")
		case strings.HasPrefix(s, "/*"):
			_, s, _ = strings.Cut(s[2:], "*/")
		case s == "":
			return "", ""
		default:
			n := wordLen(s)
			return s[:n], s[n:]
		}
	}
}

func wordLen(s string) int {
	end := s[0]
	switch end {
	case '[':
		end = ']'
	case '"', '`', '\'':
	default:
		n := 0
		for n < len(s) && (s[n] == '_' || s[n] == '$' || s[n] >= 0x80 || '0' <= s[n] && s[n] <= '9' || 'a' <= s[n]|0x20 && s[n]|0x20 <= 'z') {
			n++
		}
		return max(n, 1)
	}
	for i := 1; i < len(s); i++ {
		if s[i] != end {
			continue
		}
		if end != ']' && i+1 < len(s) && s[i+1] == end {
			i++ // doubled: it stands for itself
			continue
		}
		return i + 1
	}
	return len(s)
}

// unquote returns the name that an identifier spells.
func unquote(word string) string {
	if len(word) < 2 {
		return word
	}
	switch q := word[:1]; q {
	case `"`, "`", "'":
		return strings.ReplaceAll(strings.TrimSuffix(word[1:], q), q+q, q)
	case "[":
		return strings.TrimSuffix(word[1:], "]")
	}
	return word
}
