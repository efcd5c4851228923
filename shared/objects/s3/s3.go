// Package s3 keeps objects in an S3 bucket.
package s3

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"iter"

	"github.com/aws/aws-sdk-go-v2/aws"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/objects"
)

var _ objects.Store = (*Bucket)(nil)

// Bucket is an objects.Store in one bucket. An object takes at most 80 GB. A Writer holds at most 24 MiB, a Reader nothing.
// The client's checksums must be WhenSupported, as the SDK's own default is: S3 then refuses what arrives altered, and so does Get.
type Bucket struct {
	client client
	name   string
}

// New returns the store of a bucket, which must exist.
func New(c *awss3.Client, bucket string) *Bucket { return &Bucket{client: newClient(c), name: bucket} }

// Name returns the bucket's name.
func (b *Bucket) Name() string { return b.name }

// PutNew stores a small object under a name that must be free; Conflict where it is not.
func (b *Bucket) PutNew(ctx context.Context, name string, data []byte) error {
	return b.put(ctx, "create", name, data, aws.String("*"))
}

func (b *Bucket) put(ctx context.Context, op, name string, data []byte, ifNoneMatch *string) error {
	if err := objects.CheckName(name); err != nil {
		return err
	}
	_, err := b.client.put(ctx, &awss3.PutObjectInput{Bucket: &b.name, Key: &name, Body: bytes.NewReader(data), IfNoneMatch: ifNoneMatch})
	return b.fault(ctx, op, name, err)
}

// Get returns a small object whole.
func (b *Bucket) Get(ctx context.Context, name string) ([]byte, error) {
	if err := objects.CheckName(name); err != nil {
		return nil, err
	}
	out, err := b.client.get(ctx, &awss3.GetObjectInput{Bucket: &b.name, Key: &name})
	if err != nil {
		return nil, b.fault(ctx, "read", name, err)
	}
	defer out.Body.Close()
	data, err := io.ReadAll(out.Body)
	if err != nil {
		return nil, b.fault(ctx, "read", name, err)
	}
	return data, nil
}

// Open opens an object for reading ranges. An object that is replaced while it is read is an error (Conflict), never a mixture.
func (b *Bucket) Open(ctx context.Context, name string) (objects.Reader, error) {
	if err := objects.CheckName(name); err != nil {
		return nil, err
	}
	out, err := b.client.head(ctx, &awss3.HeadObjectInput{Bucket: &b.name, Key: &name})
	if err != nil {
		return nil, b.fault(ctx, "open", name, err)
	}
	return &reader{ctx: ctx, bucket: b, name: name, tag: out.ETag, size: aws.ToInt64(out.ContentLength)}, nil
}

// List yields the objects whose names begin with prefix, ordered by name.
func (b *Bucket) List(ctx context.Context, prefix string) iter.Seq2[objects.Info, error] {
	return func(yield func(objects.Info, error) bool) {
		in := &awss3.ListObjectsV2Input{Bucket: &b.name, Prefix: &prefix}
		for {
			page, err := b.client.list(ctx, in)
			if err != nil {
				yield(objects.Info{}, b.fault(ctx, "list", prefix, err))
				return
			}
			for _, o := range page.Contents {
				if !yield(objects.Info{Name: aws.ToString(o.Key), Size: aws.ToInt64(o.Size)}, nil) {
					return
				}
			}
			if in.ContinuationToken = page.NextContinuationToken; in.ContinuationToken == nil {
				return
			}
		}
	}
}

// deleteBatch is how many objects S3 deletes in one request.
const deleteBatch = 1000

// Delete deletes objects; names that do not exist are no error.
func (b *Bucket) Delete(ctx context.Context, names ...string) error {
	for _, name := range names {
		if err := objects.CheckName(name); err != nil {
			return err
		}
	}
	for len(names) > 0 {
		n := min(len(names), deleteBatch)
		ids := make([]types.ObjectIdentifier, n)
		for i := range ids {
			ids[i].Key = &names[i]
		}
		out, err := b.client.remove(ctx, &awss3.DeleteObjectsInput{Bucket: &b.name, Delete: &types.Delete{Objects: ids, Quiet: aws.Bool(true)}})
		if err != nil {
			return b.fault(ctx, "delete", names[0], err)
		}
		for _, e := range out.Errors {
			if code := aws.ToString(e.Code); code != "NoSuchKey" {
				return fault.Errorf(codeOf(code, 0), "delete %q: %s", b.address(aws.ToString(e.Key)), aws.ToString(e.Message))
			}
		}
		names = names[n:]
	}
	return nil
}

func (b *Bucket) address(name string) string { return "s3://" + b.name + "/" + name }

// reader reads ranges of one version of an object.
type reader struct {
	ctx    context.Context //nolint:containedctx // ReadAt takes none: it is the one that Open got
	bucket *Bucket
	name   string
	tag    *string
	size   int64
}

func (r *reader) Size() int64 { return r.size }

// Version returns what differs once the object does.
func (r *reader) Version() string { return aws.ToString(r.tag) }

func (r *reader) Close() error { return nil }

func (r *reader) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 {
		return 0, fault.Errorf(fault.Invalid, "read %q: at %d", r.bucket.address(r.name), off)
	}
	if off >= r.size {
		return 0, io.EOF
	}
	want := min(int64(len(p)), r.size-off)
	if want == 0 {
		return 0, nil
	}
	out, err := r.bucket.client.get(r.ctx, &awss3.GetObjectInput{
		Bucket: &r.bucket.name, Key: &r.name, IfMatch: r.tag, Range: aws.String(fmt.Sprintf("bytes=%d-%d", off, off+want-1)),
	})
	if err != nil {
		return 0, r.bucket.fault(r.ctx, "read", r.name, err)
	}
	defer out.Body.Close()
	n, err := io.ReadFull(out.Body, p[:want])
	if err != nil {
		return n, r.bucket.fault(r.ctx, "read", r.name, err)
	}
	if want < int64(len(p)) {
		return n, io.EOF
	}
	return n, nil
}
