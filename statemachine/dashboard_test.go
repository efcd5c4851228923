package statemachine

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"net/url"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/aws/aws-sdk-go-v2/aws"
	awsdynamodb "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sfn"

	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/statemachine/stacktest"
)

// pages is a dashboard over the stack, and the person who looks at it.
type pages struct {
	*world
	at    string
	token string
}

// ui serves the dashboard as plumb ui --stack does, in a process of its own, which ends with the test.
func (w *world) ui(env ...string) *pages { return w.uiOf(w.stack.Name, env...) }

func (w *world) uiOf(stack string, env ...string) *pages {
	w.Helper()
	ctx, stop := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, plumbBinary(w.T), "ui", "--no-browser", "--port", "0", "--stack", stack)
	cmd.Dir = w.TempDir()
	cmd.Env = slices.Concat(stacktest.Environ(w.stack.URL), env)
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() { stop(); _ = cmd.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		w.Fatal(err)
	}
	return &pages{world: w, at: strings.TrimSuffix(strings.TrimSpace(strings.TrimPrefix(line, "The dashboard is at ")), "/")}
}

// open returns a page and its status.
func (p *pages) open(path string) (int, *goquery.Document) {
	p.Helper()
	req, err := http.NewRequestWithContext(p.Context(), http.MethodGet, p.at+path, nil)
	if err != nil {
		p.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		p.Fatal(err)
	}
	defer res.Body.Close()
	doc, err := goquery.NewDocumentFromReader(res.Body)
	if err != nil {
		p.Fatal(err)
	}
	if token, ok := doc.Find("input[name=token]").Attr("value"); ok {
		p.token = token
	}
	return res.StatusCode, doc
}

// words are what a selection says, with single spaces.
func words(s *goquery.Selection) string { return strings.Join(strings.Fields(s.Text()), " ") }

// see fails unless the page says it all.
func (p *pages) see(path string, status int, wants ...string) *goquery.Document {
	p.Helper()
	got, doc := p.open(path)
	if got != status {
		p.Errorf("%s: status %d, want %d", path, got, status)
	}
	said := words(doc.Find("main"))
	for _, want := range wants {
		if !strings.Contains(said, want) {
			p.Errorf("%s does not say %q: %.2000s", path, want, said)
		}
	}
	return doc
}

// send sends a form and returns the address that it leads to.
func (p *pages) send(path string, form url.Values) string {
	p.Helper()
	status, to, text := p.post(path, form)
	if status != http.StatusOK || !strings.HasPrefix(to, "/runs/") {
		p.Fatalf("%s: %d at %s: %.2000s", path, status, to, text)
	}
	return to
}

// post sends a form, and returns the status, the address that it leads to, and what is said there.
func (p *pages) post(path string, form url.Values) (status int, to, text string) {
	p.Helper()
	form.Set("token", p.token)
	req, err := http.NewRequestWithContext(p.Context(), http.MethodPost, p.at+path, strings.NewReader(form.Encode()))
	if err != nil {
		p.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		p.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		p.Fatal(err)
	}
	return res.StatusCode, res.Request.URL.Path, string(body)
}

// follow looks at a page again and again, as its script does, until it says so; it returns what it said on the way.
func (p *pages) follow(path, until string) (seen []string) {
	p.Helper()
	for end := time.Now().Add(p.patience); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		status, doc := p.open(path)
		said := words(doc.Find("main"))
		if status != http.StatusOK {
			p.Fatalf("%s: status %d: %.1000s", path, status, said)
		}
		if seen = append(seen, said); strings.Contains(said, until) {
			return seen
		}
		if live, _ := doc.Find("main").Attr("data-live"); live == "0" {
			p.Fatalf("%s says no %q, and is not looked at again: %.2000s", path, until, said)
		}
	}
	p.Fatalf("%s never says %q: %.2000s", path, until, seen[len(seen)-1])
	return nil
}

// dashboard is a day with plumb ui --stack: a dry run started on a page, its plan synced, looked at while the state machine works, stopped and resumed.
func dashboard(w *world) {
	w.put("data/ui.csv", devices(200, "leaf"))
	w.put("jobs/ui.yaml", strings.Replace(jobOf("data/ui.csv", "data/ui-out.csv", ""), "target: {", "target: {rate: 50, batch: 5, ", 1))
	p := w.ui()
	home := p.see("/", 200, "ui", "Never run")
	if store := words(home.Find(".store")); store != "stack "+w.stack.Name {
		w.Errorf("the pages say that they show %q", store)
	}
	p.see("/jobs/ui", 200, "Start a run", "data/ui.csv", "data/ui-out.csv", "Never run")

	plan := p.send("/jobs/ui", url.Values{"what": {"dry"}})
	p.follow(plan, "Succeeded: dry run of ui")
	p.see(plan, 200, "Nothing was written to the target.", "See the 200 changes", "load-source", "(dashboard)", "plumb --stack "+w.stack.Name+" sync --plan")
	p.see(plan+"/changes", 200, "device-00000", "leaf")
	p.see(plan+"/changes?match=device-0019%2A&view=tree", 200, "device device-00190")
	p.see(plan+"/journal", 200, "A dry run writes nothing")

	sync := p.send(plan+"/sync", url.Values{})
	seen := p.follow(sync, "of 200 changes")
	contains(w.T, seen[len(seen)-1], "Running: sync of ui", "Changes are being written to the target.")
	if at := p.see("/", 200, "At work", "of 200 changes"); at.Find(".at-work svg.bar[role=img]").Length() != 1 {
		w.Error("Home has no bar of the run at work")
	}
	p.see(sync+"/changes", 200, "The run is at work", "device-00000")
	p.see(sync+"/journal", 200, "device-0000")
	id := strings.TrimPrefix(sync, "/runs/")
	arn := strings.Replace(w.stack.Outputs["StateMachineArn"], ":stateMachine:", ":execution:", 1) + ":" + id
	if _, err := w.sfn.StopExecution(w.Context(), &sfn.StopExecutionInput{ExecutionArn: &arn, Cause: aws.String("enough")}); err != nil {
		w.Fatal(err)
	}
	p.follow(sync, "Aborted: sync of ui")
	p.see(sync, 200, "The target was changed.", "To carry on with the same plan", "Resume", "the execution was stopped")
	p.see("/", 200, "Aborted", "the execution was stopped")

	var resumed *run.Run // the function in flight frees the lock when it sees that it was stopped: who resumes at once may be refused
	for range 60 {
		at := p.send(sync+"/resume", url.Values{})
		p.follow(at, ": sync of ui")
		if resumed = p.closed(strings.TrimPrefix(at, "/runs/")); resumed.Status != run.Refused {
			break
		}
		time.Sleep(time.Second)
	}
	at := "/runs/" + resumed.ID
	p.see(at, 200, "Succeeded: sync of ui", "200 changes written", id)
	p.see(at+"/changes?result=done", 200, "done")
	p.see("/runs?job=ui&status=aborted", 200, id)
	p.see("/jobs/ui", 200, "Duration of each step", "All runs of this job")
	if got := w.get("data/ui-out.csv"); strings.Count(got, "\n") != 201 {
		w.Errorf("the target has %d lines", strings.Count(got, "\n"))
	}
	refused := p.send(plan+"/sync", url.Values{})
	p.follow(refused, "Refused: sync of ui")
	p.see(refused, 200, "stale", "Nothing was written")
}

// dashboardTrouble is the dashboard over a stack that refuses: or is none: each kind of trouble is a page with the status that fits.
func dashboardTrouble(w *world) {
	const see = "cloudformation:DescribeStacks"
	none := w.uiOf("nosuchstack")
	for _, path := range []string{"/", "/runs", "/runs/x", "/jobs/x", "/runs/x/download/ndjson"} {
		none.see(path, 404, `stack "nosuchstack": there is none`, "--region and --profile")
	}
	blind := w.ui(w.user("uiblind", "sts:GetCallerIdentity")...)
	blind.see("/", 403, "Denied", see, "your own credentials")
	env := w.user("uilooker", see)
	p := w.ui(env...)
	for _, path := range []string{"/", "/runs", "/runs/x", "/jobs/x"} {
		p.see(path, 403, "Denied", "is not allowed", "your own credentials")
	}
	reader := w.ui(w.user("uireader", see, "dynamodb:GetItem", "dynamodb:Query", "dynamodb:BatchGetItem", "s3:ListBucket", "s3:GetObject")...)
	w.put("data/denied.csv", devices(10, "leaf"))
	w.put("jobs/denied.yaml", jobOf("data/denied.csv", "data/denied-out.csv", ""))
	done := w.execute(`{"job":"denied"}`)
	reader.see("/jobs/denied", 200, "data/denied.csv") // it has the form's token
	reader.see("/runs/"+done.id, 200, "Succeeded", "from api")
	if status, _, text := reader.post("/jobs/denied", url.Values{"what": {"dry"}}); status != http.StatusForbidden || !strings.Contains(text, "states:StartExecution") {
		w.Errorf("a start without the right to: %d %.1000s", status, text)
	}
	w.remove("runs/" + done.id + "/plan.index")
	reader.see("/runs/"+done.id+"/changes", 404, "no plan")
}

// dashboardOfDeleted is the dashboard over a stack that is deleted while it is looked at.
func dashboardOfDeleted(w *world) {
	p := w.ui()
	p.see("/", 200)
	if _, err := awsdynamodb.NewFromConfig(w.stack.Config).DeleteTable(w.Context(), &awsdynamodb.DeleteTableInput{TableName: aws.String(w.stack.Outputs["TableName"])}); err != nil {
		w.Fatal(err)
	}
	for _, path := range []string{"/", "/runs"} {
		p.see(path, 404, "The run store is not there", "--region and --profile")
	}
}
