package cli

import (
	"context"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/objects"
	"github.com/plumbline-sync/plumbline/shared/secret"
	secrets "github.com/plumbline-sync/plumbline/shared/secret/aws"
)

// account reads the user's own AWS configuration; it asks nobody until a job needs it.
func account(ctx context.Context) (aws.Config, error) {
	return (&stack{}).credentials(ctx, stackFlags{})
}

// userSecrets resolves ${env:}, and with the user's own credentials ${ssm:} and ${secret:}.
func userSecrets() secret.Resolver { return secrets.New(secrets.Options{Config: account}) }

// userBuckets opens buckets of S3 with the user's own credentials.
func userBuckets() func(context.Context, string) (objects.Store, error) {
	var mu sync.Mutex
	var open func(context.Context, string) (objects.Store, error)
	return func(ctx context.Context, name string) (objects.Store, error) {
		if name == "" {
			return nil, fault.Errorf(fault.Invalid, "s3:///KEY is a file in a stack's own bucket: with --stack that is known, here name it: s3://BUCKET/KEY")
		}
		mu.Lock()
		defer mu.Unlock()
		if open == nil {
			cfg, err := account(ctx)
			if err != nil {
				return nil, err
			}
			open = bucketsOf(cfg, "")
		}
		return open(ctx, name)
	}
}
