package aws

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/aws/smithy-go"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/secret"
)

// keyOf picks a key of a secret that is a JSON object. Errors hold nothing of the secret.
func keyOf(ref secret.Ref, text, key string) (string, error) {
	var all map[string]json.RawMessage
	if json.Unmarshal([]byte(text), &all) != nil {
		return "", fault.Errorf(fault.Invalid, "resolve %s: the secret is no JSON object, so it has no keys; leave out #%s for the whole of it", ref, key)
	}
	value, ok := all[key]
	if !ok {
		return "", fault.Errorf(fault.NotFound, "resolve %s: the secret has no key %q", ref, key)
	}
	var s string
	switch {
	case json.Unmarshal(value, &s) == nil && value[0] == '"':
		return s, nil
	case strings.ContainsAny(string(value[:1]), "-0123456789tf"):
		return string(value), nil
	}
	return "", fault.Errorf(fault.Invalid, "resolve %s: want a text, a number or a boolean under the key %q", ref, key)
}

// wrap names the reference and gives the code.
func wrap(ctx context.Context, ref secret.Ref, err error) error {
	api, answered := errors.AsType[smithy.APIError](err)
	if e := ctx.Err(); e != nil {
		return fault.Errorf(fault.Of(e), "resolve %s: %w", ref, err)
	}
	if !answered {
		return fault.Errorf(fault.Unavailable, "resolve %s: %w", ref, err)
	}
	switch code := api.ErrorCode(); code {
	case "ParameterNotFound", "ParameterVersionNotFound", "ResourceNotFoundException":
		return fault.Errorf(fault.NotFound, "resolve %s: there is none", ref)
	case "InvalidRequestException": // it is marked for deletion
		return fault.Errorf(fault.NotFound, "resolve %s: %s", ref, api.ErrorMessage())
	case "ThrottlingException", "Throttling", "TooManyUpdates", "RequestLimitExceeded":
		return fault.Errorf(fault.Throttled, "resolve %s: %s", ref, code)
	case "AccessDeniedException", "AccessDenied", "DecryptionFailure", "InvalidKeyId", "ExpiredTokenException", "UnrecognizedClientException", "InvalidSignatureException", "InvalidClientTokenId":
		return fault.Errorf(fault.Denied, "resolve %s: %s: %s", ref, code, api.ErrorMessage())
	}
	code := fault.Invalid
	if api.ErrorFault() == smithy.FaultServer {
		code = fault.Unavailable
	}
	return fault.Errorf(code, "resolve %s: %s: %s", ref, api.ErrorCode(), api.ErrorMessage())
}
