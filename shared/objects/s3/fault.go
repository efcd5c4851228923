package s3

import (
	"context"
	"errors"
	"net/http"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/plumbline-sync/plumbline/shared/fault"
)

// fault gives what the SDK returned its code and a text that a person can act on; nil stays nil.
func (b *Bucket) fault(ctx context.Context, op, name string, err error) error {
	if err == nil {
		return nil
	}
	if cerr := ctx.Err(); cerr != nil {
		return fault.Wrap(fault.Of(cerr), context.Cause(ctx))
	}
	status := 0
	if r, ok := errors.AsType[*smithyhttp.ResponseError](err); ok {
		status = r.HTTPStatusCode()
	}
	name = b.address(name)
	api, ok := errors.AsType[smithy.APIError](err)
	if !ok && status == 0 {
		return fault.Errorf(fault.Unavailable, "%s %q: %w", op, name, err)
	}
	word, text := "", http.StatusText(status)
	if ok {
		word, text = api.ErrorCode(), api.ErrorMessage()
	}
	switch code := codeOf(word, status); {
	case word == "NoSuchBucket":
		return fault.Errorf(fault.NotFound, "%s %q: there is no bucket %q", op, name, b.name)
	case code == fault.NotFound:
		return fault.Errorf(code, "%s %q: there is none", op, name)
	case code == fault.Denied:
		return fault.Errorf(code, "%s %q: access denied: %s", op, name, text)
	case code == fault.Conflict && op == "read":
		return fault.Errorf(code, "%s %q: it was replaced while it was read", op, name)
	case code == fault.Conflict:
		return fault.Errorf(code, "%s %q: there is one already", op, name)
	default:
		return fault.Errorf(code, "%s %q: %s (%s)", op, name, text, word)
	}
}

// codeOf returns the code of what S3 calls an error: docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html.
func codeOf(word string, status int) fault.Code {
	switch word {
	case "NoSuchKey", "NotFound", "NoSuchBucket":
		return fault.NotFound
	case "PreconditionFailed", "ConditionalRequestConflict", "OperationAborted":
		return fault.Conflict
	case "AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken", "AllAccessDisabled":
		return fault.Denied
	case "SlowDown", "ServiceUnavailable", "Throttling", "ThrottlingException", "RequestLimitExceeded", "TooManyRequests":
		return fault.Throttled
	case "InternalError", "RequestTimeout":
		return fault.Unavailable
	case "KeyTooLongError", "EntityTooLarge", "InvalidBucketName":
		return fault.Invalid
	}
	switch {
	case status == http.StatusNotFound:
		return fault.NotFound
	case status == http.StatusForbidden || status == http.StatusUnauthorized:
		return fault.Denied
	case status == http.StatusPreconditionFailed || status == http.StatusConflict:
		return fault.Conflict
	case status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable:
		return fault.Throttled
	case status >= 500:
		return fault.Unavailable
	}
	return fault.Internal
}
