package statemachine

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/plumbline-sync/plumbline/shared/step"
)

// user makes a user of the account who may do what is listed, and returns the environment of a shell of theirs.
func (w *world) user(name string, actions ...string) []string {
	w.Helper()
	client := iam.NewFromConfig(w.stack.Config)
	if _, err := client.CreateUser(w.Context(), &iam.CreateUserInput{UserName: &name}); err != nil {
		w.Fatal(err)
	}
	if len(actions) > 0 {
		doc, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": []any{map[string]any{"Effect": "Allow", "Action": actions, "Resource": "*"}}})
		if err != nil {
			w.Fatal(err)
		}
		if _, err := client.PutUserPolicy(w.Context(), &iam.PutUserPolicyInput{UserName: &name, PolicyName: aws.String("may"), PolicyDocument: aws.String(string(doc))}); err != nil {
			w.Fatal(err)
		}
	}
	key, err := client.CreateAccessKey(w.Context(), &iam.CreateAccessKeyInput{UserName: &name})
	if err != nil {
		w.Fatal(err)
	}
	return []string{"AWS_ACCESS_KEY_ID=" + *key.AccessKey.AccessKeyId, "AWS_SECRET_ACCESS_KEY=" + *key.AccessKey.SecretAccessKey}
}

// deniedUsers has people without permissions use plumb --stack.
func deniedUsers(w *world) {
	w.put("data/denied.csv", devices(10, "leaf"))
	text := jobOf("data/denied.csv", "data/denied-out.csv", "")
	w.put("jobs/denied.yaml", text)
	job := filepath.Join(w.TempDir(), "denied.yaml")
	if err := os.WriteFile(job, []byte(text), 0o600); err != nil {
		w.Fatal(err)
	}
	const see = "cloudformation:DescribeStacks"
	nobody, looker, reader := w.user("nobody"), w.user("looker", see), w.user("reader", see, "dynamodb:GetItem", "dynamodb:Query", "dynamodb:BatchGetItem")
	dry := w.execute(`{"job":"denied"}`)
	for _, c := range []struct {
		env  []string
		args string
		want []string
	}{
		{nobody, "runs", []string{`stack "` + w.stack.Name + `"`, "access denied: check the policies of your credentials", "cloudformation:DescribeStacks", "user/nobody"}},
		{looker, "runs", []string{"list runs in table", "dynamodb:Query is not allowed", "check the policies of who asks", "user/looker"}},
		{looker, "plan denied", []string{"start execution", "check the policies of who asks", "states:StartExecution", "user/looker"}},
		{looker, "push " + job, []string{`object "jobs/denied.yaml"`, "s3:PutObject", "check the policies of who asks, and the bucket's"}},
		{reader, "show " + dry.id + " changes", []string{"object", "s3:GetObject is not allowed", "check the policies of who asks"}},
		{append(slices.Clone(nobody[:1]), "AWS_SECRET_ACCESS_KEY=wrong"), "runs", []string{"AWS does not take these credentials"}},
		{[]string{"AWS_ACCESS_KEY_ID=AKIANOBODYATALL00000", "AWS_SECRET_ACCESS_KEY=x"}, "runs", []string{"AWS does not take these credentials"}},
	} {
		code, out := w.plumbAs(c.env, strings.Fields(c.args)...)
		for _, want := range c.want {
			if code != 1 || !strings.Contains(out, want) || strings.Contains(out, "operation error") || strings.Contains(out, "SDK ") {
				w.Errorf("plumb %s: exit %d, %q is not in %s", c.args, code, want, out)
			}
		}
	}
}

// allowedUser has somebody who may do what docs/aws.md lists, and nothing else, use it.
func allowedUser(w *world) {
	w.put("data/denied.csv", devices(10, "leaf"))
	job := filepath.Join(w.TempDir(), "allowed.yaml")
	if err := os.WriteFile(job, []byte(jobOf("data/denied.csv", "data/allowed-out.csv", "")), 0o600); err != nil {
		w.Fatal(err)
	}
	env := w.user("allowed", "cloudformation:DescribeStacks", "dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query", "s3:GetObject", "s3:ListBucket", "s3:PutObject",
		"states:StartExecution", "states:DescribeExecution", "states:StopExecution")
	for _, args := range []string{"push " + job, "jobs", "plan allowed", "sync allowed --yes", "runs", "show last", "show last changes", "show last journal", "watch last", "unlock"} {
		if code, out := w.plumbAs(env, strings.Fields(args)...); code != 0 {
			w.Errorf("plumb %s: exit %d: %s", args, code, out)
		}
	}
}

// otherVersion makes the stack one of another version, and back; what a released plumb says of it, package cli tests.
func otherVersion(w *world) {
	client := cloudformation.NewFromConfig(w.stack.Config)
	out, err := client.GetTemplate(w.Context(), &cloudformation.GetTemplateInput{StackName: &w.stack.Name})
	if err != nil {
		w.Fatal(err)
	}
	ours := *out.TemplateBody
	update := func(text string) {
		w.Helper()
		var same []types.Parameter
		d, err := client.DescribeStacks(w.Context(), &cloudformation.DescribeStacksInput{StackName: &w.stack.Name})
		if err != nil {
			w.Fatal(err)
		}
		for _, p := range d.Stacks[0].Parameters {
			same = append(same, types.Parameter{ParameterKey: p.ParameterKey, UsePreviousValue: aws.Bool(true)})
		}
		in := &cloudformation.UpdateStackInput{StackName: &w.stack.Name, TemplateBody: &text, Parameters: same, Capabilities: []types.Capability{types.CapabilityCapabilityIam, types.CapabilityCapabilityAutoExpand}}
		if _, err := client.UpdateStack(w.Context(), in); err != nil {
			w.Fatal(err)
		}
		if err := cloudformation.NewStackUpdateCompleteWaiter(client).Wait(w.Context(), &cloudformation.DescribeStacksInput{StackName: &w.stack.Name}, time.Minute); err != nil {
			w.Fatal(err)
		}
	}
	update(strings.ReplaceAll(ours, step.Release, "9.1.0"))
	defer update(ours)
	contains(w.T, w.plumb(0, "runs"), `stack "`+w.stack.Name+`" is of version 9.1.0, this plumb of `+step.Release)
}
