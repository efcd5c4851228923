// Package stacktest deploys the template for tests: sam build, an emulator of AWS on loopback, sam deploy.
package stacktest

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
)

// Emulator is a running ministack.
type Emulator struct {
	URL    string
	Config aws.Config
	PID    int
	dir    string // of what it and sam print
}

const region = "us-east-1"

// Root returns the folder of the module.
func Root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("no go.mod above this folder")
		}
	}
}

// Tool returns the path of an installed tool, such as "sam-*/bin/sam"; the test is skipped where `make tools` has not installed it.
func Tool(t testing.TB, pattern string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(Root(t), ".tools", pattern))
	if err != nil || len(found) == 0 {
		t.Skipf("%s is not installed: make tools", pattern)
	}
	return found[len(found)-1]
}

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
	bin := Tool(t, "ministack-*/bin/ministack")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	_ = l.Close()
	e := &Emulator{URL: fmt.Sprintf("http://127.0.0.1:%d", port), dir: t.TempDir()}
	cmd := exec.Command(bin)
	cmd.Dir = e.dir
	cmd.Env = append(Environ(e.URL), "AUTH=true", fmt.Sprint("GATEWAY_PORT=", port), "BIND_HOST=127.0.0.1", "IOT_MTLS_ENABLED=0", "SFTP_ENABLED=0")
	log := &logFile{path: filepath.Join(e.dir, "ministack.log")}
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	e.PID = cmd.Process.Pid
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		timer := time.AfterFunc(5*time.Second, func() { _ = cmd.Process.Kill() })
		_ = cmd.Wait()
		timer.Stop()
		if t.Failed() {
			t.Log(log.tail(6000))
		}
	})
	for range 200 {
		r, err := http.Get(e.URL + "/_ministack/health")
		if err == nil {
			_ = r.Body.Close()
			if r.StatusCode == http.StatusOK {
				e.Config = aws.Config{
					Region: region, BaseEndpoint: aws.String(e.URL),
					Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
						return aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}, nil
					}),
					RequestChecksumCalculation: aws.RequestChecksumCalculationWhenSupported, ResponseChecksumValidation: aws.ResponseChecksumValidationWhenSupported,
				}
				return e
			}
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatal("the emulator does not answer\n", log.tail(4000))
	return nil
}

// Build runs sam build for this machine's processor, and returns the folder of what it built.
func Build(t testing.TB) string {
	t.Helper()
	sam := Tool(t, "sam-*/bin/sam")
	dir := t.TempDir()
	run(t, Root(t), append(os.Environ(), "SAM_CLI_TELEMETRY=0", "GOARCH="+runtime.GOARCH), sam, "build", "--build-in-source", "--build-dir", dir)
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
	run(t, e.dir, append(Environ(e.URL), "SAM_CLI_POLL_DELAY=1"), Tool(t, "sam-*/bin/sam"), append(args, parameters...)...)
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

// logFile takes what a process prints.
type logFile struct {
	path string
	f    *os.File
}

func (l *logFile) Write(p []byte) (n int, err error) {
	if l.f == nil {
		if l.f, err = os.Create(l.path); err != nil {
			return 0, err
		}
	}
	return l.f.Write(p)
}

func (l *logFile) tail(n int) string {
	b, err := os.ReadFile(l.path)
	if err != nil && l.f != nil {
		return err.Error()
	}
	return string(last(b, n))
}
