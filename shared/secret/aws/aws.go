// Package aws resolves references to secrets that AWS keeps: ${ssm:NAME} in Systems Manager's parameters, ${secret:NAME} and ${secret:NAME#KEY} in Secrets Manager.
package aws

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/smithy-go"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/secret"
)

// Options say where secrets are and which may be read.
type Options struct {
	SSM     *ssm.Client
	Secrets *secretsmanager.Client
	// Limited says that only names that begin with Prefix resolve (a slash at the start counts in neither), none where Prefix is empty; without it every name does.
	Limited bool
	Prefix  string
	// Env reports whether the environment variable may be read; nil: every one.
	Env func(name string) bool
}

// Resolver resolves references of every kind, and keeps what it found until Forget. It may be used concurrently.
type Resolver struct {
	limited bool
	prefix  string
	env     func(name string) bool
	// Functions instead of the SDK's clients, which behind an interface would bring all their operations into the program.
	parameter func(context.Context, *ssm.GetParameterInput, ...func(*ssm.Options)) (*ssm.GetParameterOutput, error)
	secret    func(context.Context, *secretsmanager.GetSecretValueInput, ...func(*secretsmanager.Options)) (*secretsmanager.GetSecretValueOutput, error)

	local secret.Resolver
	mu    sync.Mutex
	known map[[2]string]string
}

var _ secret.Resolver = (*Resolver)(nil)

// New returns a resolver.
func New(o Options) *Resolver {
	return &Resolver{
		limited: o.Limited, prefix: o.Prefix, env: o.Env, parameter: o.SSM.GetParameter, secret: o.Secrets.GetSecretValue,
		local: secret.Env(), known: map[[2]string]string{},
	}
}

// FromConfig returns the resolver of a function: names that begin with prefix, none where it is empty, and the environment variables that env allows.
func FromConfig(cfg aws.Config, prefix string, env func(name string) bool) secret.Resolver {
	return New(Options{SSM: ssm.NewFromConfig(cfg), Secrets: secretsmanager.NewFromConfig(cfg), Limited: true, Prefix: prefix, Env: env})
}

// Forget drops what was found, so that a secret that was changed is read anew.
func (r *Resolver) Forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	clear(r.known)
}

// Resolve implements secret.Resolver.
func (r *Resolver) Resolve(ctx context.Context, kind, name string) (string, error) {
	if kind == "env" {
		if r.env != nil && !r.env(name) {
			return "", fault.Errorf(fault.Denied, "resolve ${env:%s}: a function reads only variables whose names begin with PLUMB_", name)
		}
		return r.local.Resolve(ctx, kind, name)
	}
	if r.limited && (r.prefix == "" || !strings.HasPrefix(strings.TrimPrefix(name, "/"), strings.TrimPrefix(r.prefix, "/"))) {
		return "", fault.Errorf(fault.Denied, "resolve ${%s:%s}: functions read only names that begin with the stack's parameter SecretPrefix, which is %q", kind, name, r.prefix)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	key := [2]string{kind, name}
	if text, ok := r.known[key]; ok {
		return text, nil
	}
	text, err := r.fetch(ctx, kind, name)
	if err != nil {
		return "", err
	}
	r.known[key] = text
	return text, nil
}

func (r *Resolver) fetch(ctx context.Context, kind, name string) (string, error) {
	switch kind {
	case "ssm":
		out, err := r.parameter(ctx, &ssm.GetParameterInput{Name: &name, WithDecryption: aws.Bool(true)})
		if err != nil {
			return "", because(ctx, kind, name, err)
		}
		return aws.ToString(out.Parameter.Value), nil
	case "secret":
		id, member, picks := strings.Cut(name, "#")
		out, err := r.secret(ctx, &secretsmanager.GetSecretValueInput{SecretId: &id})
		if err != nil {
			return "", because(ctx, kind, name, err)
		}
		text := aws.ToString(out.SecretString)
		if out.SecretString == nil {
			text = string(out.SecretBinary)
		}
		if !picks {
			return text, nil
		}
		return pick(text, name, member)
	}
	return "", fault.Errorf(fault.Invalid, "resolve ${%s:%s}: there are references of kind env, ssm and secret", kind, name)
}

// pick takes one key out of a secret that is a JSON object. The error holds nothing of it.
func pick(text, name, member string) (string, error) {
	var all map[string]any
	if err := json.Unmarshal([]byte(text), &all); err != nil {
		return "", fault.Errorf(fault.Invalid, "resolve ${secret:%s}: the secret is not a JSON object, so that no key can be picked", name)
	}
	switch v := all[member].(type) {
	case string:
		return v, nil
	case nil:
		return "", fault.Errorf(fault.NotFound, "resolve ${secret:%s}: the secret has no key %q", name, member)
	default:
		return "", fault.Errorf(fault.Invalid, "resolve ${secret:%s}: key %q is no text", name, member)
	}
}

// because gives what the SDK returned its code.
func because(ctx context.Context, kind, name string, err error) error {
	if cerr := ctx.Err(); cerr != nil {
		return fault.Wrap(fault.Of(cerr), cerr)
	}
	api, ok := errors.AsType[smithy.APIError](err)
	if !ok {
		return fault.Errorf(fault.Unavailable, "resolve ${%s:%s}: %w", kind, name, err)
	}
	switch api.ErrorCode() {
	case "ParameterNotFound", "ResourceNotFoundException":
		return fault.Errorf(fault.NotFound, "resolve ${%s:%s}: there is none in this account and region", kind, name)
	case "AccessDeniedException", "AccessDenied", "UnrecognizedClientException", "ExpiredTokenException":
		return fault.Errorf(fault.Denied, "resolve ${%s:%s}: %s", kind, name, api.ErrorMessage())
	case "ThrottlingException", "TooManyRequestsException":
		return fault.Errorf(fault.Throttled, "resolve ${%s:%s}: %s", kind, name, api.ErrorMessage())
	}
	return fault.Errorf(fault.Unavailable, "resolve ${%s:%s}: %s (%s)", kind, name, api.ErrorMessage(), api.ErrorCode())
}
