package s3

import (
	"context"
	"fmt"
	"io"

	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/plumbline-sync/plumbline/shared/objects"
)

// tries is how often a body is asked for that breaks off.
const tries = 3

var _ objects.Versioned = (*reader)(nil)

// reader reads ranges of an object as long as it is of one version.
type reader struct {
	ctx     context.Context //nolint:containedctx // ReadAt has no context of its own: it belongs to the call that opened the object
	bucket  *Bucket
	name    string
	version string // the ETag
	size    int64
}

func (r *reader) Size() int64     { return r.size }
func (r *reader) Version() string { return r.version }
func (r *reader) Close() error    { return nil }

// ReadAt implements io.ReaderAt by one request; a body that breaks off is asked for again from there.
func (r *reader) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 {
		return 0, r.bucket.wrap(r.ctx, "read", r.name, fmt.Errorf("offset %d", off))
	}
	if off >= r.size {
		return 0, io.EOF
	}
	end := error(nil)
	if rest := r.size - off; int64(len(p)) > rest {
		p, end = p[:rest], io.EOF
	}
	n := 0
	var err error
	for try := 0; n < len(p); try++ {
		var got int
		got, err = r.read(p[n:], off+int64(n))
		n += got
		if got > 0 {
			try = 0
		}
		if n < len(p) && (try >= tries || isAnswer(err) || r.ctx.Err() != nil) {
			return n, r.bucket.wrap(r.ctx, "read", r.name, err)
		}
	}
	return n, end
}

// read makes one request; fewer bytes than asked for come with an error.
func (r *reader) read(p []byte, off int64) (int, error) {
	span := fmt.Sprintf("bytes=%d-%d", off, off+int64(len(p))-1)
	out, err := r.bucket.client.GetObject(r.ctx, &awss3.GetObjectInput{Bucket: &r.bucket.name, Key: &r.name, Range: &span, IfMatch: &r.version})
	if err != nil {
		return 0, err
	}
	n, err := io.ReadFull(out.Body, p)
	_ = out.Body.Close()
	return n, err
}
