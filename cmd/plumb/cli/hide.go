package cli

import (
	"cmp"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// hidden returns a function that takes this machine's folders out of texts: the state folder is called as given, this folder, the user's own and the one for temporary files by their short names,
// and of any other absolute path stays what it ends with.
func hidden(stateDir, called string) func(string) string {
	var pairs []string
	add := func(dir, other string) {
		if len(dir) > 2 {
			pairs = append(pairs, dir+string(filepath.Separator), other+"/", dir, other)
		}
	}
	if stateDir != "" {
		add(stateDir, cmp.Or(typed(called), filepath.Base(stateDir)))
	}
	if here, err := os.Getwd(); err == nil {
		add(here, ".")
	}
	if home, err := os.UserHomeDir(); err == nil {
		add(home, "~")
	}
	add(filepath.Clean(os.TempDir()), "TMP")
	known, quoted, bare := strings.NewReplacer(pairs...), (*regexp.Regexp)(nil), (*regexp.Regexp)(nil)
	if roots := rootFolders(); roots != "" {
		quoted = regexp.MustCompile(`"` + roots + `(?:[^"\n]*/)?([^"/\n]*)`)
		const end = "\\s\"'`()<>\\[\\]{}|,;:=?"
		bare = regexp.MustCompile("(^|[\\s'`(\\[{<=:,;|]|://)" + roots + "(?:[^" + end + "]*/)?([^/" + end + "]*)")
	}
	return func(s string) string {
		if s = known.Replace(s); quoted == nil || !strings.Contains(s, "/") {
			return s
		}
		return bare.ReplaceAllString(quoted.ReplaceAllString(s, `"…/$1`), "$1…/$2")
	}
}

// rootFolders is an expression for how absolute paths of this machine begin; "" where that is not known. What a system or an address calls by a name with slashes begins otherwise.
func rootFolders() string {
	all, err := os.ReadDir(string(filepath.Separator))
	if err != nil {
		return ""
	}
	var names []string
	for _, e := range all {
		if !slices.Contains([]string{"dev", "proc", "sys"}, e.Name()) { // no records are there
			names = append(names, regexp.QuoteMeta(e.Name()))
		}
	}
	if len(names) == 0 {
		return ""
	}
	return `/(?:` + strings.Join(names, "|") + `)/`
}

// typed returns the folder as a person in this folder would type it: a relative one as it is, an absolute one from here or from home; "" where it is neither near nor below home.
func typed(dir string) string {
	near := nearby(dir)
	if !filepath.IsAbs(near) && isSame(near, dir) {
		return near
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return ""
	}
	rel, err := filepath.Rel(home, dir)
	if err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return ""
	}
	return filepath.Join("~", rel)
}

// reachable returns the folder as a command on a page names it, which is to work for who copies it and shall hold no absolute path: as typed, else from here, however far.
func reachable(dir string) string {
	if t := typed(dir); t != "" {
		return t
	}
	here, err := os.Getwd()
	if err == nil {
		here, err = filepath.EvalSymlinks(here) // where .. begins
	}
	if err != nil {
		return dir
	}
	if rel, err := filepath.Rel(here, dir); err == nil && isSame(rel, dir) {
		return rel
	}
	return dir
}

// isSame reports whether both lead to the same folder, which links on the way may prevent; where there is none yet, they do.
func isSame(a, b string) bool {
	of, err := os.Stat(b)
	if err != nil {
		return true
	}
	is, err := os.Stat(a)
	return err == nil && os.SameFile(is, of)
}
