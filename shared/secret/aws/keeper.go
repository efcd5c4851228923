package aws

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/smithy-go"
	"github.com/cenkalti/backoff/v5"
)

// keeper is a service that keeps secrets. One operation of each of two services is all that is asked of them, so it is spoken here:
// the SDK's clients of both would add 3.5 MB to every function and 2 ms to its start.
// Both speak AWS JSON 1.1: https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html
type keeper struct {
	service string // as it is signed for, and the first part of its host's name
	target  string // the operation, as X-Amz-Target names it
	own     string // the environment variable with its endpoint, as the SDKs know it
}

func parameters() keeper {
	return keeper{"ssm", "AmazonSSM.GetParameter", "AWS_ENDPOINT_URL_SSM"}
}

func secrets() keeper {
	return keeper{"secretsmanager", "secretsmanager.GetSecretValue", "AWS_ENDPOINT_URL_SECRETS_MANAGER"}
}

// tries and answerLimit bound a call: how often it is made, how much of an answer is read. A secret has at most 64 KB.
const (
	tries       = 3
	answerLimit = 1 << 20
)

// ask calls the operation with in and decodes its answer into out. What may pass is tried again. An answer that is an error is a *smithy.GenericAPIError.
func (k keeper) ask(ctx context.Context, cfg awssdk.Config, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return fmt.Errorf("encode request: %w", err)
	}
	most := tries
	if cfg.RetryMaxAttempts > 0 {
		most = cfg.RetryMaxAttempts
	}
	_, err = backoff.Retry(ctx, func() (struct{}, error) {
		err := k.once(ctx, cfg, body, out)
		if api, ok := errors.AsType[*smithy.GenericAPIError](err); ok && api.Fault != smithy.FaultServer && !strings.Contains(api.Code, "Throttl") {
			err = backoff.Permanent(err)
		}
		return struct{}{}, err
	}, backoff.WithMaxTries(uint(most)), backoff.WithBackOff(&backoff.ExponentialBackOff{InitialInterval: 100 * time.Millisecond, RandomizationFactor: 0.5, Multiplier: 2, MaxInterval: time.Second})) //nolint:gosec // small
	return err
}

func (k keeper) once(ctx context.Context, cfg awssdk.Config, body []byte, out any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, k.endpoint(cfg), bytes.NewReader(body))
	if err != nil {
		return backoff.Permanent(err)
	}
	req.Header.Set("Content-Type", "application/x-amz-json-1.1")
	req.Header.Set("X-Amz-Target", k.target)
	if cfg.Credentials == nil {
		return backoff.Permanent(errors.New("no AWS credentials"))
	}
	keys, err := cfg.Credentials.Retrieve(ctx)
	if err != nil {
		return backoff.Permanent(fmt.Errorf("no AWS credentials: %w", err))
	}
	sum := sha256.Sum256(body)
	if err := v4.NewSigner().SignHTTP(ctx, keys, req, hex.EncodeToString(sum[:]), k.service, cfg.Region, time.Now()); err != nil {
		return backoff.Permanent(fmt.Errorf("sign request: %w", err))
	}
	client := cfg.HTTPClient
	if client == nil {
		client = http.DefaultClient
	}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, answerLimit))
	if err != nil {
		return fmt.Errorf("read answer: %w", err)
	}
	if resp.StatusCode != http.StatusOK {
		return refusal(resp.StatusCode, answer)
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return errors.New("the answer is no JSON") // and may hold the secret
	}
	return nil
}

// endpoint returns the address of the service. In a partition other than aws, aws-us-gov and aws-cn, the SDKs' variables for endpoints name it.
func (k keeper) endpoint(cfg awssdk.Config) string {
	if own := os.Getenv(k.own); own != "" {
		return own
	}
	if cfg.BaseEndpoint != nil {
		return *cfg.BaseEndpoint
	}
	suffix := "amazonaws.com"
	if strings.HasPrefix(cfg.Region, "cn-") {
		suffix = "amazonaws.com.cn"
	}
	return "https://" + k.service + "." + cfg.Region + "." + suffix + "/"
}

// refusal returns the error that an answer means.
func refusal(status int, answer []byte) error {
	var said struct {
		Type    string `json:"__type"`
		Message string `json:"message"` // matches Message, too
	}
	err := &smithy.GenericAPIError{Fault: smithy.FaultClient}
	if json.Unmarshal(answer, &said) == nil && said.Type != "" {
		err.Code = said.Type[strings.LastIndexByte(said.Type, '#')+1:]
		err.Message = said.Message
	} else {
		err.Code = http.StatusText(status)
	}
	if status == http.StatusTooManyRequests {
		err.Code = "Throttling"
	}
	if status >= http.StatusInternalServerError {
		err.Fault = smithy.FaultServer
	}
	return err
}
