package s3

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/s3/transfermanager"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/objects"
)

const (
	partSize     = 8 << 20
	maxParts     = 10_000 // S3's own limit
	abortTimeout = 10 * time.Second
	// markKey is the metadata that tells whose the object is that stands where a write wanted to: an answer may be lost on the way.
	markKey = "plumb-write"
)

// condition is what must be true of the name for a write to become visible; nil: nothing.
type condition struct{ version string } // "": there is none

func (c *condition) match() (ifMatch, ifNoneMatch *string) {
	switch {
	case c == nil:
		return nil, nil
	case c.version == "":
		return nil, aws.String("*")
	}
	return &c.version, nil
}

// Create begins an object.
func (b *Bucket) Create(ctx context.Context, name string) (objects.Writer, error) {
	return b.create(ctx, name, nil)
}

// CreateOver implements objects.Replacer; S3 itself compares the versions.
func (b *Bucket) CreateOver(ctx context.Context, name, version string) (objects.Writer, error) {
	return b.create(ctx, name, &condition{version})
}

func (b *Bucket) create(ctx context.Context, name string, c *condition) (objects.Writer, error) {
	if err := b.check(ctx, name); err != nil {
		return nil, err
	}
	return &writer{ctx: ctx, bucket: b, name: name, condition: c}, nil
}

// PutNew stores a small object under a free name; Conflict where the name is taken, UnknownOutcome where nobody knows whether it was stored.
func (b *Bucket) PutNew(ctx context.Context, name string, data []byte) error {
	if err := b.check(ctx, name); err != nil {
		return err
	}
	return b.put(ctx, name, data, &condition{})
}

// put stores an object by one request.
func (b *Bucket) put(ctx context.Context, name string, data []byte, c *condition) error {
	mark := rand.Text()
	in := &awss3.PutObjectInput{Bucket: &b.name, Key: &name, ContentLength: aws.Int64(int64(len(data))), Metadata: map[string]string{markKey: mark}}
	in.IfMatch, in.IfNoneMatch = c.match()
	for try := 1; ; try++ {
		in.Body = bytes.NewReader(data)
		_, err := b.client.PutObject(ctx, in)
		if try < 5 && statusOf(err) == http.StatusConflict { // another operation was under way there: S3 wants to be asked again
			pause(ctx, time.Duration(try)*20*time.Millisecond)
			continue
		}
		return b.outcome(ctx, name, mark, c, err)
	}
}

// pause waits, but not beyond ctx.
func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// writer keeps an object in memory while it is small, then sends it in parts.
type writer struct {
	ctx       context.Context //nolint:containedctx // a Writer has no context of its own: it belongs to the call that made it
	bucket    *Bucket
	name      string
	condition *condition
	buf       []byte
	parts     *upload // nil: all is in buf
	ended     bool
}

// upload is an object on its way in parts.
type upload struct {
	pipe *io.PipeWriter
	stop context.CancelFunc
	done chan struct{}
	mark string
	err  error // once done is closed
}

var errAborted = errors.New("the write was aborted")

func (w *writer) Write(p []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	if w.ended {
		return 0, fault.Errorf(fault.Internal, "store object %q in bucket %q: the writer is closed", w.name, w.bucket.name)
	}
	if w.parts == nil {
		if len(w.buf)+len(p) < partSize {
			w.buf = append(w.buf, p...)
			return len(p), nil
		}
		w.parts = w.begin(w.buf)
		w.buf = nil
	}
	n, err := w.parts.pipe.Write(p)
	if err != nil {
		<-w.parts.done
		err = w.bucket.wrap(w.ctx, "store", w.name, w.parts.err)
	}
	return n, err
}

// begin sends the object in parts, what was written so far first.
func (w *writer) begin(first []byte) *upload {
	ctx, stop := context.WithCancel(w.ctx)
	from, to := io.Pipe()
	u := &upload{pipe: to, stop: stop, done: make(chan struct{}), mark: rand.Text()}
	in := &transfermanager.UploadObjectInput{
		Bucket: &w.bucket.name, Key: &w.name, Metadata: map[string]string{markKey: u.mark},
		Body: io.MultiReader(bytes.NewReader(first), from),
	}
	in.IfMatch, in.IfNoneMatch = w.condition.match()
	go func() {
		defer close(u.done)
		_, err := w.bucket.transfer.UploadObject(ctx, in)
		u.err = err
		_ = from.CloseWithError(errAborted) // never fails; a Write that waits ends
	}()
	return u
}

func (w *writer) Commit() error {
	if w.ended {
		return fault.Errorf(fault.Internal, "store object %q in bucket %q: the writer is closed", w.name, w.bucket.name)
	}
	defer w.Abort()
	if err := w.ctx.Err(); err != nil {
		return err
	}
	u := w.parts
	if u == nil {
		return w.bucket.put(w.ctx, w.name, w.buf, w.condition)
	}
	_ = u.pipe.Close() // never fails
	<-u.done
	return w.bucket.outcome(w.ctx, w.name, u.mark, w.condition, u.err)
}

// Abort drops the object and the parts that were sent; a no-op after Commit.
func (w *writer) Abort() {
	if w.ended {
		return
	}
	w.ended, w.buf = true, nil
	if u := w.parts; u != nil {
		_ = u.pipe.CloseWithError(errAborted) // never fails
		u.stop()
		<-u.done
	}
}
