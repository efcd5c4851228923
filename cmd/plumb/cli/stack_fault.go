package cli

import (
	"context"
	"errors"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/ssocreds"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/logging"

	"github.com/plumbline-sync/plumbline/shared/fault"
)

// credentials makes the SDK's configuration of the user's own: environment, profile, single sign-on. Each thing that is missing has its own message.
func (s *stack) credentials(ctx context.Context, f stackFlags) (aws.Config, error) {
	options := []func(*config.LoadOptions) error{config.WithLogger(logging.Nop{})} // what a person is to know stands in the errors
	if f.region != "" {
		options = append(options, config.WithRegion(f.region))
	}
	if f.profile != "" {
		options = append(options, config.WithSharedConfigProfile(f.profile))
	}
	cfg, err := config.LoadDefaultConfig(ctx, options...)
	if p, ok := errors.AsType[config.SharedConfigProfileNotExistError](err); ok {
		return cfg, s.errorf(fault.Invalid, "your AWS configuration has no profile %q", p.Profile)
	}
	if err != nil {
		return cfg, s.errorf(fault.Invalid, "read your AWS configuration: %w", err)
	}
	if cfg.Region == "" {
		if s.name == "" { // without a stack there is no --region
			return cfg, s.errorf(fault.Invalid, "no AWS region: set AWS_REGION, or AWS_PROFILE to a profile that has one")
		}
		return cfg, s.errorf(fault.Invalid, "no AWS region: give --region, set AWS_REGION, or take a profile that has one")
	}
	if cfg.Credentials == nil {
		return cfg, s.noCredentials(nil)
	}
	if _, err := cfg.Credentials.Retrieve(ctx); err != nil {
		return cfg, s.noCredentials(err)
	}
	return cfg, nil
}

// noCredentials says why there are none. That a machine outside EC2 has no instance role is no news.
func (s *stack) noCredentials(err error) error {
	if _, ok := errors.AsType[*ssocreds.InvalidTokenError](err); ok {
		return s.expired()
	}
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		if isExpired(api.ErrorCode()) || api.ErrorCode() == "UnauthorizedException" {
			return s.expired()
		}
		return s.errorf(fault.Denied, "no AWS credentials: %s (%s)", api.ErrorMessage(), api.ErrorCode())
	}
	how := "no AWS credentials: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
	if s.name != "" { // without a stack there is no --profile
		how = "no AWS credentials: give --profile, or set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
	}
	if err == nil || strings.Contains(err.Error(), "EC2 IMDS") {
		return s.errorf(fault.Invalid, "%s", how)
	}
	return s.errorf(fault.Invalid, "%s: %w", how, err)
}

func (s *stack) expired() error {
	return s.errorf(fault.Denied, "your AWS credentials have expired; sign in again (such as aws sso login)")
}

func isExpired(word string) bool {
	switch word {
	case "ExpiredToken", "ExpiredTokenException", "RequestExpired":
		return true
	}
	return false
}

// fault gives what CloudFormation said its code and a text that a person can act on.
func (s *stack) fault(ctx context.Context, err error) error {
	if cerr := ctx.Err(); cerr != nil {
		return fault.Wrap(fault.Of(cerr), context.Cause(ctx))
	}
	api, ok := errors.AsType[smithy.APIError](err)
	if !ok {
		return s.errorf(fault.Unavailable, "ask CloudFormation in region %s: %w", s.config.Region, err)
	}
	word, text := api.ErrorCode(), api.ErrorMessage()
	switch {
	case word == "ValidationError" && strings.Contains(text, "does not exist"):
		return s.errorf(fault.NotFound, "there is none in region %s of this account; --region and --profile say where to look", s.config.Region)
	case isExpired(word):
		return s.expired()
	}
	switch word {
	case "InvalidClientTokenId", "UnrecognizedClientException", "SignatureDoesNotMatch", "InvalidSignatureException", "IncompleteSignature", "MissingAuthenticationToken", "AuthFailure":
		return s.errorf(fault.Denied, "AWS does not take these credentials: %s (%s)", text, word)
	case "AccessDenied", "AccessDeniedException", "UnauthorizedOperation":
		return s.errorf(fault.Denied, "access denied: check the policies of your credentials: %s", text)
	case "Throttling", "ThrottlingException", "RequestLimitExceeded":
		return s.errorf(fault.Throttled, "%s (%s)", text, word)
	case "ValidationError":
		return s.errorf(fault.Invalid, "%s", text)
	}
	return s.errorf(fault.Unavailable, "%s (%s)", text, word)
}
