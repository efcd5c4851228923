package objects

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/plumbline-sync/plumbline/shared/fault"
)

// List yields the objects whose names begin with prefix, ordered by name. It keeps the names of one folder at a time.
func (f *Folder) List(ctx context.Context, prefix string) iter.Seq2[Info, error] {
	return func(yield func(Info, error) bool) {
		top, _ := splitLast(prefix) // no object outside this folder can have the prefix
		if top != "" {
			if err := CheckName(strings.TrimSuffix(top, "/")); err != nil {
				yield(Info{}, err)
				return
			}
		}
		f.list(ctx, top, prefix, yield)
	}
}

// list yields what is in the folder of the names that begin with top ("" or ending in a slash); false to stop.
func (f *Folder) list(ctx context.Context, top, prefix string, yield func(Info, error) bool) bool {
	entries, err := os.ReadDir(f.path(top))
	if err != nil && codeOf(err) == fault.NotFound {
		return true
	}
	if err != nil {
		yield(Info{}, f.wrap("list", top, err))
		return false
	}
	type found struct {
		name  string // ends with a slash for a folder: so the order is that of the objects' names
		entry fs.DirEntry
	}
	var all []found
	for _, e := range entries {
		part, ok := objectPart(e.Name())
		if !ok || !e.IsDir() && !e.Type().IsRegular() {
			continue
		}
		name := top + part
		if e.IsDir() {
			name += "/"
		}
		if strings.HasPrefix(name, prefix) || e.IsDir() && strings.HasPrefix(prefix, name) {
			all = append(all, found{name, e})
		}
	}
	slices.SortFunc(all, func(a, b found) int { return cmp.Compare(a.name, b.name) })
	for _, x := range all {
		if err := ctx.Err(); err != nil {
			yield(Info{}, err)
			return false
		}
		if x.entry.IsDir() {
			if !f.list(ctx, x.name, prefix, yield) {
				return false
			}
			continue
		}
		info, err := x.entry.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue // deleted meanwhile
		}
		if err != nil {
			yield(Info{}, f.wrap("list", x.name, err))
			return false
		}
		if !yield(Info{Name: x.name, Size: info.Size()}, nil) {
			return false
		}
	}
	return true
}

// Delete deletes objects, and the folders that become empty; names that do not exist are no error.
func (f *Folder) Delete(ctx context.Context, names ...string) error {
	for _, name := range names {
		if err := check(ctx, name); err != nil {
			return err
		}
		path := f.path(name)
		if info, err := os.Lstat(path); err == nil && info.IsDir() {
			continue // no object, but objects are below it
		}
		if err := os.Remove(path); err != nil {
			if codeOf(err) == fault.NotFound {
				continue
			}
			return f.wrap("delete", name, err)
		}
		for dir := filepath.Dir(path); dir != f.dir; dir = filepath.Dir(dir) {
			if syscall.Rmdir(dir) != nil { // never removes a file, and no folder that is not empty
				break
			}
		}
	}
	return nil
}

// splitLast cuts a name after its last slash.
func splitLast(name string) (dir, last string) {
	i := strings.LastIndexByte(name, '/') + 1
	return name[:i], name[i:]
}
