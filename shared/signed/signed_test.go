package signed

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"

	"github.com/plumbline-sync/plumbline/shared/faulttest"
)

func config(endpoint string) aws.Config {
	return aws.Config{
		Region: "eu-west-1", BaseEndpoint: aws.String(endpoint),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "AKIATEST", SecretAccessKey: "t0psecret", SessionToken: "token"}, nil
		}),
	}
}

func ask(t *testing.T, cfg aws.Config) (string, error) {
	t.Helper()
	answer, err := Service{Name: "ssm", Endpoint: "AWS_ENDPOINT_URL_SSM"}.Post(t.Context(), cfg, Request{
		Header: map[string]string{"X-Amz-Target": "AmazonSSM.GetParameter"}, Body: []byte(`{"Name":"/x"}`),
		Refusal: func(status int, answer []byte) error { return Refused(status, string(answer), "no") },
	})
	return string(answer), err
}

// server answers a request that is signed as a service wants it.
func server(t *testing.T) *httptest.Server {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		sign := r.Header.Get("Authorization")
		for _, part := range []string{"AWS4-HMAC-SHA256 Credential=AKIATEST/", "/eu-west-1/ssm/aws4_request", "x-amz-target", "x-amz-security-token"} {
			if !strings.Contains(sign, part) || strings.Contains(sign, "t0psecret") {
				t.Errorf("%q is not in %s", part, sign)
			}
		}
		if r.Method != http.MethodPost || string(body) != `{"Name":"/x"}` {
			t.Errorf("%s %s", r.Method, body)
		}
		_, _ = io.WriteString(w, "the answer")
	}))
	t.Cleanup(s.Close)
	return s
}

// TestPost tries again what may pass, and nothing else.
func TestPost(t *testing.T) {
	p := faulttest.HTTP(t, server(t).URL, nil)
	for name, c := range map[string]struct {
		fault faulttest.Fault
		times int // 0: for good
		tries int
		code  string // of the error; "": none, "-": none of the service
	}{
		"no fault":           {nil, 0, 1, ""},
		"500 once":           {faulttest.Say(500, "text/plain", "InternalError"), 1, 2, ""},
		"500 for good":       {faulttest.Say(500, "text/plain", "InternalError"), 0, tries, "InternalError"},
		"throttled once":     {faulttest.Say(400, "text/plain", "ThrottlingException"), 1, 2, ""},
		"too many once":      {faulttest.Say(429, "text/plain", ""), 1, 2, ""},
		"reset twice":        {faulttest.Reset, 2, 3, ""},
		"truncated once":     {faulttest.Truncate, 1, 2, ""},
		"reset for good":     {faulttest.Reset, 0, tries, "-"},
		"denied":             {faulttest.Say(400, "text/plain", "AccessDeniedException"), 0, 1, "AccessDeniedException"},
		"an unnamed refusal": {faulttest.Say(403, "text/plain", ""), 0, 1, "Forbidden"},
	} {
		t.Run(name, func(t *testing.T) {
			p.Set()
			if c.fault != nil {
				p.Set(faulttest.Rule{Times: c.times, Fault: c.fault})
			}
			got, err := ask(t, config(p.URL))
			api, _ := errors.AsType[*smithy.GenericAPIError](err)
			switch {
			case c.code == "" && (err != nil || got != "the answer"):
				t.Errorf("%q, %v", got, err)
			case c.code == "-" && (err == nil || api != nil), c.code != "" && c.code != "-" && (api == nil || api.Code != c.code):
				t.Errorf("want %s, got %v", c.code, err)
			}
			if seen, _ := p.Counts(); seen != c.tries {
				t.Errorf("%d tries, want %d", seen, c.tries)
			}
		})
	}
	p.Set(faulttest.Rule{Fault: faulttest.Reset})
	cfg := config(p.URL)
	cfg.RetryMaxAttempts = 1
	if _, err := ask(t, cfg); err == nil {
		t.Error("no error")
	}
	if seen, _ := p.Counts(); seen != 1 {
		t.Errorf("%d tries where the configuration says one", seen)
	}
	cfg.Credentials = nil
	if _, err := ask(t, cfg); err == nil || err.Error() != "no AWS credentials" {
		t.Error(err)
	}
}

// TestEndpoint: a variable of the service's own wins over the configuration, and that over the region's host.
func TestEndpoint(t *testing.T) {
	s := Service{Name: "ssm", Endpoint: "AWS_ENDPOINT_URL_SSM"}
	for region, want := range map[string]string{"eu-west-1": "https://ssm.eu-west-1.amazonaws.com/", "cn-north-1": "https://ssm.cn-north-1.amazonaws.com.cn/", "us-gov-west-1": "https://ssm.us-gov-west-1.amazonaws.com/"} {
		if got := s.endpoint(aws.Config{Region: region}); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	cfg := config("http://base")
	if got := s.endpoint(cfg); got != "http://base" {
		t.Error(got)
	}
	t.Setenv("AWS_ENDPOINT_URL_SSM", "http://own")
	if got := s.endpoint(cfg); got != "http://own" {
		t.Error(got)
	}
}
