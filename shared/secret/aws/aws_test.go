package aws_test

import (
	"context"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/secret"
	"github.com/plumbline-sync/plumbline/shared/secret/aws"
	"github.com/plumbline-sync/plumbline/shared/servertest"
)

// ministack starts an emulator of AWS on the loopback address; where it is not installed the test is skipped.
func ministack(t *testing.T) string {
	t.Helper()
	address := servertest.FreeAddress(t)
	_, port, _ := strings.Cut(address, ":")
	server := exec.Command(servertest.Tool(t, "ministack-*/bin/ministack")) // #nosec G204 -- the pinned tool
	server.Dir = t.TempDir()
	server.Env = append(os.Environ(), "GATEWAY_PORT="+port, "BIND_HOST=127.0.0.1", "IOT_MTLS_ENABLED=0", "SFTP_ENABLED=0", "AWS_ENDPOINT_URL=http://"+address)
	servertest.Run(t, server, http.DefaultClient, "http://"+address+"/_ministack/health")
	return "http://" + address
}

// at returns the configuration for what listens at the address.
func at(url string) awssdk.Config {
	return awssdk.Config{Region: "us-east-1", BaseEndpoint: &url, RetryMaxAttempts: 1, Credentials: awssdk.CredentialsProviderFunc(func(context.Context) (awssdk.Credentials, error) {
		return awssdk.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}, nil
	})}
}

// config returns one that is asked for.
func config(url string) func(context.Context) (awssdk.Config, error) {
	return func(context.Context) (awssdk.Config, error) { return at(url), nil }
}

func parameter(t *testing.T, c *ssm.Client, name, value string) {
	t.Helper()
	_, err := c.PutParameter(t.Context(), &ssm.PutParameterInput{Name: &name, Value: &value, Type: ssmtypes.ParameterTypeSecureString, Overwrite: awssdk.Bool(true)})
	if err != nil {
		t.Fatal(err)
	}
}

func TestResolve(t *testing.T) {
	url := ministack(t)
	parameters, secrets := ssm.NewFromConfig(at(url)), secretsmanager.NewFromConfig(at(url))
	parameter(t, parameters, "/plumb/db/password", "hunter2!")
	parameter(t, parameters, "/other/password", "not yours")
	for name, value := range map[string]string{"plumb/db": `{"user":"app","port":5432,"tls":true,"nested":{"a":1}}`, "plumb/plain": "no JSON at all", "plumbing/db": "not yours"} {
		if _, err := secrets.CreateSecret(t.Context(), &secretsmanager.CreateSecretInput{Name: &name, SecretString: &value}); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PLUMB_TEST_URL", "a url")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "the function's own")
	r := aws.New(aws.Options{Config: config(url), Prefix: "/plumb/", Env: func(n string) bool { return strings.HasPrefix(n, "PLUMB_") }})
	for ref, want := range map[string]string{
		"env:PLUMB_TEST_URL":        "a url",
		"env:PLUMB_TEST_NONE":       "! not_found",
		"env:AWS_SECRET_ACCESS_KEY": "! denied PLUMB_",
		"ssm:/plumb/db/password":    "hunter2!",
		"ssm:/plumb/none":           "! not_found ${ssm:/plumb/none}",
		"ssm:/other/password":       "! denied SecretPrefix",
		"secret:plumb/db":           `{"user":"app","port":5432,"tls":true,"nested":{"a":1}}`,
		"secret:plumb/db#user":      "app",
		"secret:plumb/db#port":      "5432",
		"secret:plumb/db#tls":       "true",
		"secret:plumb/db#nested":    "! invalid",
		"secret:plumb/db#none":      `! not_found no key "none"`,
		"secret:plumb/plain":        "no JSON at all",
		"secret:plumb/plain#user":   "! invalid no JSON object",
		"secret:plumb/none":         "! not_found",
		"secret:plumbing/db":        "! denied SecretPrefix",
		"secret:arn:aws:secretsmanager:us-east-1:1:secret:plumbing/db-AbCdEf": "! denied",
		"vault:x": "! invalid",
	} {
		kind, name, _ := strings.Cut(ref, ":")
		got, err := r.Resolve(t.Context(), kind, name)
		if err != nil {
			got = "! " + string(fault.Of(err)) + " " + err.Error()
			for _, hidden := range []string{"5432", "no JSON at all", "not yours", "hunter2!"} {
				if strings.Contains(got, hidden) {
					t.Errorf("%s: the error holds the secret: %s", ref, got)
				}
			}
		}
		code, text, bad := strings.Cut(strings.TrimPrefix(want, "! "), " ")
		if strings.HasPrefix(want, "! ") {
			if !strings.HasPrefix(got, "! "+code) || bad && !strings.Contains(got, text) {
				t.Errorf("%s: got %s, want %s", ref, got, want)
			}
		} else if got != want {
			t.Errorf("%s: got %s, want %s", ref, got, want)
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := r.Resolve(ctx, "ssm", "/plumb/other"); !fault.Is(err, fault.Stopped) {
		t.Errorf("stopped: %v", err)
	}
}

// TestForget: a value is asked for once, until it is forgotten.
func TestForget(t *testing.T) {
	url := ministack(t)
	parameters := ssm.NewFromConfig(at(url))
	r := aws.New(aws.Options{Config: config(url)})
	get := func(want string) {
		t.Helper()
		if got, err := r.Resolve(t.Context(), "ssm", "/plumb/pw"); err != nil || got != want {
			t.Errorf("got %q, %v, want %q", got, err, want)
		}
	}
	parameter(t, parameters, "/plumb/pw", "first")
	get("first")
	parameter(t, parameters, "/plumb/pw", "second")
	get("first")
	r.(secret.Forgetter).Forget()
	get("second")
	if _, err := aws.New(aws.Options{}).Resolve(t.Context(), "secret", "x"); !fault.Is(err, fault.Invalid) {
		t.Errorf("without AWS: %v", err)
	}
}

func TestNobodyThere(t *testing.T) {
	if _, err := aws.New(aws.Options{Config: config("http://127.0.0.1:1")}).Resolve(t.Context(), "ssm", "/x"); !fault.Is(err, fault.Unavailable) {
		t.Errorf("nobody there: %v", err)
	}
}
