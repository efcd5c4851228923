// Package aws starts, looks at and stops executions of the deployed state machine; an execution's name is its run's id.
package aws

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/step"
)

// call is one operation of Step Functions.
type call[In, Out any] func(context.Context, *In, ...func(*sfn.Options)) (*Out, error)

// Machine is a deployed state machine. It holds functions instead of the SDK's client, which would bring all its operations into a program that uses reflection on methods.
// All methods may be called concurrently. Errors carry codes: Denied, Throttled, Unavailable, and what each method says.
type Machine struct {
	arn      string
	start    call[sfn.StartExecutionInput, sfn.StartExecutionOutput]
	describe call[sfn.DescribeExecutionInput, sfn.DescribeExecutionOutput]
	stop     call[sfn.StopExecutionInput, sfn.StopExecutionOutput]
}

// New returns the state machine with the ARN.
func New(client *sfn.Client, arn string) *Machine {
	return &Machine{arn: arn, start: client.StartExecution, describe: client.DescribeExecution, stop: client.StopExecution}
}

// Start starts an execution with the input, in the name of who asks for it; its run gets the id. It does not wait for the run's record.
// Conflict where an execution has had that id; Invalid where the input is not one.
func (m *Machine) Start(ctx context.Context, id string, in step.Input, by string) error {
	in.By = by
	if err := in.Validate(); err != nil {
		return err
	}
	text, err := json.Marshal(&in)
	if err != nil {
		return fault.Errorf(fault.Invalid, "execution input: %w", err)
	}
	_, err = m.start(ctx, &sfn.StartExecutionInput{StateMachineArn: &m.arn, Name: &id, Input: aws.String(string(text))})
	return wrap(ctx, "start", id, err)
}

// Execution is how an execution stands.
type Execution struct {
	Running bool
	// Status is Step Functions' own word: RUNNING, SUCCEEDED, FAILED, TIMED_OUT, ABORTED.
	Status string
	// Error and Cause are what it ended badly with, as Step Functions has them.
	Error, Cause string
}

// Status returns how the execution of a run stands; NotFound where there is none (they are kept for 90 days).
func (m *Machine) Status(ctx context.Context, id string) (Execution, error) {
	out, err := m.describe(ctx, &sfn.DescribeExecutionInput{ExecutionArn: m.execution(id)})
	if err != nil {
		return Execution{}, wrap(ctx, "look at", id, err)
	}
	return Execution{
		Running: out.Status == types.ExecutionStatusRunning || out.Status == types.ExecutionStatusPendingRedrive,
		Status:  string(out.Status), Error: aws.ToString(out.Error), Cause: aws.ToString(out.Cause),
	}, nil
}

// Stop stops the execution of a run; the cause is for people. Its run is closed as aborted a moment later, by finish; a function that works just then stops at its next write.
// An execution that has ended stays as it is, without an error; NotFound where there is none.
func (m *Machine) Stop(ctx context.Context, id, cause string) error {
	_, err := m.stop(ctx, &sfn.StopExecutionInput{ExecutionArn: m.execution(id), Error: aws.String("Aborted"), Cause: &cause})
	return wrap(ctx, "stop", id, err)
}

// execution returns the ARN of a run's execution: it follows from the state machine's.
func (m *Machine) execution(id string) *string {
	return aws.String(strings.Replace(m.arn, ":stateMachine:", ":execution:", 1) + ":" + id)
}
