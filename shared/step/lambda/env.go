package lambda

import (
	"cmp"
	"context"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsdynamodb "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/objects"
	"github.com/plumbline-sync/plumbline/shared/objects/s3"
	"github.com/plumbline-sync/plumbline/shared/run/dynamodb"
	"github.com/plumbline-sync/plumbline/shared/secret"
	"github.com/plumbline-sync/plumbline/shared/step"
)

// The variables of a function, as the template sets them.
const (
	varTable     = "PLUMBLINE_TABLE"
	varBucket    = "PLUMBLINE_BUCKET"
	varPrefix    = "PLUMBLINE_SECRET_PREFIX" // names that ${ssm:} and ${secret:} may begin with; empty: none
	varBudget    = "PLUMBLINE_STEP_SECONDS"  // how long one call may work before it answers more; empty or 0: until near the function's timeout
	varRetention = "PLUMBLINE_RETENTION"     // days that closed runs are kept; empty or 0: for ever
)

// Variables returns the names of the environment variables that a function needs; those with a default are not among them.
func Variables() []string { return []string{varTable, varBucket} }

// ready makes what all invocations share, once.
func (c *container) ready() error {
	if c.made != nil {
		return nil
	}
	var missing []string
	for _, name := range Variables() {
		if c.get(name) == "" {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		return errVariables(missing)
	}
	budget, err := seconds(c.get, varBudget)
	if err != nil {
		return err
	}
	days, err := number(c.get, varRetention)
	if err != nil {
		return err
	}
	cfg := config(c.get)
	bucket := awss3.NewFromConfig(cfg, func(o *awss3.Options) {
		o.UsePathStyle, o.DisableLogOutputChecksumValidationSkipped = cfg.BaseEndpoint != nil, true // ranges have no checksum
	})
	store := s3.New(bucket, c.get(varBucket))
	c.made = &step.Env{
		Registry: c.registry, Version: step.Release,
		Runs:    dynamodb.New(awsdynamodb.NewFromConfig(cfg), c.get(varTable)).WithRetention(time.Duration(days) * 24 * time.Hour),
		Objects: store, Secrets: c.secrets(cfg, c.get(varPrefix), readable), Jobs: jobs{bucket: store.Foreign(), dir: bundled()},
		Buckets: func(_ context.Context, name string) (objects.Store, error) {
			return s3.New(bucket, cmp.Or(name, c.get(varBucket))).Foreign().Hint(ofJobs), nil
		},
		Budget: budget, NoLocal: true, Alone: true,
	}
	return nil
}

// ofJobs says what a job's files may be, where AWS refuses one; the template's policies are the same.
const ofJobs = "a stack's jobs may use what is below data/ in its own bucket (s3:///data/...), and the bucket of its parameter DataBucketName: check the path, and that bucket's own policy"

// env returns the environment of one invocation.
func (c *container) env(temp, invocation string) step.Env {
	e := *c.made
	e.Temp, e.Invocation, e.Memo = temp, invocation, &step.Memo{}
	return e
}

// Secrets makes what resolves references, from the SDK's configuration, the beginning that names must have, and which environment variables may be read.
type Secrets func(cfg aws.Config, prefix string, env func(name string) bool) secret.Resolver

// None is for functions that open neither side of a job: they link no client of a keeper of secrets, and resolve nothing.
func None(aws.Config, string, func(string) bool) secret.Resolver { return none{} }

// Environment is for start, which makes the target for its lock's name only: it resolves what stands in the environment.
func Environment(_ aws.Config, _ string, env func(name string) bool) secret.Resolver {
	return secret.Variables(env)
}

type none struct{}

var _ secret.Resolver = none{}

// Resolve implements secret.Resolver.
func (none) Resolve(_ context.Context, kind, name string) (string, error) {
	return "", fault.Errorf(fault.Denied, "resolve ${%s:%s}: this function reads no secrets", kind, name)
}

// readable says which environment variables a job may read: not those that hold the role's keys.
func readable(name string) bool { return strings.HasPrefix(name, "PLUMB_") }

// seconds reads a variable that holds a number of seconds; 0 where it is empty.
func seconds(get func(string) string, name string) (time.Duration, error) {
	s := get(name)
	if s == "" {
		return 0, nil
	}
	x, err := strconv.ParseFloat(s, 64)
	if err != nil || x < 0 || x > 900 {
		return 0, fault.Errorf(fault.Invalid, "environment variable %s: want a number of seconds up to 900, got %q", name, s)
	}
	return time.Duration(x * float64(time.Second)), nil
}

// number reads a variable that holds a whole number; 0 where it is empty.
func number(get func(string) string, name string) (int, error) {
	s := get(name)
	if s == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 {
		return 0, fault.Errorf(fault.Invalid, "environment variable %s: want a whole number, got %q", name, s)
	}
	return n, nil
}

// config returns the SDK's configuration from the variables that the Lambda service sets.
// It is made by hand: the SDK's package config would also look for files and other machines' metadata, and adds 2 MB to each function.
func config(get func(string) string) aws.Config {
	cfg := aws.Config{
		Region: get("AWS_REGION"), RetryMaxAttempts: 5, RetryMode: aws.RetryModeStandard,
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenSupported, ResponseChecksumValidation: aws.ResponseChecksumValidationWhenSupported,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{
				AccessKeyID: get("AWS_ACCESS_KEY_ID"), SecretAccessKey: get("AWS_SECRET_ACCESS_KEY"), SessionToken: get("AWS_SESSION_TOKEN"), Source: "function",
			}, nil
		}),
	}
	if url := get("AWS_ENDPOINT_URL"); url != "" {
		cfg.BaseEndpoint = aws.String(url)
	}
	return cfg
}

// bundled is the folder of the bundled jobs.
func bundled() string {
	if root := os.Getenv("LAMBDA_TASK_ROOT"); root != "" {
		return root + "/jobs"
	}
	return "jobs"
}
