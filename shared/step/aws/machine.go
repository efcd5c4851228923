// Package aws calls the steps where they run as a state machine: it starts, watches and stops executions.
package aws

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/aws/smithy-go"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/step"
)

// Machine is a deployed state machine. Its methods may be called concurrently.
type Machine struct {
	client *sfn.Client
	arn    string
}

// NewMachine returns the state machine with the ARN. It calls nothing.
func NewMachine(client *sfn.Client, arn string) *Machine { return &Machine{client: client, arn: arn} }

// Start starts the run with the id; the input says who and what asks. Conflict where an execution has that name.
func (m *Machine) Start(ctx context.Context, id string, in step.Input) error {
	text, err := json.Marshal(in)
	if err != nil {
		return fault.Errorf(fault.Invalid, "execution input: %w", err)
	}
	_, err = m.client.StartExecution(ctx, &sfn.StartExecutionInput{StateMachineArn: &m.arn, Name: &id, Input: aws.String(string(text))})
	return because(ctx, "start an execution", err)
}

// Execution is how an execution stands.
type Execution struct {
	Running bool
	// Error and Cause are what it ended with; empty where it ended well.
	Error string
	Cause string
}

// Execution returns how the run's execution stands; NotFound where there is none, or none any more (Step Functions keeps them for 90 days).
func (m *Machine) Execution(ctx context.Context, id string) (Execution, error) {
	out, err := m.client.DescribeExecution(ctx, &sfn.DescribeExecutionInput{ExecutionArn: aws.String(m.execution(id))})
	if err != nil {
		return Execution{}, because(ctx, "look at the execution", err)
	}
	return Execution{Running: out.Status == types.ExecutionStatusRunning, Error: aws.ToString(out.Error), Cause: aws.ToString(out.Cause)}, nil
}

// Stop stops the run's execution. What is in flight stops before its next batch; finish then closes the run as aborted.
func (m *Machine) Stop(ctx context.Context, id, why string) error {
	_, err := m.client.StopExecution(ctx, &sfn.StopExecutionInput{ExecutionArn: aws.String(m.execution(id)), Cause: &why})
	return because(ctx, "stop the execution", err)
}

// execution returns the ARN of a run's execution: arn:aws:states:REGION:ACCOUNT:execution:MACHINE:NAME.
func (m *Machine) execution(id string) string {
	return strings.Replace(m.arn, ":stateMachine:", ":execution:", 1) + ":" + id
}

// because gives what the SDK returned its code; nil stays nil.
func because(ctx context.Context, what string, err error) error {
	if err == nil {
		return nil
	}
	if cerr := ctx.Err(); cerr != nil {
		return fault.Wrap(fault.Of(cerr), cerr)
	}
	api, ok := errors.AsType[smithy.APIError](err)
	if !ok {
		return fault.Errorf(fault.Unavailable, "%s: %w", what, err)
	}
	code := fault.Unavailable
	switch api.ErrorCode() {
	case "ExecutionAlreadyExists":
		code = fault.Conflict
	case "ExecutionDoesNotExist", "StateMachineDoesNotExist":
		code = fault.NotFound
	case "AccessDeniedException", "ExpiredTokenException", "UnrecognizedClientException", "InvalidClientTokenId":
		code = fault.Denied
	case "InvalidExecutionInput", "InvalidName", "InvalidArn", "ValidationException":
		code = fault.Invalid
	case "ThrottlingException", "ExecutionLimitExceeded":
		code = fault.Throttled
	}
	return fault.Errorf(code, "%s: %s", what, api.ErrorMessage())
}
