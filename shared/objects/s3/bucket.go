// Package s3 keeps objects in an S3 bucket: an objects.Store for functions, and the files that adapters read and write there.
package s3

import (
	"context"
	"io"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/s3/transfermanager"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/objects"
)

var (
	_ objects.Store    = (*Bucket)(nil)
	_ objects.Replacer = (*Bucket)(nil)
)

// Bucket is a Store in an S3 bucket: an object is an object, of the same key. What is written, and what is read whole, is guarded by checksums on the way.
// A write holds itself in memory up to 8 MiB and goes by one request; a larger one is sent in parts of 8 MiB while it is written, holds 32 MiB at the most, and may have 10,000 parts: 78 GiB.
// A process that dies leaves parts that nobody sees; a lifecycle rule of the bucket (AbortIncompleteMultipartUpload) clears them away.
type Bucket struct {
	client   *awss3.Client
	transfer *transfermanager.Client
	name     string
	foreign  bool
	hint     string
}

// New returns the bucket as a store. It asks nothing of S3 yet. The client's checksums are turned on; what it says of retries holds.
func New(client *awss3.Client, bucket string) *Bucket {
	client = awss3.New(client.Options(), func(o *awss3.Options) {
		o.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenSupported
		o.ResponseChecksumValidation = aws.ResponseChecksumValidationWhenSupported
		o.DisableLogOutputChecksumValidationSkipped = true // objects of several parts have no checksum of the whole; TLS guards those
	})
	return &Bucket{client: client, name: bucket, hint: "check the policies of who asks, and the bucket's", transfer: transfermanager.New(client, func(o *transfermanager.Options) {
		o.PartSizeBytes, o.MultipartUploadThreshold, o.MaxUploadParts = partSize, partSize, maxParts
		o.Concurrency = 1 // one part is sent while the next is filled
		o.FailTimeout = abortTimeout
	})}
}

// Name returns the bucket's name.
func (b *Bucket) Name() string { return b.name }

// Foreign returns the same bucket as others fill it: every key that S3 knows is a name, not only those that objects.CheckName takes.
func (b *Bucket) Foreign() *Bucket {
	c := *b
	c.foreign = true
	return &c
}

// Hint returns the same bucket with another text that says, at the end of a Denied error, what a person is to check.
func (b *Bucket) Hint(text string) *Bucket {
	c := *b
	c.hint = text
	return &c
}

// check is what every call begins with.
func (b *Bucket) check(ctx context.Context, name string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	switch {
	case !b.foreign:
		return objects.CheckName(name)
	case name == "" || len(name) > 1024:
		return fault.Errorf(fault.Invalid, "object name %q: want 1 to 1024 bytes", name)
	}
	return nil
}

// Get returns a small object whole.
func (b *Bucket) Get(ctx context.Context, name string) ([]byte, error) {
	if err := b.check(ctx, name); err != nil {
		return nil, err
	}
	var err error
	for range tries { // a connection that breaks in the middle is not retried by the SDK
		var out *awss3.GetObjectOutput
		out, err = b.client.GetObject(ctx, &awss3.GetObjectInput{Bucket: &b.name, Key: &name})
		if err != nil {
			break
		}
		var data []byte
		data, err = io.ReadAll(out.Body)
		_ = out.Body.Close()
		if err == nil {
			return data, nil
		}
	}
	return nil, b.wrap(ctx, "read", name, err)
}

// Open asks for an object's size and version; NotFound where there is none. A reader of an object that is replaced or deleted meanwhile ends in Conflict or NotFound, it never mixes the two.
// Its reads end with ctx.
func (b *Bucket) Open(ctx context.Context, name string) (objects.Reader, error) {
	if err := b.check(ctx, name); err != nil {
		return nil, err
	}
	out, err := b.client.HeadObject(ctx, &awss3.HeadObjectInput{Bucket: &b.name, Key: &name})
	if err != nil {
		return nil, b.wrap(ctx, "open", name, err)
	}
	return &reader{ctx: ctx, bucket: b, name: name, version: aws.ToString(out.ETag), size: aws.ToInt64(out.ContentLength)}, nil
}

// folderOf returns a prefix up to its last slash, without it.
func folderOf(prefix string) string {
	return prefix[:max(0, strings.LastIndexByte(prefix, '/'))]
}
