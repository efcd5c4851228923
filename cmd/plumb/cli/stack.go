package cli

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/plumbline-sync/plumbline/shared/dashboard"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/step"
	machine "github.com/plumbline-sync/plumbline/shared/step/aws"
)

// withStack marks, as an annotation, the commands that work with a stack too.
const withStack = "stack"

// insteadOfStack says, as an annotation, what to use with a stack instead of a command that works on this machine only.
const insteadOfStack = "instead of stack"

// stackFlags say which stack is meant: none where the name is empty.
type stackFlags struct {
	name    string
	region  string
	profile string
}

func (s *stackFlags) register(f *pflag.FlagSet) {
	f.StringVar(&s.name, "stack", envOr("PLUMB_STACK", ""), "a deployed stack instead of the state folder; also PLUMB_STACK")
	f.StringVar(&s.region, "region", "", "with --stack: its AWS region; the default is your AWS configuration's")
	f.StringVar(&s.profile, "profile", "", "with --stack: a profile of your AWS configuration")
}

// onStack reports whether runs are a stack's and not the state folder's.
func (a *app) onStack() bool { return a.stack.name != "" }

// choose settles between stack and state folder: a flag beats the environment, --stack beats PLUMB_STATE; commands that know no stack ignore PLUMB_STACK.
func (a *app) choose(c *cobra.Command) error {
	f := c.Flags()
	given := f.Changed("stack")
	switch knows := knowsStack(c); {
	case given && f.Changed("state"):
		return usage("--stack and --state exclude each other: runs are in a stack or in a folder")
	case given && a.stack.name == "":
		return usage("--stack wants the name of a stack")
	case given && !knows:
		return usage("%s works on this machine only, not with --stack%s", c.CommandPath(), prefixed(": ", c.Annotations[insteadOfStack]))
	case f.Changed("state") || !knows:
		a.stack.name = ""
	}
	for _, n := range []string{"region", "profile"} {
		if f.Changed(n) && !a.onStack() {
			return usage("--%s says where a stack is: give --stack NAME too", n)
		}
	}
	return nil
}

func knowsStack(c *cobra.Command) bool {
	for ; c != nil; c = c.Parent() {
		if _, ok := c.Annotations[withStack]; ok {
			return true
		}
	}
	return false
}

// stackJob refuses what cannot name a job of a stack: what has the looks of a file.
func (a *app) stackJob(name string) error {
	if !strings.ContainsAny(name, "/\\") && !looksLikeFile(name) {
		return nil
	}
	return usage("job %q: with a stack a JOB is a name, not a file; plumb push FILE puts a file there, under its job's name", name)
}

// looksLikeFile reports whether a name ends as job files do.
func looksLikeFile(name string) bool {
	return strings.HasSuffix(name, ".yaml") || strings.HasSuffix(name, ".yml")
}

// stack is a deployed stack.
type stack struct {
	name    string
	config  aws.Config
	outputs map[string]string
	params  map[string]string
	machine *machine.Machine
}

// The outputs of a stack that this command line needs.
const (
	outMachine = "StateMachineArn"
	outTable   = "TableName"
	outBucket  = "BucketName"
	outVersion = "Version"
)

// describe asks CloudFormation for the stack's outputs.
func (s *stack) describe(ctx context.Context) error {
	out, err := cloudformation.NewFromConfig(s.config).DescribeStacks(ctx, &cloudformation.DescribeStacksInput{StackName: &s.name})
	if err != nil {
		return s.fault(ctx, err)
	}
	if len(out.Stacks) != 1 {
		return s.errorf(fault.NotFound, "there is none in region %s", s.config.Region)
	}
	st := out.Stacks[0]
	s.outputs = map[string]string{}
	for _, o := range st.Outputs {
		s.outputs[aws.ToString(o.OutputKey)] = aws.ToString(o.OutputValue)
	}
	s.params = map[string]string{}
	for _, p := range st.Parameters {
		s.params[aws.ToString(p.ParameterKey)] = aws.ToString(p.ParameterValue)
	}
	return s.usable(st.StackStatus, aws.ToString(st.StackStatusReason))
}

// schedule says when the stack starts runs of a job by itself; nil where its parameters name none.
func (s *stack) schedule(job string) *dashboard.Schedule {
	if s.params["ScheduleState"] != "ENABLED" || s.params["ScheduleJob"] != job {
		return nil
	}
	return &dashboard.Schedule{Expression: s.params["ScheduleExpression"], Zone: s.params["ScheduleTimeZone"], DryRun: s.params["ScheduleDryRun"] == "true", By: s.name + "-schedule"}
}

// usable says what is wrong with a stack that cannot be worked with.
func (s *stack) usable(status types.StackStatus, reason string) error {
	switch status {
	case types.StackStatusCreateInProgress, types.StackStatusReviewInProgress:
		return s.errorf(fault.Conflict, "it is still being made (%s)", status)
	case types.StackStatusDeleteInProgress, types.StackStatusDeleteComplete:
		return s.errorf(fault.NotFound, "it is being deleted (%s)", status)
	case types.StackStatusCreateFailed, types.StackStatusRollbackInProgress, types.StackStatusRollbackComplete, types.StackStatusRollbackFailed, types.StackStatusDeleteFailed:
		return s.errorf(fault.Invalid, "it could not be made (%s); delete it and deploy it again: %s", status, cmp.Or(reason, "its events say why"))
	}
	var missing []string
	for _, name := range []string{outMachine, outTable, outBucket, outVersion} {
		if s.outputs[name] == "" {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		return s.errorf(fault.Invalid, "it is no stack of Plumbline: it has no output %s", strings.Join(missing, ", "))
	}
	return nil
}

// versions compares the stack's version with this command line's: another minor is refused, unless this is a development build; what else differs is worth a warning.
func versions(stackName, theirs, ours string, development bool) (warning string, err error) {
	if theirs == ours {
		return "", nil
	}
	text := fmt.Sprintf("stack %q is of version %s, this plumb of %s", stackName, theirs, ours)
	if minor(theirs) != minor(ours) && !development {
		return "", fault.Errorf(fault.Invalid, "%s: take plumb %s, or deploy the stack anew", text, theirs)
	}
	return text, nil
}

// minor is a version without its last number.
func minor(version string) string { return version[:max(0, strings.LastIndexByte(version, '.'))] }

// development reports whether a version is none that was released.
func development(version string) bool {
	return !strings.HasPrefix(version, "v") || strings.ContainsAny(version, "-+")
}

// atWork is the reason for which a lock is not freed without --yes.
func (s *stack) atWork(ctx context.Context, l run.Lock) error {
	x, err := s.machine.Status(ctx, l.Run)
	switch {
	case err != nil && !fault.Is(err, fault.NotFound):
		return err
	case err == nil && x.Running:
		return fault.Errorf(fault.Refused, "run %q, which holds the lock, is at work; end it with plumb stop, or give --yes", l.Run)
	case l.OtherThan("", time.Now()):
		return fault.Errorf(fault.Refused, "run %q, which holds the lock, has ended, but a function of it may write until %s; wait, or give --yes", l.Run, l.Deadline.Add(run.Skew).Local().Format("15:04:05"))
	}
	return nil
}

// lost says why the execution of a run ended without a record of it; nil while it is at work, or where that cannot be told.
func (s *stack) lost(ctx context.Context, id string) error {
	if x, err := s.machine.Status(ctx, id); err == nil && !x.Running {
		return endedWith(id, x)
	}
	return nil
}

func (s *stack) errorf(code fault.Code, format string, args ...any) error {
	if s.name == "" { // the user's account, for a job of this machine
		return fault.Errorf(code, format, args...)
	}
	return fault.Errorf(code, "stack %q: "+format, append([]any{s.name}, args...)...)
}

// joinStack finds the stack that the flags name, once.
func (a *app) joinStack(ctx context.Context) (*stack, error) {
	if a.joined != nil {
		return a.joined, nil
	}
	s := &stack{name: a.stack.name}
	var err error
	if s.config, err = s.credentials(ctx, a.stack); err != nil {
		return nil, err
	}
	if err := s.describe(ctx); err != nil {
		return nil, err
	}
	warning, err := versions(s.name, s.outputs[outVersion], step.Release, development(Version()))
	if err != nil {
		return nil, err
	}
	if warning != "" && !a.quiet {
		fmt.Fprintln(a.err, "plumb: "+visible(warning))
	}
	a.joined = s
	return s, nil
}
