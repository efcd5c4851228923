package file

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/objects"
)

// readAhead is how much of an object is read by one request, once it is clear that much of it is wanted.
const readAhead = 8 << 20

// cutS3 returns the bucket and the key of s3://bucket/key; a key that ends in a slash, or is empty, is a folder.
func cutS3(p string) (bucket, key string, ok bool) {
	rest, ok := strings.CutPrefix(p, "s3://")
	bucket, key, _ = strings.Cut(rest, "/")
	return bucket, key, ok
}

// bucket is a disk whose files are the objects of a bucket; a folder is what stands below a prefix. Paths are keys.
type bucket struct {
	ctx    context.Context //nolint:containedctx // a disk's calls have none of their own; a load looks at its own between records
	store  objects.Store
	name   string
	folder string // said to be one, by a slash at its end
}

// openBucket returns the bucket that a path s3://bucket/key names, and the key without a slash at its end.
func openBucket(ctx context.Context, s adapter.Setup, p string) (*bucket, string, error) {
	name, key, _ := cutS3(p)
	if s.Buckets == nil {
		return nil, "", fault.Errorf(fault.Invalid, "path %q: this program was not given access to S3; it reads and writes local files only", p)
	}
	store, err := s.Buckets(ctx, name)
	if err != nil {
		return nil, "", fmt.Errorf("path %q: %w", p, err)
	}
	b := &bucket{ctx: context.WithoutCancel(ctx), store: store, name: name, folder: "/"}
	clean := strings.Trim(key, "/")
	if clean != key || key == "" {
		b.folder = clean
	}
	return b, clean, nil
}

// below returns the prefix of what stands in a folder.
func below(dir string) string {
	if dir == "" || dir == "." {
		return ""
	}
	return dir + "/"
}

// missing tells an object that is not there from a bucket that is not.
func missing(err error) bool { return fault.Is(err, fault.NotFound) }

func (b *bucket) stat(p string) (stat, error) {
	if p != b.folder && p != "" {
		r, err := b.store.Open(b.ctx, p)
		if err == nil {
			defer func() { _ = r.Close() }() // it was not even read
			return stat{size: r.Size(), version: versionOf(r)}, nil
		}
		if !missing(err) {
			return stat{}, err
		}
	}
	for _, err := range b.store.List(b.ctx, below(p)) {
		return stat{folder: true}, err
	}
	return stat{}, os.ErrNotExist
}

func versionOf(r objects.Reader) string {
	if v, ok := r.(objects.Versioned); ok {
		return v.Version()
	}
	return fmt.Sprint(r.Size())
}

func (b *bucket) open(p string) (handle, error) {
	r, err := b.store.Open(b.ctx, p)
	if err != nil {
		return nil, err
	}
	return &object{Reader: r}, nil
}

func (b *bucket) names(dir, prefix string) ([]string, error) {
	var ns []string
	for info, err := range b.store.List(b.ctx, below(dir)+prefix) {
		if err != nil {
			return nil, err
		}
		if n := strings.TrimPrefix(info.Name, below(dir)); !strings.Contains(n, "/") {
			ns = append(ns, n)
		}
	}
	return ns, nil
}

func (b *bucket) near(p string) []string {
	ns := []string{}
	seen := 0
	for info, err := range b.store.List(b.ctx, below(path.Dir(p))) {
		if seen++; err != nil || seen > 500 { // a folder may hold millions
			break
		}
		n, _, _ := strings.Cut(strings.TrimPrefix(info.Name, below(path.Dir(p))), "/")
		if len(ns) == 0 || ns[len(ns)-1] != n {
			ns = append(ns, n)
		}
	}
	return ns
}

func (*bucket) join(dir, name string) string {
	return strings.TrimPrefix(path.Join("/", dir, name), "/")
}

// show returns a key as a job names it.
func (b *bucket) show(key string) string { return "s3://" + b.name + "/" + key }

func (b *bucket) replace(ctx context.Context, p, show, was string) (*replacement, error) {
	over, ok := b.store.(objects.Replacer)
	if !ok {
		return nil, fault.Errorf(fault.Internal, "write %q: the store cannot tell versions", show)
	}
	if was == absent {
		was = ""
	}
	w, err := over.CreateOver(ctx, p, was)
	if err != nil {
		return nil, err
	}
	return &replacement{Writer: bufio.NewWriterSize(w, window), staged: &newObject{w}}, nil
}

// newObject is an object that is not visible yet.
type newObject struct{ objects.Writer }

func (*newObject) finish() error { return nil }

func (o *newObject) commit() error {
	err := o.Commit()
	if fault.Is(err, fault.Conflict) {
		return errChanged()
	}
	return err
}

func (o *newObject) abort() { o.Abort() }

// object is an object read front to back through a window, which grows as it turns out that much is read.
type object struct {
	objects.Reader
	off   int64
	buf   []byte
	start int64 // of buf in the object
	n     int   // what of buf is read
}

func (o *object) Read(p []byte) (int, error) {
	if o.off < o.start || o.off >= o.start+int64(o.n) {
		if o.off >= o.Size() {
			return 0, io.EOF
		}
		if err := o.fill(); err != nil {
			return 0, err
		}
	}
	n := copy(p, o.buf[o.off-o.start:o.n])
	o.off += int64(n)
	return n, nil
}

// fill reads the window from off on.
func (o *object) fill() error {
	size := min(max(window, 2*len(o.buf)), readAhead)
	if rest := o.Size() - o.off; rest < int64(size) {
		size = int(rest)
	}
	if cap(o.buf) < size {
		o.buf = nil // the old one can go before the new one is made
		o.buf = make([]byte, size)
	}
	o.buf = o.buf[:size]
	o.start, o.n = o.off, 0
	n, err := o.ReadAt(o.buf, o.off)
	if n < size && (err == nil || errors.Is(err, io.EOF)) {
		err = io.ErrUnexpectedEOF
	}
	if n < size {
		return err
	}
	o.n = n
	return nil
}

func (o *object) Seek(off int64, whence int) (int64, error) {
	if whence != io.SeekStart {
		return 0, errors.ErrUnsupported
	}
	o.off = off
	return off, nil
}
