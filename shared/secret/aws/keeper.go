package aws

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"

	"github.com/plumbline-sync/plumbline/shared/signed"
)

// keeper is a service that keeps secrets. One operation of each of two services is all that is asked of them, so it is spoken here:
// the SDK's clients of both would add 3.5 MB to every function and 2 ms to its start.
// Both speak AWS JSON 1.1: https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html
type keeper struct {
	signed.Service
	target string // the operation, as X-Amz-Target names it
}

func parameters() keeper {
	return keeper{signed.Service{Name: "ssm", Endpoint: "AWS_ENDPOINT_URL_SSM"}, "AmazonSSM.GetParameter"}
}

func secrets() keeper {
	return keeper{signed.Service{Name: "secretsmanager", Endpoint: "AWS_ENDPOINT_URL_SECRETS_MANAGER"}, "secretsmanager.GetSecretValue"}
}

// ask calls the operation with in and decodes its answer into out. What may pass is tried again. An answer that is an error is a *smithy.GenericAPIError.
func (k keeper) ask(ctx context.Context, cfg awssdk.Config, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return fmt.Errorf("encode request: %w", err)
	}
	header := map[string]string{"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": k.target}
	answer, err := k.Post(ctx, cfg, signed.Request{Header: header, Body: body, Refusal: refusal})
	if err != nil {
		return err
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return errors.New("the answer is no JSON") // and may hold the secret
	}
	return nil
}

// refusal returns the error that an answer means.
func refusal(status int, answer []byte) error {
	var said struct {
		Type    string `json:"__type"`
		Message string `json:"message"` // matches Message, too
	}
	if json.Unmarshal(answer, &said) != nil {
		return signed.Refused(status, "", "")
	}
	return signed.Refused(status, said.Type[strings.LastIndexByte(said.Type, '#')+1:], said.Message)
}
