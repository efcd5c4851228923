package statemachine

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsdynamodb "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/klauspost/compress/zstd"

	"github.com/plumbline-sync/plumbline/adapters/sql/pgtest"
	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/signed"
)

// canary is a password with what makes trouble in JSON and in URLs; wrongCanary is one that the server refuses.
const (
	canary      = `c4nary+S1ngs/"lOud"?&x=41 end`
	wrongCanary = `wr0ng+c4nary/"hush"?&x=41 end`
)

// ask asks the emulator for one thing.
func (w *world) ask(service, target string, in any) []byte {
	w.Helper()
	body, err := json.Marshal(in)
	if err != nil {
		w.Fatal(err)
	}
	out, err := signed.Service{Name: service, Endpoint: "PLUMBLINE_TEST_NONE"}.Post(w.Context(), w.stack.Config, signed.Request{
		Header: map[string]string{"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": target}, Body: body,
		Refusal: func(status int, answer []byte) error { return signed.Refused(status, target, string(answer)) },
	})
	if err != nil {
		w.Fatalf("%s: %v", target, err)
	}
	return out
}

// secretsStay gives a job passwords, from SSM and from Secrets Manager, right and wrong, and looks for them in all that a run leaves or shows: objects, table, history, logs, command lines and environments.
func secretsStay(w *world) {
	server := pgtest.Run(w)
	from, to := server.Database(w), server.Database(w)
	role := from + "_canary"
	server.Exec(w, "postgres", fmt.Sprintf(`CREATE ROLE %s LOGIN PASSWORD '%s'`, role, canary))
	w.Cleanup(func() {
		for _, db := range []string{from, to} {
			server.Exec(w, db, "DROP OWNED BY "+role)
		}
		server.Exec(w, "postgres", "DROP ROLE "+role)
	})
	for _, db := range []string{from, to} {
		server.Exec(w, db, fmt.Sprintf("CREATE TABLE device (name text PRIMARY KEY, role text); GRANT ALL ON device TO %s", role))
	}
	server.Exec(w, from, "INSERT INTO device SELECT 'device-' || n, 'leaf' FROM generate_series(1, 50) n")
	w.ask("ssm", "AmazonSSM.PutParameter", map[string]any{"Name": "/plumb/pw", "Type": "SecureString", "Value": canary})
	w.ask("ssm", "AmazonSSM.PutParameter", map[string]any{"Name": "/plumb/wrong", "Type": "SecureString", "Value": wrongCanary})
	both, err := json.Marshal(map[string]string{"password": canary})
	if err != nil {
		w.Fatal(err)
	}
	w.ask("secretsmanager", "secretsmanager.CreateSecret", map[string]any{"Name": "plumb/db", "SecretString": string(both)})
	address := func(reference, db string) string {
		return fmt.Sprintf(`{adapter: sql, url: "postgres://%s:%s@%s/%s?sslmode=disable"}`, role, reference, server.Address, db)
	}
	job := func(password string) string {
		return fmt.Sprintf("source: %s\ntarget: %s\nmodels:\n  device: {identifiers: [name], attributes: [role]}\npolicy: sync\n", address("${secret:plumb/db#password}", from), address("${ssm:"+password+"}", to))
	}
	w.put("jobs/secret.yaml", job("/plumb/pw"))
	w.put("jobs/wrong.yaml", job("/plumb/wrong"))

	var seen bytes.Buffer
	stop := w.watchProcesses(&seen)
	first := w.execute(`{"job":"secret","dry_run":false}`)
	if r := w.want(first, run.Succeeded, ""); r.Results["done"] != 50 {
		w.Errorf("%+v", r)
	}
	second := w.execute(`{"job":"wrong","dry_run":false}`)
	if r := w.want(second, run.Failed, ""); !strings.Contains(r.Message, "password authentication failed") {
		w.Errorf("%+v", r)
	}
	stop()
	for _, e := range []ended{first, second} {
		w.history(&seen, *e.ExecutionArn)
	}
	n := w.everything(&seen)
	for _, secret := range []string{canary, wrongCanary} {
		js, _ := json.Marshal(secret) // a string always can
		twice, _ := json.Marshal(string(js))
		for _, spelling := range []string{secret, string(js[1 : len(js)-1]), string(twice[3 : len(twice)-3]), url.QueryEscape(secret), url.PathEscape(secret), base64.StdEncoding.EncodeToString([]byte(secret))[:36], secret[:12]} {
			if i := bytes.Index(seen.Bytes(), []byte(spelling)); i >= 0 {
				w.Errorf("a secret is told: %q", seen.Bytes()[max(0, i-300):i+len(spelling)])
			}
		}
	}
	for _, must := range []string{"device-17", role, second.id, "START RequestId", "PLUMBLINE_SECRET_PREFIX=plumb/"} {
		if !bytes.Contains(seen.Bytes(), []byte(must)) {
			w.Errorf("%q was not looked at: %d objects, %d bytes", must, n, seen.Len())
		}
	}
}

// watchProcesses writes the command lines and environments of all processes of this user, again and again, until the function that it returns is called.
func (w *world) watchProcesses(to *bytes.Buffer) (stop func()) {
	done := make(chan struct{})
	var wait sync.WaitGroup
	wait.Go(func() {
		known := map[string]bool{}
		for {
			for _, what := range []string{"cmdline", "environ"} {
				files, _ := filepath.Glob("/proc/[0-9]*/" + what) // there is none elsewhere than on Linux
				for _, f := range files {
					if text, err := os.ReadFile(f); err == nil && !known[string(text)] {
						known[string(text)] = true
						to.Write(text)
					}
				}
			}
			select {
			case <-done:
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	})
	return func() { close(done); wait.Wait() }
}

// history writes what Step Functions keeps of an execution.
func (w *world) history(to *bytes.Buffer, arn string) {
	w.Helper()
	for p := sfn.NewGetExecutionHistoryPaginator(w.sfn, &sfn.GetExecutionHistoryInput{ExecutionArn: &arn, IncludeExecutionData: aws.Bool(true)}); p.HasMorePages(); {
		page, err := p.NextPage(w.Context())
		if err != nil {
			w.Fatal(err)
		}
		text, err := json.Marshal(page.Events)
		if err != nil {
			w.Fatal(err)
		}
		to.Write(text)
	}
}

// everything writes the stack's objects, also what is compressed in them, its table and its logs; n is how many objects there were.
func (w *world) everything(to *bytes.Buffer) (n int) {
	w.Helper()
	bucket := aws.String(w.stack.Outputs["BucketName"])
	for p := awss3.NewListObjectsV2Paginator(w.s3, &awss3.ListObjectsV2Input{Bucket: bucket}); p.HasMorePages(); {
		page, err := p.NextPage(w.Context())
		if err != nil {
			w.Fatal(err)
		}
		for _, o := range page.Contents {
			text := w.get(*o.Key)
			to.WriteString(*o.Key + text)
			if z, err := zstd.NewReader(strings.NewReader(text)); err == nil {
				_, _ = io.Copy(to, z) // what is no such file gives nothing
				z.Close()
			}
			n++
		}
	}
	table := awsdynamodb.NewFromConfig(w.stack.Config)
	for p := awsdynamodb.NewScanPaginator(table, &awsdynamodb.ScanInput{TableName: aws.String(w.stack.Outputs["TableName"])}); p.HasMorePages(); {
		page, err := p.NextPage(w.Context())
		if err != nil {
			w.Fatal(err)
		}
		for _, item := range page.Items {
			fmt.Fprintf(to, "%+v", item)
			text, err := json.Marshal(item)
			if err != nil {
				w.Fatal(err)
			}
			to.Write(text)
		}
	}
	var groups struct {
		LogGroups []struct{ LogGroupName string }
	}
	if err := json.Unmarshal(w.ask("logs", "Logs_20140328.DescribeLogGroups", struct{}{}), &groups); err != nil {
		w.Fatal(err)
	}
	for _, g := range groups.LogGroups {
		for next := any(nil); ; {
			in := map[string]any{"logGroupName": g.LogGroupName}
			if next != nil {
				in["nextToken"] = next
			}
			text := w.ask("logs", "Logs_20140328.FilterLogEvents", in)
			to.WriteString(g.LogGroupName)
			to.Write(text)
			var more struct{ NextToken *string }
			if err := json.Unmarshal(text, &more); err != nil || more.NextToken == nil || next == any(*more.NextToken) {
				break
			}
			next = *more.NextToken
		}
	}
	return n
}
