package s3

import (
	"context"
	"iter"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"

	"github.com/plumbline-sync/plumbline/shared/objects"
)

// batch is how many objects S3 deletes by one request.
const batch = 1000

// List yields the objects whose names begin with prefix, ordered by name, as they come in pages of 1000. Keys that are no names of objects are left out.
func (b *Bucket) List(ctx context.Context, prefix string) iter.Seq2[objects.Info, error] {
	return func(yield func(objects.Info, error) bool) {
		if err := b.checkPrefix(ctx, prefix); err != nil {
			yield(objects.Info{}, err)
			return
		}
		pages := awss3.NewListObjectsV2Paginator(b.client, &awss3.ListObjectsV2Input{Bucket: &b.name, Prefix: &prefix})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				yield(objects.Info{}, b.wrap(ctx, "list", prefix, err))
				return
			}
			for _, o := range page.Contents {
				name := aws.ToString(o.Key)
				if strings.HasSuffix(name, "/") || !b.foreign && objects.CheckName(name) != nil {
					continue // what consoles make for a folder, and what others put there
				}
				if !yield(objects.Info{Name: name, Size: aws.ToInt64(o.Size)}, nil) {
					return
				}
			}
		}
	}
}

func (b *Bucket) checkPrefix(ctx context.Context, prefix string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if folder := folderOf(prefix); folder != "" {
		return b.check(ctx, folder)
	}
	return nil
}

// Delete deletes objects, a thousand by one request; names that do not exist are no error.
func (b *Bucket) Delete(ctx context.Context, names ...string) error {
	for _, name := range names {
		if err := b.check(ctx, name); err != nil {
			return err
		}
	}
	for some := range slices.Chunk(names, batch) {
		ids := make([]types.ObjectIdentifier, len(some))
		for i := range some {
			ids[i].Key = &some[i]
		}
		out, err := b.client.DeleteObjects(ctx, &awss3.DeleteObjectsInput{Bucket: &b.name, Delete: &types.Delete{Objects: ids, Quiet: aws.Bool(true)}})
		if err != nil {
			return b.wrap(ctx, "delete", some[0], err)
		}
		for _, e := range out.Errors {
			if code := aws.ToString(e.Code); code != "NoSuchKey" {
				return b.wrap(ctx, "delete", aws.ToString(e.Key), &smithy.GenericAPIError{Code: code, Message: aws.ToString(e.Message)})
			}
		}
	}
	return nil
}
