package statemachine

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/plumbline-sync/plumbline/shared/servertest"
)

// TestTemplateIsClean runs the linters of templates; what they may not complain of says why in the template.
func TestTemplateIsClean(t *testing.T) {
	for name, c := range map[string][]string{
		"cfn-lint":     {servertest.Tool(t, "sam-*/bin/cfn-lint"), "template.yaml", "examples/ownfunction/template.yaml"},
		"sam validate": {servertest.Tool(t, "sam-*/bin/sam"), "validate", "--lint", "--template", "template.yaml"},
		"checkov":      {servertest.Tool(t, "checkov-*/bin/checkov"), "--skip-download", "--quiet", "--compact", "--framework", "cloudformation", "-f", "template.yaml"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cmd := exec.CommandContext(t.Context(), c[0], c[1:]...)
			cmd.Dir, cmd.Env = servertest.Root(t), append(os.Environ(), "SAM_CLI_TELEMETRY=0", "AWS_DEFAULT_REGION=us-east-1")
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

// TestPoliciesNameWhatTheyAllow: a wildcard stands only where AWS knows no resource, and says so.
func TestPoliciesNameWhatTheyAllow(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(servertest.Root(t), "template.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(text), "\n")
	for i, line := range lines {
		switch {
		case strings.Contains(line, "Action:") && strings.Contains(line, ":*"):
			if !strings.Contains(strings.Join(lines[max(0, i-4):i], "\n"), "Effect: Deny") {
				t.Errorf("template.yaml:%d: %s", i+1, strings.TrimSpace(line))
			}
		case strings.TrimSpace(line) == `Resource: "*"`:
			if why := strings.Join(lines[max(0, i-4):i], "\n"); !strings.Contains(why, "AWS knows no resource") && !strings.Contains(why, "nor for these") {
				t.Errorf("template.yaml:%d: a wildcard without a reason", i+1)
			}
		}
	}
	for name, f := range readTemplate(t).Resources {
		if f.Type == "AWS::Serverless::Function" && f.Properties["Policies"] == nil {
			t.Errorf("%s has no policy of its own", name)
		}
	}
	// Who opens a side reads its secrets, and nobody else.
	for name, f := range readTemplate(t).Resources {
		if f.Type != "AWS::Serverless::Function" {
			continue
		}
		policies, err := json.Marshal(f.Properties["Policies"])
		if err != nil {
			t.Fatal(err)
		}
		if reads, opens := strings.Contains(string(policies), "GetSecretValue"), strings.HasPrefix(name, "Load") || name == "SyncFunction"; reads != opens {
			t.Errorf("%s may read secrets: %v", name, reads)
		}
	}
	if !strings.Contains(string(text), `Condition: {Bool: {aws:SecureTransport: "false"}}`) { // the deployed test takes this policy off: the emulator has no TLS
		t.Error("the bucket may be used without TLS")
	}
}
