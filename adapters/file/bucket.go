package file

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/objects"
)

const scheme = "s3://"

// bucket is the disk of an object store: paths are the names of objects, folders their prefixes.
type bucket struct {
	ctx   context.Context // of the step that opened the side
	store objects.Store
	name  string // for people and for the lock
}

var _ disk = bucket{}

// openBucket returns the disk and the path that an address names.
func openBucket(ctx context.Context, s adapter.Setup, address string) (disk, string, error) {
	name, key, _ := strings.Cut(strings.TrimPrefix(address, scheme), "/")
	key = strings.Trim(key, "/")
	if s.Buckets == nil {
		return nil, "", fault.Errorf(fault.Invalid, "path %q: there is no object store here; give --stack, or a path of this machine", address)
	}
	store, err := s.Buckets(ctx, name)
	if err != nil {
		return nil, "", fmt.Errorf("path %q: %w", address, err)
	}
	if n, ok := store.(interface{ Name() string }); ok {
		name = n.Name()
	}
	return bucket{ctx: ctx, store: store, name: name}, key, nil
}

func (b bucket) stat(name string) (info, error) {
	if name != "" {
		r, err := b.store.Open(b.ctx, name)
		if err == nil {
			defer r.Close()
			return info{size: r.Size(), version: versionOf(r)}, nil
		}
		if !fault.Is(err, fault.NotFound) {
			return info{}, err
		}
	}
	for _, err := range b.store.List(b.ctx, under(name)) {
		return info{folder: true}, err
	}
	return info{}, os.ErrNotExist
}

// versionOf returns what the store says of an object's version; where it says nothing, its size.
func versionOf(r objects.Reader) string {
	if v, ok := r.(interface{ Version() string }); ok {
		return v.Version()
	}
	return fmt.Sprint(r.Size())
}

// under returns the prefix of what is in a folder.
func under(folder string) string {
	if folder == "" {
		return ""
	}
	return folder + "/"
}

// most is how many objects of a folder are looked at.
const most = 10_000

func (b bucket) names(folder string) ([]string, error) {
	var ns []string
	for o, err := range b.store.List(b.ctx, under(folder)) {
		if err != nil {
			return nil, err
		}
		if n := strings.TrimPrefix(o.Name, under(folder)); !strings.Contains(n, "/") {
			ns = append(ns, n)
		}
		if len(ns) == most {
			return nil, fault.Errorf(fault.Invalid, "%s has more than %d objects; name the files with map: MODEL: file:", b.address(folder), most)
		}
	}
	slices.Sort(ns)
	return ns, nil
}

func (b bucket) address(name string) string { return scheme + b.name + "/" + name }

func (b bucket) open(name string) (handle, error) {
	r, err := b.store.Open(b.ctx, name)
	if err != nil {
		return nil, err
	}
	h := &ahead{object: r, section: io.NewSectionReader(r, 0, r.Size())}
	h.Reader = bufio.NewReaderSize(h.section, readAhead)
	return h, nil
}

func (b bucket) replace(name string) (writing, error) {
	w, err := b.store.Create(b.ctx, name)
	if err != nil {
		return nil, err
	}
	return object{w}, nil
}

func (bucket) join(folder, name string) string { return path.Join(folder, name) }

func (bucket) dir(name string) string {
	if d := path.Dir(name); d != "." {
		return d
	}
	return ""
}

// readAhead is how much of an object is fetched at once.
const readAhead = 4 << 20

// ahead reads an object in large ranges.
type ahead struct {
	*bufio.Reader
	section *io.SectionReader
	object  objects.Reader
}

func (a *ahead) Seek(offset int64, whence int) (int64, error) {
	n, err := a.section.Seek(offset, whence)
	a.Reset(a.section)
	return n, err
}

func (a *ahead) ReadAt(p []byte, off int64) (int, error) { return a.object.ReadAt(p, off) }

func (a *ahead) Close() error { return a.object.Close() }

// object is an object that nobody sees yet.
type object struct{ objects.Writer }

func (object) flush() error { return nil } // commit does it

func (o object) commit() error { return o.Commit() }

func (o object) abort() { o.Abort() }
