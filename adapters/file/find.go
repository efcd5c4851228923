package file

import (
	"cmp"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
)

// table is one model in its file.
type table struct {
	*adapter.Model
	disk   disk   // nil: local
	path   string // absolute, or a key
	show   string // for people: as the job says it
	format string
	text   Text
	keys   []string // under which its records stand in a file of several models
	absent bool     // the file is not there: empty, and made by sync
	// mayLack says that a file without the key holds no records of the model.
	mayLack bool
}

// on returns where the file stands.
func (t *table) on() disk {
	if t.disk == nil {
		return local{}
	}
	return t.disk
}

// endings are the formats by a file's ending.
var endings = map[string]string{
	"csv": "csv", "tsv": "csv", "tab": "csv", "ndjson": "ndjson", "jsonl": "ndjson", "json": "json", "yaml": "yaml", "yml": "yaml",
}

func hasEnding(path, ending string) bool { return strings.HasSuffix(strings.ToLower(path), "."+ending) }

// names returns the model's name and its plurals, the name first.
func names(model string) []string {
	ns := []string{model, model + "s"}
	for _, end := range []string{"s", "x", "z", "ch", "sh"} {
		if strings.HasSuffix(model, end) {
			return append(ns, model+"es")
		}
	}
	if stem, ok := strings.CutSuffix(model, "y"); ok {
		return append(ns, stem+"ies")
	}
	return ns
}

// resolve finds the file of every model. All problems at once, joined.
func (f *files) resolve(models []*adapter.Model) ([]*table, error) {
	st, err := f.disk.stat(f.path)
	missing := errors.Is(err, os.ErrNotExist)
	switch {
	case missing && !f.cfg.Create:
		return nil, f.missing()
	case err != nil && !missing:
		return nil, fileError("open", f.cfg.Path, err)
	}
	folder := err == nil && st.folder
	if folder && f.cfg.Format == "diffsync" {
		return nil, fault.Errorf(fault.Invalid, "path %q: it is a folder; a diffsync export is one file", f.cfg.Path)
	}
	if missing {
		folder = (filepath.Ext(f.path) == "" || strings.HasSuffix(f.cfg.Path, "/")) && f.cfg.Format != "diffsync"
	}
	var ts []*table
	var errs []error
	for _, m := range models {
		t, err := f.locate(m, folder)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		ts = append(ts, t)
	}
	if len(errs) == 0 {
		errs = f.clashes(ts)
	}
	return ts, joined(errs)
}

// joined returns the errors as one, with the code of the first.
func joined(errs []error) error {
	if len(errs) < 2 {
		return errors.Join(errs...)
	}
	return fault.Wrap(fault.Of(errs[0]), errors.Join(errs...))
}

// locate finds the file of one model.
func (f *files) locate(m *adapter.Model, folder bool) (*table, error) {
	mc, _ := m.Config.(*ModelConfig)
	if mc == nil {
		mc = &ModelConfig{}
	}
	t := &table{Model: m, disk: f.disk, text: f.cfg.Text.over(mc.Text), mayLack: f.cfg.Create, keys: names(m.Name), format: cmp.Or(mc.Format, f.cfg.Format)}
	if t.format == "diffsync" {
		t.keys, t.mayLack = t.keys[:1], true
	}
	if mc.Key != "" {
		t.keys = []string{mc.Key}
	}
	switch {
	case mc.File != "" && folder:
		t.path, t.show = f.disk.join(f.path, mc.File), f.cfg.Path+"/"+mc.File
		if filepath.IsAbs(mc.File) {
			t.show = mc.File
		}
	case mc.File != "":
		return nil, fault.Errorf(fault.Invalid, "model %q: file %q is given, but path %q is a file itself, not a folder", m.Name, mc.File, f.cfg.Path)
	case folder:
		if err := f.search(t); err != nil {
			return nil, err
		}
	default:
		t.path, t.show = f.path, f.cfg.Path
	}
	t.show = strings.TrimPrefix(filepath.ToSlash(filepath.Clean(t.show)), "./")
	if b, ok := f.disk.(*bucket); ok {
		t.show = b.show(t.path)
	}
	if _, err := f.disk.stat(t.path); errors.Is(err, os.ErrNotExist) {
		if !f.cfg.Create {
			return nil, f.notFound(m, t.path, mc.File)
		}
		t.absent = true
	}
	return t, t.settle()
}

// settle finds the format.
func (t *table) settle() error {
	if t.format != "" {
		return nil
	}
	ext := strings.ToLower(strings.TrimPrefix(filepath.Ext(t.path), "."))
	if t.format = endings[ext]; t.format == "" {
		return fault.Errorf(fault.Invalid, "file %q: its ending does not tell the format; say format: one of %s", t.show, strings.Join(formats, ", "))
	}
	return nil
}

// search looks for site.* or sites.* in the folder.
func (f *files) search(t *table) error {
	var found []string
	for _, stem := range names(t.Name) {
		files, err := f.disk.names(f.path, stem+".")
		if err != nil && !(f.cfg.Create && errors.Is(err, os.ErrNotExist)) {
			return fileError("read", f.cfg.Path, err)
		}
		for _, name := range files {
			_, ext, _ := strings.Cut(name, ".")
			if known := endings[strings.ToLower(ext)]; known != "" && (t.format == "" || t.format == known) {
				found = append(found, name)
			}
		}
	}
	switch {
	case len(found) == 1:
	case len(found) > 1:
		return fault.Errorf(fault.Invalid, "model %q: both %s stand in %q; say which with map: %s: file:", t.Name, strings.Join(found, " and "), f.cfg.Path, t.Name)
	case f.cfg.Create && t.format != "":
		found = []string{t.Name + "." + t.format}
	case f.cfg.Create:
		return fault.Errorf(fault.Invalid, "model %q: no file of it stands in %q yet; to make one, say format: or map: %s: file:", t.Name, f.cfg.Path, t.Name)
	default:
		return f.notFound(t.Model, "", "")
	}
	t.path, t.show = f.disk.join(f.path, found[0]), f.cfg.Path+"/"+found[0]
	return nil
}

// clashes finds models that cannot share a file.
func (f *files) clashes(ts []*table) []error {
	var errs []error
	first := map[string]*table{}
	for _, t := range ts {
		o := first[t.path]
		if o == nil {
			first[t.path] = t
			continue
		}
		flat := t.format == "csv" || t.format == "ndjson"
		switch {
		case t.format != o.format:
			errs = append(errs, fault.Errorf(fault.Invalid, "file %q: model %q reads it as %s, model %q as %s", t.show, o.Name, o.format, t.Name, t.format))
		case flat && (f.target || f.path == t.path):
			errs = append(errs, fault.Errorf(fault.Invalid, "file %q: a %s file holds one model, and both %q and %q are looked for in it; use a folder with a file for each", t.show, t.format, o.Name, t.Name))
		case slices.ContainsFunc(t.keys, func(k string) bool { return slices.Contains(o.keys, k) }):
			errs = append(errs, fault.Errorf(fault.Invalid, "file %q: models %q and %q are looked for under the same key; say map: %s: key:", t.show, o.Name, t.Name, t.Name))
		}
	}
	return errs
}
