// Package signed asks a service of AWS for one thing, by a signed HTTP request, where the SDK's client of that service would add megabytes to every function for it.
package signed

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/smithy-go"
	"github.com/cenkalti/backoff/v5"
)

// Service is a service as requests reach it.
type Service struct {
	Name     string // as it is signed for, and the first part of its host's name
	Endpoint string // the environment variable with its endpoint, as the SDKs know it
}

// Request is what is posted.
type Request struct {
	Header map[string]string
	Body   []byte
	// Refusal returns the error that an answer other than 200 means; a *smithy.GenericAPIError for what the service itself says.
	Refusal func(status int, answer []byte) error
}

// tries and answerLimit bound a call: how often it is made, how much of an answer is read.
const (
	tries       = 3
	answerLimit = 1 << 20
)

// Post sends the request and returns its answer. What may pass is tried again: no answer, a fault of the server, throttling.
func (s Service) Post(ctx context.Context, cfg aws.Config, r Request) ([]byte, error) {
	most := tries
	if cfg.RetryMaxAttempts > 0 {
		most = cfg.RetryMaxAttempts
	}
	return backoff.Retry(ctx, func() ([]byte, error) {
		answer, err := s.once(ctx, cfg, r)
		if api, ok := errors.AsType[*smithy.GenericAPIError](err); ok && api.Fault != smithy.FaultServer && !strings.Contains(api.Code, "Throttl") {
			err = backoff.Permanent(err)
		}
		return answer, err
	}, backoff.WithMaxTries(uint(most)), backoff.WithBackOff(&backoff.ExponentialBackOff{InitialInterval: 100 * time.Millisecond, RandomizationFactor: 0.5, Multiplier: 2, MaxInterval: time.Second})) //nolint:gosec // small
}

func (s Service) once(ctx context.Context, cfg aws.Config, r Request) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.endpoint(cfg), bytes.NewReader(r.Body))
	if err != nil {
		return nil, backoff.Permanent(err)
	}
	for name, value := range r.Header {
		req.Header.Set(name, value)
	}
	if cfg.Credentials == nil {
		return nil, backoff.Permanent(errors.New("no AWS credentials"))
	}
	keys, err := cfg.Credentials.Retrieve(ctx)
	if err != nil {
		return nil, backoff.Permanent(fmt.Errorf("no AWS credentials: %w", err))
	}
	sum := sha256.Sum256(r.Body)
	if err := v4.NewSigner().SignHTTP(ctx, keys, req, hex.EncodeToString(sum[:]), s.Name, cfg.Region, time.Now()); err != nil {
		return nil, backoff.Permanent(fmt.Errorf("sign request: %w", err))
	}
	client := cfg.HTTPClient
	if client == nil {
		client = http.DefaultClient
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, answerLimit))
	if err != nil {
		return nil, fmt.Errorf("read answer: %w", err)
	}
	if resp.StatusCode != http.StatusOK {
		return nil, r.Refusal(resp.StatusCode, answer)
	}
	return answer, nil
}

// endpoint returns the address of the service. In a partition other than aws, aws-us-gov and aws-cn, the SDKs' variables for endpoints name it.
func (s Service) endpoint(cfg aws.Config) string {
	if own := os.Getenv(s.Endpoint); own != "" {
		return own
	}
	if cfg.BaseEndpoint != nil {
		return *cfg.BaseEndpoint
	}
	suffix := "amazonaws.com"
	if strings.HasPrefix(cfg.Region, "cn-") {
		suffix = "amazonaws.com.cn"
	}
	return "https://" + s.Name + "." + cfg.Region + "." + suffix + "/"
}

// Refused returns an error with what a service says of itself; of a status of the server it is the server's fault, of too many requests it is Throttling.
func Refused(status int, code, message string) error {
	err := &smithy.GenericAPIError{Fault: smithy.FaultClient, Code: code, Message: message}
	if code == "" {
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
