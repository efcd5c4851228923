package lambda

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"github.com/plumbline-sync/plumbline/shared/secret"
	secrets "github.com/plumbline-sync/plumbline/shared/secret/aws"
)

// resolver returns the resolver of a function: names below the prefix, and the variables that may says.
func resolver(cfg aws.Config, prefix string, may func(name string) bool) secret.Resolver {
	return secrets.New(secrets.Options{SSM: ssm.NewFromConfig(cfg), Secrets: secretsmanager.NewFromConfig(cfg), Limited: true, Prefix: prefix, Env: may})
}
