package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	awscore "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	awsdynamodb "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/smithy-go"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/objects"
	"github.com/plumbline-sync/plumbline/shared/objects/s3"
	"github.com/plumbline-sync/plumbline/shared/run/dynamodb"
	"github.com/plumbline-sync/plumbline/shared/secret"
	"github.com/plumbline-sync/plumbline/shared/step"
	"github.com/plumbline-sync/plumbline/shared/step/aws"
)

// stackFlags say which stack, in the user's terms.
type stackFlags struct {
	name    string
	region  string
	profile string
}

// openStack opens a deployed stack with the user's own credentials: its table, its bucket, its state machine.
func (a *app) openStack(ctx context.Context) (*state, error) {
	cfg, err := a.aws(ctx)
	if err != nil {
		return nil, err
	}
	outputs, err := a.outputs(ctx, cfg)
	if err != nil {
		return nil, err
	}
	temp, err := os.MkdirTemp("", "plumb-")
	if err != nil {
		return nil, fault.Errorf(fault.Unavailable, "make a folder for temporary files: %w", err)
	}
	client := awss3.NewFromConfig(cfg, func(o *awss3.Options) {
		o.UsePathStyle = cfg.BaseEndpoint != nil || os.Getenv("AWS_ENDPOINT_URL") != ""
		o.DisableLogOutputChecksumValidationSkipped = true // ranges have none

	})
	bucket := s3.New(client, outputs["BucketName"])
	s := &state{
		runs: dynamodb.New(awsdynamodb.NewFromConfig(cfg), outputs["TableName"]), objects: bucket,
		machine: aws.NewMachine(sfn.NewFromConfig(cfg), outputs["StateMachineArn"]), close: []func(){func() { _ = os.RemoveAll(temp) }},
	}
	s.env = &step.Env{
		Registry: a.registry, Runs: s.runs, Objects: bucket, Secrets: secret.Env(), Jobs: jobFiles{a.jobsDir}, Temp: temp,
		Invocation: "cli", Version: Version(), Memo: &step.Memo{}, NoLocal: true,
		Buckets: func(_ context.Context, name string) (objects.Store, error) {
			return s3.New(client, cmp.Or(name, outputs["BucketName"])), nil
		},
	}
	return s, nil
}

// aws returns the user's configuration of AWS: environment, profile, files.
func (a *app) aws(ctx context.Context) (awscore.Config, error) {
	var options []func(*config.LoadOptions) error
	if a.stack.region != "" {
		options = append(options, config.WithRegion(a.stack.region))
	}
	if a.stack.profile != "" {
		options = append(options, config.WithSharedConfigProfile(a.stack.profile))
	}
	cfg, err := config.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return cfg, fault.Errorf(fault.Invalid, "read the configuration of AWS: %w", err)
	}
	if cfg.Region == "" {
		return cfg, fault.Errorf(fault.Invalid, "no region is set: give --region, or set AWS_REGION")
	}
	if _, err := cfg.Credentials.Retrieve(ctx); err != nil {
		return cfg, fault.Errorf(fault.Denied, "no credentials for AWS were found; log in (aws sso login, aws configure), or name a profile with --profile")
	}
	return cfg, nil
}

// outputs returns the outputs of the stack.
func (a *app) outputs(ctx context.Context, cfg awscore.Config) (map[string]string, error) {
	name := a.stack.name
	out, err := cloudformation.NewFromConfig(cfg).DescribeStacks(ctx, &cloudformation.DescribeStacksInput{StackName: &name})
	if err != nil {
		if api, ok := errors.AsType[smithy.APIError](err); ok {
			switch code := api.ErrorCode(); {
			case code == "ValidationError" && strings.Contains(api.ErrorMessage(), "does not exist"):
				return nil, fault.Errorf(fault.NotFound, "stack %q: there is none in %s with these credentials; sam deploy makes it", name, cfg.Region)
			case strings.Contains(code, "Denied") || strings.Contains(code, "Token"):
				return nil, fault.Errorf(fault.Denied, "stack %q: %s", name, api.ErrorMessage())
			}
			return nil, fault.Errorf(fault.Unavailable, "stack %q: %s", name, api.ErrorMessage())
		}
		return nil, fault.Errorf(fault.Unavailable, "stack %q: %w", name, err)
	}
	found := map[string]string{}
	for _, s := range out.Stacks {
		for _, o := range s.Outputs {
			found[awscore.ToString(o.OutputKey)] = awscore.ToString(o.OutputValue)
		}
		for _, key := range []string{"StateMachineArn", "TableName", "BucketName", "Version"} {
			if found[key] == "" {
				return nil, fault.Errorf(fault.Invalid, "stack %q has no output %s (it is %s): it is no stack of Plumbline, or is still being made", name, key, s.StackStatus)
			}
		}
	}
	if v := found["Version"]; minor(v) != minor(step.Release) {
		return nil, fault.Errorf(fault.Invalid, "stack %q is of version %s, this plumb of %s: what they store may differ; deploy the stack anew, or use a plumb of its version", name, v, step.Release)
	}
	return found, nil
}

// minor returns the part of a version that says whether two understand each other: 0.1 of 0.1.3.
func minor(version string) string {
	parts := strings.SplitN(version, ".", 3)
	return strings.Join(parts[:min(2, len(parts))], ".")
}

// needStack refuses a command that only a stack has.
func (a *app) needStack(what string) error {
	if a.stack.name == "" {
		return usage("%s wants --stack NAME (or PLUMB_STACK): it is for a deployed stack", what)
	}
	return nil
}

// by names the user for the run's record.
func (a *app) by() string { return fmt.Sprintf("%.100s", whoami()) }
