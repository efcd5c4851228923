package s3

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/plumbline-sync/plumbline/shared/fault"
)

// outcome returns what became of a write whose last request ended with err: nil also where the object there bears its mark, so that only answers were lost;
// UnknownOutcome where a conditional one may have been carried out and S3 does not tell. One without a condition may be made again, so its error stays as it is.
func (b *Bucket) outcome(ctx context.Context, name, mark string, c *condition, err error) error {
	wrapped := b.wrap(ctx, "store", name, err)
	if code := fault.Of(wrapped); err == nil || ctx.Err() != nil || code == fault.Denied || code == fault.Invalid {
		return wrapped
	}
	head, herr := b.client.HeadObject(ctx, &awss3.HeadObjectInput{Bucket: &b.name, Key: &name})
	gone := herr != nil && faultOf(ctx, herr) == fault.NotFound
	switch {
	case herr == nil && head.Metadata[markKey] == mark:
		return nil
	case c == nil,
		gone && c.version == "", herr == nil && aws.ToString(head.ETag) == c.version, // all is as it was
		isAnswer(err) && (gone || herr == nil || !isRepeat(err)):
		return wrapped
	}
	return fault.Errorf(fault.UnknownOutcome, "store object %q in bucket %q: nobody knows whether it was stored: %w", name, b.name, cause{err})
}
