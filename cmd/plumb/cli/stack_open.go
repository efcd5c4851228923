package cli

import (
	"cmp"
	"context"
	"fmt"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsdynamodb "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sfn"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/objects"
	"github.com/plumbline-sync/plumbline/shared/objects/s3"
	"github.com/plumbline-sync/plumbline/shared/run/dynamodb"
	"github.com/plumbline-sync/plumbline/shared/step"
	machine "github.com/plumbline-sync/plumbline/shared/step/aws"
)

// openStack opens what the stack keeps of its runs. What dies on AWS is closed there: nothing is closed here.
func (a *app) openStack(ctx context.Context) (*state, error) {
	st, err := a.joinStack(ctx)
	if err != nil {
		return nil, err
	}
	temp, err := os.MkdirTemp("", "plumbline-stack-")
	if err != nil {
		return nil, fault.Errorf(fault.Unavailable, "make a folder for temporary files: %w", err)
	}
	st.machine = machine.New(sfn.NewFromConfig(st.config), st.outputs[outMachine])
	s := &state{stack: st, runs: dynamodb.New(awsdynamodb.NewFromConfig(st.config), st.outputs[outTable]), close: []func(){func() { _ = os.RemoveAll(temp) }}}
	buckets := bucketsOf(st.config, st.outputs[outBucket])
	if s.objects, err = buckets(ctx, ""); err != nil {
		s.done()
		return nil, err
	}
	s.env = &step.Env{
		Registry: a.registry, Runs: s.runs, Objects: s.objects, Secrets: userSecrets(), Buckets: buckets, NoLocal: true,
		Temp: temp, Invocation: fmt.Sprintf("pid-%d", os.Getpid()), Version: step.Release, Memo: &step.Memo{},
	}
	return s, nil
}

// bucketsOf opens buckets by name, "" for the stack's own. An endpoint of one's own knows buckets by their path only.
func bucketsOf(cfg aws.Config, own string) func(context.Context, string) (objects.Store, error) {
	client := awss3.NewFromConfig(cfg, func(o *awss3.Options) {
		o.UsePathStyle = o.BaseEndpoint != nil
		o.DisableLogOutputChecksumValidationSkipped = true // ranges have none: no news for a person
	})
	return func(_ context.Context, name string) (objects.Store, error) {
		return s3.New(client, cmp.Or(name, own)).Foreign(), nil
	}
}
