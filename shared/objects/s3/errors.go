package s3

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/plumbline-sync/plumbline/shared/fault"
)

// codeOf returns S3's own code of an error; "" where S3 did not answer.
func codeOf(err error) string {
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		return api.ErrorCode()
	}
	return ""
}

// statusOf returns the status of S3's answer; 0 where there was none.
func statusOf(err error) int {
	if r, ok := errors.AsType[*smithyhttp.ResponseError](err); ok && r.Response != nil {
		return r.HTTPStatusCode()
	}
	return 0
}

// isAnswer reports whether S3 answered: asking the same again gets the same.
func isAnswer(err error) bool { return codeOf(err) != "" || statusOf(err) >= 300 }

// isRepeat reports whether S3 may have refused a write because it had carried it out before, unheard.
func isRepeat(err error) bool {
	status := statusOf(err)
	return status == http.StatusPreconditionFailed || status == http.StatusConflict || codeOf(err) == "PreconditionFailed" || codeOf(err) == "NoSuchUpload"
}

// faultOf tells the code of an error of S3.
func faultOf(ctx context.Context, err error) fault.Code {
	if e := ctx.Err(); e != nil {
		return fault.Of(e)
	}
	switch codeOf(err) {
	case "NoSuchKey", "NotFound", "NoSuchBucket", "NoSuchUpload", "NoSuchVersion":
		return fault.NotFound
	case "PreconditionFailed", "ConditionalRequestConflict", "OperationAborted":
		return fault.Conflict
	case "AccessDenied", "Forbidden", "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken", "AllAccessDisabled", "AccountProblem":
		return fault.Denied
	case "SlowDown", "Throttling", "ThrottlingException", "RequestLimitExceeded", "TooManyRequests", "ServiceUnavailable":
		return fault.Throttled
	case "RequestTimeout", "InternalError":
		return fault.Unavailable
	}
	switch status := statusOf(err); {
	case status == http.StatusNotFound:
		return fault.NotFound
	case status == http.StatusPreconditionFailed, status == http.StatusConflict:
		return fault.Conflict
	case status == http.StatusForbidden, status == http.StatusUnauthorized:
		return fault.Denied
	case status == http.StatusTooManyRequests, status == http.StatusServiceUnavailable:
		return fault.Throttled
	case status >= 300 && status < 500:
		return fault.Invalid
	case err != nil && strings.Contains(err.Error(), "exceeded total allowed"): // the transfer manager has no type for it
		return fault.Invalid
	}
	return fault.Unavailable
}

// wrap names the object, the bucket and the cause, and gives the code; nil for nil.
func (b *Bucket) wrap(ctx context.Context, operation, name string, err error) error {
	if err == nil {
		return nil
	}
	code := faultOf(ctx, err)
	switch {
	case codeOf(err) == "NoSuchBucket":
		return fault.Errorf(code, "%s object %q: there is no bucket %q", operation, name, b.name)
	case code == fault.NotFound:
		return fault.Errorf(code, "%s object %q: there is none in bucket %q", operation, name, b.name)
	case code == fault.Conflict && operation == "store":
		return fault.Errorf(code, "store object %q: another was stored in bucket %q meanwhile", name, b.name)
	case code == fault.Conflict && operation == "read":
		return fault.Errorf(code, "read object %q: it was replaced in bucket %q while it was read", name, b.name)
	case code == fault.Denied && operation == "open": // the answer to a HEAD has no text
		return fault.Errorf(code, "open object %q in bucket %q: %w: s3:GetObject is not allowed, or there is no such object and s3:ListBucket is not allowed; %s", name, b.name, cause{err}, b.hint)
	case code == fault.Denied:
		return fault.Errorf(code, "%s object %q in bucket %q: %w; %s", operation, name, b.name, cause{err}, b.hint)
	}
	return fault.Errorf(code, "%s object %q in bucket %q: %w", operation, name, b.name, cause{err})
}

// cause reads as what S3 said, without the SDK's own words around it.
type cause struct{ err error }

func (c cause) Error() string {
	api, ok := errors.AsType[smithy.APIError](c.err)
	if send, unsent := errors.AsType[*smithyhttp.RequestSendError](c.err); !ok && unsent { // the SDK wraps the reason in the request's id, which there is none of
		reason := send.Err
		if u, ok := errors.AsType[*url.Error](reason); ok {
			reason = u.Err
		}
		return "S3 does not answer: " + reason.Error()
	}
	if !ok {
		return c.err.Error()
	}
	if api.ErrorMessage() == "" || api.ErrorMessage() == api.ErrorCode() {
		return api.ErrorCode()
	}
	return api.ErrorCode() + ": " + api.ErrorMessage()
}

// Unwrap returns the SDK's error.
func (c cause) Unwrap() error { return c.err }
