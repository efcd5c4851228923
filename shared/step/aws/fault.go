package aws

import (
	"context"
	"errors"
	"net/http"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/plumbline-sync/plumbline/shared/fault"
)

// wrap says what was done with which execution, and gives the code; nil stays nil.
func wrap(ctx context.Context, what, id string, err error) error {
	if err == nil {
		return nil
	}
	if cerr := ctx.Err(); cerr != nil {
		return fault.Wrap(fault.Of(cerr), context.Cause(ctx))
	}
	api, ok := errors.AsType[smithy.APIError](err)
	if !ok {
		return fault.Errorf(fault.Unavailable, "%s execution %q: %w", what, id, err)
	}
	status := 0
	if r, ok := errors.AsType[*smithyhttp.ResponseError](err); ok {
		status = r.HTTPStatusCode()
	}
	switch word := api.ErrorCode(); codeOf(word, status) {
	case fault.NotFound:
		return fault.Errorf(fault.NotFound, "%s execution %q: there is none: %s", what, id, api.ErrorMessage())
	case fault.Denied:
		return fault.Errorf(fault.Denied, "%s execution %q: check the policies of who asks: %s (%s)", what, id, api.ErrorMessage(), word)
	default:
		return fault.Errorf(codeOf(word, status), "%s execution %q: %s (%s)", what, id, api.ErrorMessage(), word)
	}
}

// codeOf returns the code of what Step Functions calls an error: docs.aws.amazon.com/step-functions/latest/apireference/CommonErrors.html and each action's own.
func codeOf(word string, status int) fault.Code {
	switch word {
	case "ExecutionDoesNotExist", "StateMachineDoesNotExist", "ResourceNotFound":
		return fault.NotFound
	case "ExecutionAlreadyExists", "StateMachineDeleting", "ConflictException":
		return fault.Conflict
	case "InvalidExecutionInput", "InvalidName", "InvalidArn", "ValidationException":
		return fault.Invalid
	case "AccessDeniedException", "UnrecognizedClientException", "InvalidSignatureException", "ExpiredTokenException", "MissingAuthenticationTokenException", "IncompleteSignature",
		"InvalidClientTokenId", "OptInRequired", "NotAuthorized", "KmsAccessDeniedException":
		return fault.Denied
	case "ThrottlingException", "ExecutionLimitExceeded", "KmsThrottlingException":
		return fault.Throttled
	}
	switch {
	case status == http.StatusForbidden:
		return fault.Denied
	case status == http.StatusTooManyRequests:
		return fault.Throttled
	case status >= 500:
		return fault.Unavailable
	}
	return fault.Internal
}
