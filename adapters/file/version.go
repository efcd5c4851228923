package file

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"os"

	"github.com/plumbline-sync/plumbline/shared/adapter"
)

// Version implements adapter.Versioner: size, time and identity of every file.
func (f *files) Version(context.Context) (string, error) {
	ts, err := f.resolve(f.models)
	if err != nil {
		return "", err
	}
	h := fnv.New128a()
	for _, g := range groups(ts) {
		v, err := version(g.on(), g.path, g.show)
		if err != nil {
			return "", err
		}
		_, _ = fmt.Fprintln(h, g.path, v)
	}
	return fmt.Sprintf("%x", h.Sum(nil)), nil
}

// absent is the version of a file that is not there.
const absent = "absent"

// version returns what changes when a file does; "absent" where it is not there.
func version(on disk, path, show string) (string, error) {
	st, err := on.stat(path)
	if errors.Is(err, os.ErrNotExist) {
		return absent, nil
	}
	if err != nil {
		return "", fileError("open", show, err)
	}
	return st.version, nil
}

// Count implements adapter.Counter: by the density of records at the beginning of each file.
func (f *files) Count(_ context.Context, req adapter.Request) int64 {
	ts, err := f.resolve(req.Models)
	if err != nil {
		return -1
	}
	var total int64
	for _, g := range groups(ts) {
		n := f.estimate(g)
		if n < 0 {
			return -1
		}
		total += n
	}
	return total
}

// estimate counts the records in a file's first part, by offset where the reader knows it.
func (f *files) estimate(g *group) int64 {
	st, err := g.on().stat(g.path)
	if g.tables[0].absent || err == nil && st.size == 0 {
		return 0
	}
	if err != nil || g.format == "yaml" || g.format == "diffsync" {
		return -1
	}
	r, err := f.open(g, place{})
	if err != nil {
		return -1
	}
	defer func() { _ = r.close() }()
	begin := r.place().Offset
	for n := int64(0); ; n++ {
		done := r.place().Offset - begin
		if n == 1000 || n > 0 && done > window {
			return n * (st.size - begin) / done
		}
		rec, err := r.read()
		if rec == nil && (err == nil || !isBad(err)) {
			if done == 0 {
				return 0
			}
			return n
		}
	}
}
