// Package stacktest deploys the template for tests: sam build, an emulator of AWS on loopback, sam deploy.
package stacktest

import (
	"context"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/plumbline-sync/plumbline/shared/servertest"
)

// Emulator is a running ministack.
type Emulator struct {
	URL    string
	Config aws.Config
	PID    int
	dir    string // of what it and sam print
}

const region = "us-east-1"

// Environ is the environment of everything that talks to the emulator, and to nothing else.
func Environ(url string) []string {
	env := []string{
		"AWS_ENDPOINT_URL=" + url, "AWS_REGION=" + region, "AWS_DEFAULT_REGION=" + region, "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test",
		"AWS_EC2_METADATA_DISABLED=true", "AWS_CONFIG_FILE=/dev/null", "AWS_SHARED_CREDENTIALS_FILE=/dev/null", "SAM_CLI_TELEMETRY=0", "NO_PROXY=127.0.0.1", "no_proxy=127.0.0.1",
	}
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "AWS_") && !strings.HasPrefix(strings.ToUpper(v), "NO_PROXY=") {
			env = append(env, v)
		}
	}
	return env
}

// Start starts the emulator on a free port of loopback, with the roles of functions enforced; it ends with the test.
func Start(t testing.TB) *Emulator {
	t.Helper()
	address := servertest.FreeAddress(t)
	_, port, _ := strings.Cut(address, ":")
	e := &Emulator{URL: "http://" + address, dir: t.TempDir()}
	server := exec.Command(servertest.Tool(t, "ministack-*/bin/ministack"))
	server.Dir = e.dir
	server.Env = append(Environ(e.URL), "AUTH=true", "GATEWAY_PORT="+port, "BIND_HOST=127.0.0.1", "IOT_MTLS_ENABLED=0", "SFTP_ENABLED=0")
	servertest.Run(t, server, http.DefaultClient, e.URL+"/_ministack/health")
	e.PID = server.Process.Pid
	e.Config = aws.Config{
		Region: region, BaseEndpoint: aws.String(e.URL),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}, nil
		}),
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenSupported, ResponseChecksumValidation: aws.ResponseChecksumValidationWhenSupported,
	}
	return e
}

// Build runs sam build for this machine's processor, and returns the folder of what it built.
func Build(t testing.TB) string {
	t.Helper()
	sam := servertest.Tool(t, "sam-*/bin/sam")
	dir := t.TempDir()
	run(t, servertest.Root(t), append(os.Environ(), "SAM_CLI_TELEMETRY=0", "GOARCH="+runtime.GOARCH), sam, "build", "--build-in-source", "--build-dir", dir)
	return dir
}

// Stack is a deployed stack.
type Stack struct {
	*Emulator
	Name    string
	Outputs map[string]string
}

// Deploy deploys what Build built under a name, with parameters ("Key=Value").
func (e *Emulator) Deploy(t testing.TB, built, name string, parameters ...string) *Stack {
	t.Helper()
	arch := "x86_64"
	if runtime.GOARCH == "arm64" {
		arch = "arm64"
	}
	args := []string{
		"deploy", "--template-file", filepath.Join(built, "template.yaml"), "--stack-name", name, "--resolve-s3", "--capabilities", "CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND",
		"--no-confirm-changeset", "--no-progressbar", "--parameter-overrides", "Architecture=" + arch,
	}
	run(t, e.dir, append(Environ(e.URL), "SAM_CLI_POLL_DELAY=1"), servertest.Tool(t, "sam-*/bin/sam"), append(args, parameters...)...)
	out, err := cloudformation.NewFromConfig(e.Config).DescribeStacks(t.Context(), &cloudformation.DescribeStacksInput{StackName: &name})
	if err != nil || len(out.Stacks) != 1 {
		t.Fatalf("describe stack %q: %v", name, err)
	}
	s := &Stack{Emulator: e, Name: name, Outputs: map[string]string{}}
	for _, o := range out.Stacks[0].Outputs {
		s.Outputs[aws.ToString(o.OutputKey)] = aws.ToString(o.OutputValue)
	}
	// The emulator speaks plain HTTP, and keeps to the policy that allows only TLS.
	if s.Outputs["BucketName"] == "" {
		return s
	}
	bucket := awss3.NewFromConfig(e.Config, func(o *awss3.Options) { o.UsePathStyle = true })
	if _, err := bucket.DeleteBucketPolicy(t.Context(), &awss3.DeleteBucketPolicyInput{Bucket: aws.String(s.Outputs["BucketName"])}); err != nil {
		t.Fatal(err)
	}
	return s
}

func run(t testing.TB, dir string, env []string, name string, args ...string) {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Env = dir, env
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v\n%s", filepath.Base(name), args[0], err, last(out, 6000))
	}
}

func last(b []byte, n int) []byte { return b[max(0, len(b)-n):] }
