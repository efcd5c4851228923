package s3

import (
	"bytes"
	"context"
	"io"

	"github.com/aws/aws-sdk-go-v2/feature/s3/transfermanager"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/objects"
)

const (
	partSize = 8 << 20 // of a multipart upload; S3 takes 10,000 of them
	small    = 8 << 20 // up to here an object goes out in one request
)

// Create begins an object. Nothing is visible under the name until Commit.
func (b *Bucket) Create(ctx context.Context, name string) (objects.Writer, error) {
	if err := objects.CheckName(name); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	return &writer{ctx: ctx, cancel: cancel, bucket: b, name: name}, nil
}

// writer collects what is small, and hands on what is not to an upload in parts.
type writer struct {
	ctx    context.Context //nolint:containedctx // Write and Commit take none: it is the one that Create got
	cancel context.CancelCauseFunc
	bucket *Bucket
	name   string
	buf    bytes.Buffer
	pipe   *io.PipeWriter // nil until the object is no longer small
	sent   chan error     // how the upload ended
	ended  bool
}

var errAborted = fault.Errorf(fault.Stopped, "the object was dropped")

func (w *writer) Write(p []byte) (int, error) {
	if w.ended {
		return 0, fault.Errorf(fault.Internal, "write %q: it has ended", w.bucket.address(w.name))
	}
	if w.pipe == nil {
		if w.buf.Len()+len(p) <= small {
			return w.buf.Write(p)
		}
		w.upload()
		if _, err := w.pipe.Write(w.buf.Bytes()); err != nil {
			return 0, w.trouble(err)
		}
		w.buf = bytes.Buffer{}
	}
	n, err := w.pipe.Write(p)
	if err != nil {
		err = w.trouble(err)
	}
	return n, err
}

// upload starts an upload in parts, which ends when the pipe does.
func (w *writer) upload() {
	from, to := io.Pipe()
	w.pipe, w.sent = to, make(chan error, 1)
	manager := transfermanager.New(uploader{w.bucket.client}, func(o *transfermanager.Options) {
		o.PartSizeBytes, o.MultipartUploadThreshold, o.Concurrency = partSize, partSize, 1
	})
	go func() {
		_, err := manager.UploadObject(w.ctx, &transfermanager.UploadObjectInput{Bucket: &w.bucket.name, Key: &w.name, Body: from})
		_ = from.CloseWithError(err) // whoever writes on learns it
		w.sent <- err
	}()
}

// trouble says why an upload takes no more.
func (w *writer) trouble(err error) error {
	if cause := context.Cause(w.ctx); cause != nil {
		err = cause
	}
	return w.bucket.fault(w.ctx, "write", w.name, err)
}

// Commit makes the object visible at once and durably.
func (w *writer) Commit() error {
	if w.ended {
		return fault.Errorf(fault.Internal, "commit %q: it has ended", w.bucket.address(w.name))
	}
	w.ended = true
	defer w.cancel(nil)
	if w.pipe == nil {
		return w.bucket.put(w.ctx, "write", w.name, w.buf.Bytes(), nil)
	}
	_ = w.pipe.Close() // never an error
	if err := <-w.sent; err != nil {
		return w.trouble(err)
	}
	return nil
}

// Abort drops the object; the upload's parts are removed.
func (w *writer) Abort() {
	if w.ended {
		return
	}
	w.ended = true
	if w.pipe != nil {
		_ = w.pipe.CloseWithError(errAborted) // the upload ends and removes its parts; a cancelled context could not
		<-w.sent
	}
	w.cancel(errAborted)
	w.buf = bytes.Buffer{}
}
