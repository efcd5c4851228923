// Package aws resolves references to secrets on AWS: parameters of SSM, secrets of Secrets Manager, and the variables that a function may read.
package aws

import (
	"context"
	"strings"
	"sync"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/secret"
)

// Options say where secrets are read from, and which.
type Options struct {
	// Config returns the SDK's configuration: region, credentials, endpoint. It is asked for once it has succeeded, at the first ${ssm:NAME} (a parameter, decrypted),
	// ${secret:NAME} or ${secret:NAME#KEY}; nil: such references are refused.
	Config func(context.Context) (awssdk.Config, error)
	// Prefix is what the names of both must stand below, with a slash between, one at its beginning or not; "": any name is asked for.
	Prefix string
	// Env tells which ${env:NAME} may be read; nil: all.
	Env func(name string) bool
}

var (
	_ secret.Resolver  = (*resolver)(nil)
	_ secret.Forgetter = (*resolver)(nil)
)

// resolver keeps what it read until it is told to forget it.
type resolver struct {
	Options

	mu    sync.Mutex
	cfg   *awssdk.Config        // nil until asked for
	known map[secret.Ref]string // by the reference without its #KEY
}

// New returns a resolver that asks for each name once in its life; it is a secret.Forgetter. It may be used by several goroutines.
func New(o Options) secret.Resolver { return &resolver{Options: o, known: map[secret.Ref]string{}} }

// FromConfig returns the resolver of a function: names below the prefix, none where it is empty, and the environment variables that env allows.
func FromConfig(cfg awssdk.Config, prefix string, env func(name string) bool) secret.Resolver {
	o := Options{Prefix: prefix, Env: env}
	if prefix != "" {
		o.Config = func(context.Context) (awssdk.Config, error) { return cfg, nil }
	}
	return New(o)
}

// Resolve implements secret.Resolver.
func (r *resolver) Resolve(ctx context.Context, kind, name string) (string, error) {
	ref := secret.Ref{Kind: kind, Name: name}
	switch kind {
	case "env":
		return secret.Variables(r.Env).Resolve(ctx, kind, name)
	case "ssm":
		return r.kept(ref, func() (string, error) { return r.parameter(ctx, ref) })
	case "secret":
		whole, key, part := strings.Cut(name, "#")
		text, err := r.kept(secret.Ref{Kind: kind, Name: whole}, func() (string, error) { return r.secret(ctx, ref, whole) })
		if err != nil || !part {
			return text, err
		}
		return keyOf(ref, text, key)
	}
	return "", fault.Errorf(fault.Invalid, "resolve %s: there are no references of kind %q", ref, kind)
}

// Forget implements secret.Forgetter.
func (r *resolver) Forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	clear(r.known)
}

// kept returns what is known of a reference, or asks, one at a time.
func (r *resolver) kept(ref secret.Ref, ask func() (string, error)) (string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if text, ok := r.known[ref]; ok {
		return text, nil
	}
	if err := r.allowed(ref); err != nil {
		return "", err
	}
	text, err := ask()
	if err == nil {
		r.known[ref] = text
	}
	return text, err
}

// allowed checks that a name stands below the prefix.
func (r *resolver) allowed(ref secret.Ref) error {
	prefix := strings.Trim(r.Prefix, "/")
	if prefix == "" || strings.HasPrefix(strings.TrimPrefix(nameOf(ref.Name), "/"), prefix+"/") {
		return nil
	}
	return fault.Errorf(fault.Denied, "resolve %s: only names below %q may be read here; the parameter SecretPrefix of the stack says so", ref, prefix+"/")
}

// nameOf returns the name that an ARN ends in; other names are returned as they are.
func nameOf(name string) string {
	if !strings.HasPrefix(name, "arn:") {
		return name
	}
	for _, mark := range []string{":secret:", ":parameter/"} {
		if _, rest, ok := strings.Cut(name, mark); ok {
			return rest
		}
	}
	return name
}

func (r *resolver) parameter(ctx context.Context, ref secret.Ref) (string, error) {
	var out struct {
		Parameter struct{ Value *string }
	}
	if err := r.ask(ctx, ref, parameters(), map[string]any{"Name": ref.Name, "WithDecryption": true}, &out); err != nil {
		return "", err
	}
	if out.Parameter.Value == nil {
		return "", fault.Errorf(fault.NotFound, "resolve %s: it has no value", ref)
	}
	return *out.Parameter.Value, nil
}

func (r *resolver) secret(ctx context.Context, ref secret.Ref, name string) (string, error) {
	var out struct {
		SecretString *string
		SecretBinary []byte
	}
	if err := r.ask(ctx, ref, secrets(), map[string]any{"SecretId": name}, &out); err != nil {
		return "", err
	}
	if out.SecretString == nil {
		return string(out.SecretBinary), nil
	}
	return *out.SecretString, nil
}

// ask calls a keeper; the caller holds mu.
func (r *resolver) ask(ctx context.Context, ref secret.Ref, k keeper, in, out any) error {
	if r.Config == nil {
		return fault.Errorf(fault.Invalid, "resolve %s: there is no access to AWS here", ref)
	}
	if r.cfg == nil {
		cfg, err := r.Config(ctx)
		if err != nil {
			return fault.Errorf(fault.Of(err), "resolve %s: %w", ref, err)
		}
		r.cfg = &cfg
	}
	if err := k.ask(ctx, *r.cfg, in, out); err != nil {
		return wrap(ctx, ref, err)
	}
	return nil
}
