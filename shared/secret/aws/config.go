package aws

import (
	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"github.com/plumbline-sync/plumbline/shared/secret"
)

// FromConfig returns the resolver of a function: names below the prefix, none where it is empty, and the environment variables that env allows.
func FromConfig(cfg awssdk.Config, prefix string, env func(name string) bool) secret.Resolver {
	o := Options{Prefix: prefix, Env: env}
	if prefix != "" {
		o.SSM, o.Secrets = ssm.NewFromConfig(cfg), secretsmanager.NewFromConfig(cfg)
	}
	return New(o)
}
