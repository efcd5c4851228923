package file

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/job"
)

// missing says that the path is not there, and what is.
func (f *files) missing() error {
	return fault.Errorf(fault.NotFound, "path %q: there is no such file or folder%s%s", f.cfg.Path, f.beside(f.path), f.hint())
}

// notFound says that a model's file is not there; path is "" where any of its names would have done.
func (f *files) notFound(m *adapter.Model, path, file string) error {
	if path != "" {
		return fault.Errorf(fault.NotFound, "model %q: there is no file %q in %q%s%s", m.Name, file, f.cfg.Path, f.beside(path), f.hint())
	}
	var want []string
	for _, n := range names(m.Name) {
		want = append(want, n+".*")
	}
	return fault.Errorf(fault.NotFound, "model %q: there is no %s in %q%s%s", m.Name, strings.Join(want, " or "), f.cfg.Path, f.beside(f.disk.join(f.path, m.Name)), f.hint())
}

func (f *files) hint() string {
	if f.target {
		return "; to start with an empty file, say create: true"
	}
	return ""
}

// beside says what stands where a file was looked for: the nearest name, else a few of them.
func (f *files) beside(path string) string {
	entries := f.disk.near(path)
	if entries == nil {
		return ""
	}
	want := filepath.Base(path)
	var ns, stems []string
	for _, e := range entries {
		if strings.HasPrefix(e, ".") {
			continue
		}
		ns = append(ns, e)
		stem, _, _ := strings.Cut(e, ".")
		stems = append(stems, stem)
	}
	if n := job.Nearest(want, ns); n != "" {
		return "; did you mean " + n + "?"
	}
	wantStem, _, _ := strings.Cut(want, ".")
	if n := job.Nearest(wantStem, stems); n != "" {
		return "; did you mean " + ns[slices.Index(stems, n)] + "?"
	}
	switch {
	case len(ns) == 0:
		return "; the folder is empty"
	case len(ns) > 8:
		ns = append(ns[:8], "...")
	}
	return "; there are " + strings.Join(ns, ", ")
}
