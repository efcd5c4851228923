package job

import "strings"

// unquoted finds references such as ${env:X} that stand without quotes inside { } or [ ], where YAML takes their braces for its own. It returns them with their places,
// and the text with each spelled as hidden does, in as many characters, so that reading can go on. It knows no more of YAML than it needs: it is asked only after an error.
func unquoted(src string) (refs []string, at []place, fixed string) {
	s := []rune(src)
	line, start, depth := 1, 0, 0
	fresh := true // a value may begin here
	for i := 0; i < len(s); i++ {
		c := s[i]
		begins := fresh
		fresh = strings.ContainsRune(" \t\n{[,:", c) || c == '-' && begins
		switch {
		case c == '\n':
			line, start = line+1, i+1
		case c == '#' && (i == 0 || strings.ContainsRune(" \t\n", s[i-1])):
			i = until(s, i, "\n") - 1
		case begins && (c == '"' || c == '\''):
			i = closing(s, i)
		case depth > 0 && c == '$' && i+1 < len(s) && s[i+1] == '{':
			if end := until(s, i, "}\n"); end < len(s) && s[end] == '}' {
				ref := string(s[i : end+1])
				refs, at = append(refs, ref), append(at, place{line, i - start + 1})
				copy(s[i:], []rune(hidden(ref)))
				i = end
			}
		case (c == '{' || c == '[') && (begins || depth > 0):
			depth++
		case (c == '}' || c == ']') && depth > 0:
			depth--
		}
	}
	return refs, at, string(s)
}

// until returns the index of the first of the runes from i on; the end where there is none.
func until(s []rune, i int, any string) int {
	for i < len(s) && !strings.ContainsRune(any, s[i]) {
		i++
	}
	return i
}

// closing returns the index of the quote that ends the text beginning at i, of its line end where there is none in that line.
func closing(s []rune, i int) int {
	for j := i + 1; j < len(s) && s[j] != '\n'; j++ {
		switch {
		case s[j] == '\\' && s[i] == '"':
			j++
		case s[j] == s[i] && s[i] == '\'' && j+1 < len(s) && s[j+1] == '\'':
			j++
		case s[j] == s[i]:
			return j
		}
	}
	return i
}

// hidden spells a reference as YAML takes it without quotes, in as many characters.
func hidden(ref string) string {
	return "$(" + strings.ReplaceAll(ref[2:len(ref)-1], ":", "\ue000") + ")"
}

// restore puts hidden references back into the texts.
func restore(n *node, back *strings.Replacer, seen map[*node]bool) {
	if n == nil || seen[n] {
		return
	}
	seen[n] = true
	n.text = back.Replace(n.text)
	for _, c := range n.items {
		restore(c, back, seen)
	}
	for _, e := range n.entries {
		restore(e.val, back, seen)
	}
}
