package s3

import (
	"context"

	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
)

// call is one operation of S3.
type call[In, Out any] func(context.Context, *In, ...func(*awss3.Options)) (*Out, error)

// client is what this package asks of S3. It holds functions instead of the SDK's client: behind an interface that client would bring all its hundred operations
// into a program that uses reflection on methods, 3 MB of them.
type client struct {
	put      call[awss3.PutObjectInput, awss3.PutObjectOutput]
	get      call[awss3.GetObjectInput, awss3.GetObjectOutput]
	head     call[awss3.HeadObjectInput, awss3.HeadObjectOutput]
	list     call[awss3.ListObjectsV2Input, awss3.ListObjectsV2Output]
	remove   call[awss3.DeleteObjectsInput, awss3.DeleteObjectsOutput]
	begin    call[awss3.CreateMultipartUploadInput, awss3.CreateMultipartUploadOutput]
	part     call[awss3.UploadPartInput, awss3.UploadPartOutput]
	complete call[awss3.CompleteMultipartUploadInput, awss3.CompleteMultipartUploadOutput]
	drop     call[awss3.AbortMultipartUploadInput, awss3.AbortMultipartUploadOutput]
}

func newClient(c *awss3.Client) client {
	return client{
		put: c.PutObject, get: c.GetObject, head: c.HeadObject, list: c.ListObjectsV2, remove: c.DeleteObjects,
		begin: c.CreateMultipartUpload, part: c.UploadPart, complete: c.CompleteMultipartUpload, drop: c.AbortMultipartUpload,
	}
}

// uploader is the client as the SDK's transfer manager wants it.
type uploader struct{ client }

// PutObject implements transfermanager.S3APIClient.
func (u uploader) PutObject(ctx context.Context, in *awss3.PutObjectInput, o ...func(*awss3.Options)) (*awss3.PutObjectOutput, error) {
	return u.put(ctx, in, o...)
}

// UploadPart implements transfermanager.S3APIClient.
func (u uploader) UploadPart(ctx context.Context, in *awss3.UploadPartInput, o ...func(*awss3.Options)) (*awss3.UploadPartOutput, error) {
	return u.part(ctx, in, o...)
}

// CreateMultipartUpload implements transfermanager.S3APIClient.
func (u uploader) CreateMultipartUpload(ctx context.Context, in *awss3.CreateMultipartUploadInput, o ...func(*awss3.Options)) (*awss3.CreateMultipartUploadOutput, error) {
	return u.begin(ctx, in, o...)
}

// CompleteMultipartUpload implements transfermanager.S3APIClient.
func (u uploader) CompleteMultipartUpload(ctx context.Context, in *awss3.CompleteMultipartUploadInput, o ...func(*awss3.Options)) (*awss3.CompleteMultipartUploadOutput, error) {
	return u.complete(ctx, in, o...)
}

// AbortMultipartUpload implements transfermanager.S3APIClient.
func (u uploader) AbortMultipartUpload(ctx context.Context, in *awss3.AbortMultipartUploadInput, o ...func(*awss3.Options)) (*awss3.AbortMultipartUploadOutput, error) {
	return u.drop(ctx, in, o...)
}

// GetObject implements transfermanager.S3APIClient.
func (u uploader) GetObject(ctx context.Context, in *awss3.GetObjectInput, o ...func(*awss3.Options)) (*awss3.GetObjectOutput, error) {
	return u.get(ctx, in, o...)
}

// HeadObject implements transfermanager.S3APIClient.
func (u uploader) HeadObject(ctx context.Context, in *awss3.HeadObjectInput, o ...func(*awss3.Options)) (*awss3.HeadObjectOutput, error) {
	return u.head(ctx, in, o...)
}

// ListObjectsV2 implements transfermanager.S3APIClient.
func (u uploader) ListObjectsV2(ctx context.Context, in *awss3.ListObjectsV2Input, o ...func(*awss3.Options)) (*awss3.ListObjectsV2Output, error) {
	return u.list(ctx, in, o...)
}
