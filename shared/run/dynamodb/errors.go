package dynamodb

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"regexp"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/plumbline-sync/plumbline/shared/fault"
)

// reasons returns why a transaction was cancelled, item by item; nil for any other error.
func reasons(err error) []types.CancellationReason {
	if e, ok := errors.AsType[*types.TransactionCanceledException](err); ok {
		return e.CancellationReasons
	}
	return nil
}

// unmet returns the refusal of a single write whose condition did not hold.
func unmet(err error) (*types.ConditionalCheckFailedException, bool) {
	return errors.AsType[*types.ConditionalCheckFailedException](err)
}

// isUnmet reports whether a transaction was refused because the condition of the item with the number did not hold.
func isUnmet(err error, n int) bool {
	all := reasons(err)
	return n < len(all) && aws.ToString(all[n].Code) == "ConditionalCheckFailed"
}

// isContended reports whether another was at the same items at the same time, or a transaction found DynamoDB too busy, which the client does not try again: nothing was done.
func isContended(err error) bool {
	for _, r := range reasons(err) {
		switch aws.ToString(r.Code) {
		case "TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded":
			return true
		}
	}
	switch codeOf(err) {
	case "TransactionConflictException", "TransactionInProgressException":
		return true
	}
	return false
}

// codeOf returns the service's name of an error; of a cancelled transaction that of its first reason.
func codeOf(err error) string {
	for _, r := range reasons(err) {
		if code := aws.ToString(r.Code); code != "" && code != "None" {
			return code
		}
	}
	if e, ok := errors.AsType[smithy.APIError](err); ok {
		return e.ErrorCode()
	}
	return ""
}

// action is what a refusal of AWS names.
var action = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`not authorized to perform: (\S+)`) })

// wrap says what was done with which table, and gives the code. An error that has one stays as it is.
func (s *Store) wrap(ctx context.Context, what string, err error) error {
	_, coded := errors.AsType[*fault.Error](err)
	switch {
	case isGarbled(err):
		return fault.Errorf(fault.Unavailable, "%s in table %q: the answer cannot be read: %w", what, s.table, err)
	case err == nil || coded:
		return err
	case ctx.Err() != nil:
		return fmt.Errorf("%s in table %q: %w", what, s.table, ctx.Err()) // the client says only that it was cancelled
	}
	code := fault.Internal
	switch name := codeOf(err); name {
	case "ResourceNotFoundException":
		return fault.Errorf(fault.NotFound, "%s: table %q: there is none in this account and region", what, s.table)
	case "ConditionalCheckFailedException", "ConditionalCheckFailed", "TransactionConflictException", "TransactionConflict", "TransactionInProgressException":
		code = fault.Conflict
	case "AccessDeniedException", "UnrecognizedClientException", "InvalidSignatureException", "ExpiredTokenException", "MissingAuthenticationTokenException", "IncompleteSignatureException":
		if m := action().FindStringSubmatch(err.Error()); m != nil {
			return fault.Errorf(fault.Denied, "%s in table %q: %s is not allowed: check the policies of who asks: %w", what, s.table, m[1], cause{err})
		}
		code = fault.Denied
	case "ProvisionedThroughputExceededException", "ProvisionedThroughputExceeded", "ThrottlingException", "ThrottlingError", "RequestLimitExceeded", "LimitExceededException":
		code = fault.Throttled
	case "ValidationException", "ValidationError", "ItemCollectionSizeLimitExceededException", "ItemCollectionSizeLimitExceeded":
		code = fault.Invalid
	case "InternalServerError", "InternalServerErrorException", "ServiceUnavailable", "ServiceUnavailableException":
		code = fault.Unavailable
	default:
		if isNetwork(err) {
			code = fault.Unavailable
		}
	}
	return fault.Errorf(code, "%s in table %q: %w", what, s.table, err)
}

// isGarbled reports whether what came is no document of ours: it may have been garbled on its way, so that it is worth asking again.
func isGarbled(err error) bool {
	if _, ok := errors.AsType[*json.SyntaxError](err); ok {
		return true
	}
	if _, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return true
	}
	_, ok := errors.AsType[*time.ParseError](err)
	return ok
}

// isNetwork reports whether no answer came, one that broke off or cannot be read, or one from something in between.
func isNetwork(err error) bool {
	if _, ok := errors.AsType[*smithy.DeserializationError](err); ok {
		return true
	}
	if _, ok := errors.AsType[*smithyhttp.RequestSendError](err); ok {
		return true
	}
	if e, ok := errors.AsType[*smithyhttp.ResponseError](err); ok && e.HTTPStatusCode() >= 500 {
		return true
	}
	_, ok := errors.AsType[net.Error](err)
	return ok
}

// cause reads as what DynamoDB said, without the SDK's own words around it.
type cause struct{ err error }

func (c cause) Error() string {
	if api, ok := errors.AsType[smithy.APIError](c.err); ok && api.ErrorMessage() != "" {
		return api.ErrorMessage()
	}
	return c.err.Error()
}

// Unwrap returns the SDK's error.
func (c cause) Unwrap() error { return c.err }
