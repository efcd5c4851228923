package statemachine

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/plumbline-sync/plumbline/shared/run"
)

func quoted(s string) string {
	b, _ := json.Marshal(s) // a string always can
	return string(b)
}

// role returns the name of a function's role.
func (w *world) role(function string) string {
	w.Helper()
	out, err := cloudformation.NewFromConfig(w.stack.Config).DescribeStackResource(w.Context(), &cloudformation.DescribeStackResourceInput{
		StackName: &w.stack.Name, LogicalResourceId: aws.String(function + "Role"),
	})
	if err != nil {
		w.Fatal(err)
	}
	return aws.ToString(out.StackResourceDetail.PhysicalResourceId)
}

// without takes a statement out of the policy of a function's role while f runs.
func (w *world) without(function, sid string, f func()) {
	w.Helper()
	client, role, taken := iam.NewFromConfig(w.stack.Config), w.role(function), false
	list, err := client.ListRolePolicies(w.Context(), &iam.ListRolePoliciesInput{RoleName: &role})
	if err != nil {
		w.Fatal(err)
	}
	for _, name := range list.PolicyNames {
		p, err := client.GetRolePolicy(w.Context(), &iam.GetRolePolicyInput{RoleName: &role, PolicyName: &name})
		if err != nil {
			w.Fatal(err)
		}
		whole, err := url.QueryUnescape(*p.PolicyDocument)
		if err != nil {
			w.Fatal(err)
		}
		var doc struct {
			Version   string
			Statement []map[string]any
		}
		if err := json.Unmarshal([]byte(whole), &doc); err != nil {
			w.Fatal(err)
		}
		n := len(doc.Statement)
		doc.Statement = slices.DeleteFunc(doc.Statement, func(s map[string]any) bool { return s["Sid"] == sid })
		taken = taken || len(doc.Statement) < n
		less, err := json.Marshal(doc)
		if err != nil {
			w.Fatal(err)
		}
		put := func(text string) {
			if _, err := client.PutRolePolicy(w.Context(), &iam.PutRolePolicyInput{RoleName: &role, PolicyName: &name, PolicyDocument: &text}); err != nil {
				w.Fatal(err)
			}
		}
		put(string(less))
		defer put(whole)
	}
	if !taken {
		w.Fatalf("role %s has no statement %s", role, sid)
	}
	f()
}

// deniedRoles takes from the functions' roles what they need: each message names the action, the thing and what to check, and nothing is written.
func deniedRoles(w *world) {
	const table, bucket = "check the policies of who asks", "check the policies of who asks, and the bucket's"
	w.put("data/denied.csv", devices(10, "leaf"))
	w.put("jobs/denied.yaml", jobOf("data/denied.csv", "data/denied-out.csv", ""))
	for _, c := range []struct {
		function, sid, path string
		want                []string
	}{
		{"Start", "Runs", "Start FinishBadly Failed", []string{"get run in table", "dynamodb:GetItem is not allowed", table, "-StartFunctionRole-"}},
		{"Start", "Read", "Start FinishBadly Failed", []string{`read object "jobs/denied.yaml" in bucket`, "s3:GetObject", bucket, "-StartFunctionRole-"}},
		{"Start", "Write", "Start FinishBadly Failed", []string{"job.yaml", "s3:PutObject", bucket}},
		{"LoadSource", "Runs", "Start Load FinishBadly Failed", []string{"get run in table", "dynamodb:GetItem is not allowed", table, "-LoadSourceFunctionRole-"}},
		{"LoadSource", "Data", "Start Load FinishBadly Failed", []string{`load source "file": open object "data/denied.csv" in bucket`, "s3:GetObject is not allowed", "data/ in its own bucket", "DataBucketName"}},
		{"LoadTarget", "Write", "Start Load FinishBadly Failed", []string{"load target", "target.index", bucket}},
		{"Diff", "Read", "Start Load Diff FinishBadly Failed", []string{"copy of the job", "s3:GetObject", bucket}},
		{"Gate", "Runs", "Start Load Diff Audit Gate FinishBadly Failed", []string{"dynamodb:GetItem is not allowed", table}},
		{"Gate", "Read", "Start Load Diff Audit Gate FinishBadly Failed", []string{"s3:GetObject", bucket}},
		{"Sync", "Runs", "Start Load Diff Audit Gate Sync FinishBadly Failed", []string{"dynamodb:GetItem is not allowed", table}},
		{"Sync", "Data", "Start Load Diff Audit Gate Sync FinishBadly Failed", []string{`object "data/denied-out.csv" in bucket`, "not allowed", "DataBucketName"}},
		{"Sync", "Write", "Start Load Diff Audit Gate Sync FinishBadly Failed", []string{"journal/", "s3:PutObject", bucket}},
	} {
		w.without(c.function+"Function", c.sid, func() {
			e := w.execute(`{"job":"denied","dry_run":false}`)
			r := w.want(e, run.Failed, c.path)
			for _, want := range c.want {
				if !strings.Contains(r.Message, want) || !strings.Contains(aws.ToString(e.Cause), want) {
					w.Errorf("%s without %s: %q is not in %s", c.function, c.sid, want, r.Message)
				}
			}
			if r.Written || w.get("data/denied-out.csv") != "" || strings.Contains(r.Message, "operation error") {
				w.Errorf("%s without %s: written %v, %s", c.function, c.sid, r.Written, r.Message)
			}
		})
	}
	// Who cannot even say so: the run stays open until finish is asked again, and the execution says why.
	var e ended
	w.without("FinishFunction", "Runs", func() { e = w.execute(`{"job":"denied"}`) })
	if cause := aws.ToString(e.Cause); aws.ToString(e.Error) != "NotClosed" || !strings.Contains(cause, "asked again") || !strings.Contains(cause, "dynamodb:GetItem is not allowed") {
		w.Errorf("%s: %s", aws.ToString(e.Error), cause)
	}
	w.want(w.execute(`{"job":"denied","dry_run":false}`), run.Succeeded, "")
}
