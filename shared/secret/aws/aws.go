// Package aws resolves references to secrets on AWS: parameters of SSM, secrets of Secrets Manager, and the variables that a function may read.
package aws

import (
	"context"
	"os"
	"strings"
	"sync"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/secret"
)

// Options say where secrets are read from, and which.
type Options struct {
	// SSM reads ${ssm:NAME}, decrypted; nil: such references are refused.
	SSM *ssm.Client
	// Secrets reads ${secret:NAME} and ${secret:NAME#KEY}; nil: such references are refused.
	Secrets *secretsmanager.Client
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
// It holds functions instead of the SDK's clients: behind an interface those would bring all their operations into a program that uses reflection on methods.
type resolver struct {
	prefix        string
	env           func(name string) bool
	readParameter func(context.Context, *ssm.GetParameterInput, ...func(*ssm.Options)) (*ssm.GetParameterOutput, error)                                      // nil: refused
	readSecret    func(context.Context, *secretsmanager.GetSecretValueInput, ...func(*secretsmanager.Options)) (*secretsmanager.GetSecretValueOutput, error) // nil: refused

	mu    sync.Mutex
	known map[secret.Ref]string // by the reference without its #KEY
}

// New returns a resolver that asks for each name once in its life; it is a secret.Forgetter. It may be used by several goroutines.
func New(o Options) secret.Resolver {
	r := &resolver{prefix: o.Prefix, env: o.Env, known: map[secret.Ref]string{}}
	if o.SSM != nil {
		r.readParameter = o.SSM.GetParameter
	}
	if o.Secrets != nil {
		r.readSecret = o.Secrets.GetSecretValue
	}
	return r
}

// Resolve implements secret.Resolver.
func (r *resolver) Resolve(ctx context.Context, kind, name string) (string, error) {
	ref := secret.Ref{Kind: kind, Name: name}
	switch kind {
	case "env":
		return r.variable(name)
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
	prefix := strings.Trim(r.prefix, "/")
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

func (r *resolver) variable(name string) (string, error) {
	if r.env != nil && !r.env(name) {
		return "", fault.Errorf(fault.Denied, "environment variable %q: a job may not read it here; those are for jobs whose names begin with PLUMB_", name)
	}
	v, ok := os.LookupEnv(name)
	if !ok {
		return "", fault.Errorf(fault.NotFound, "environment variable %q is not set", name)
	}
	return v, nil
}

func (r *resolver) parameter(ctx context.Context, ref secret.Ref) (string, error) {
	if r.readParameter == nil {
		return "", fault.Errorf(fault.Invalid, "resolve %s: parameters of SSM are not read here", ref)
	}
	out, err := r.readParameter(ctx, &ssm.GetParameterInput{Name: &ref.Name, WithDecryption: awssdk.Bool(true)})
	if err != nil {
		return "", wrap(ctx, ref, err)
	}
	if out.Parameter == nil || out.Parameter.Value == nil {
		return "", fault.Errorf(fault.NotFound, "resolve %s: it has no value", ref)
	}
	return *out.Parameter.Value, nil
}

func (r *resolver) secret(ctx context.Context, ref secret.Ref, name string) (string, error) {
	if r.readSecret == nil {
		return "", fault.Errorf(fault.Invalid, "resolve %s: Secrets Manager is not read here", ref)
	}
	out, err := r.readSecret(ctx, &secretsmanager.GetSecretValueInput{SecretId: &name})
	if err != nil {
		return "", wrap(ctx, ref, err)
	}
	if out.SecretString == nil {
		return string(out.SecretBinary), nil
	}
	return *out.SecretString, nil
}
