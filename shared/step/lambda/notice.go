package lambda

import (
	"cmp"
	"context"
	"encoding/xml"
	"fmt"
	"net/url"
	"strings"
	"time"
	"unicode"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/signed"
)

// notice is what people are told of a run that did not end well.
type notice struct {
	subject, text string
}

// noticeOf says how the run ended, with counts, and the command to look; none for a run that succeeded or is open.
func noticeOf(stack string, r *run.Run) (notice, bool) {
	if r.Status == run.Succeeded || r.Status == run.Running {
		return notice{}, false
	}
	name := plain(cmp.Or(r.Job, "run "+r.ID))
	what, written := "dry run", "nothing was written"
	if !r.DryRun {
		what = "sync"
	}
	if r.Written {
		written = "the target was written to"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s: %s\n\n", name, r.Status, plain(cmp.Or(r.Message, "no message")))
	if r.Step != "" {
		fmt.Fprintf(&b, "step      %s\n", r.Step)
	}
	sum := map[string]int64{}
	for _, m := range ofRun(r) {
		sum[m.name] = m.value
	}
	fmt.Fprintf(&b, "planned   %d creates, %d updates, %d moves, %d deletes; %d held\n", sum["Creates"], sum["Updates"], sum["Moves"], sum["Deletes"], sum["Held"])
	fmt.Fprintf(&b, "written   %d, %d failed, %d skipped; %s\n", sum["Written"], r.Results["failed"], r.Results["skipped"], written)
	fmt.Fprintf(&b, "findings  %d\n", sum["Findings"])
	fmt.Fprintf(&b, "run       %s, %s by %s, %s, took %s\n", r.ID, what, plain(cmp.Or(r.By, r.Trigger)), r.Started.UTC().Format("2006-01-02 15:04:05 UTC"), r.Ended.Sub(r.Started).Round(time.Second))
	fmt.Fprintf(&b, "look      plumb show %s --stack %s\n", r.ID, stack)
	fmt.Fprintf(&b, "\nWhat it means and what to do: docs/operation.md\n")
	return notice{subject: subject(fmt.Sprintf("Plumbline %s: %s %s", stack, name, r.Status)), text: b.String()}, true
}

// plain takes out of a text what could fool who reads it: control characters, and those that turn its direction.
func plain(s string) string {
	return strings.Map(func(c rune) rune {
		if !unicode.IsPrint(c) {
			return '?'
		}
		return c
	}, s)
}

// subject makes a text one that SNS takes: ASCII, no control characters, less than 100 of them.
func subject(s string) string {
	s = strings.Map(func(c rune) rune {
		if c < ' ' || c > '~' {
			return '?'
		}
		return c
	}, s)
	return s[:min(len(s), 99)]
}

// publish sends a notice to the topic. SNS speaks AWS Query: docs.aws.amazon.com/sns/latest/api/API_Publish.html
func publish(ctx context.Context, cfg aws.Config, topic string, n notice) error {
	arn := strings.Split(topic, ":") // arn:aws:sns:REGION:ACCOUNT:NAME
	if len(arn) != 6 {
		return fault.Errorf(fault.Invalid, "publish to %q: want the ARN of an SNS topic", topic)
	}
	cfg.Region = arn[3]
	body := url.Values{"Action": {"Publish"}, "Version": {"2010-03-31"}, "TopicArn": {topic}, "Subject": {n.subject}, "Message": {n.text}}
	_, err := signed.Service{Name: "sns", Endpoint: "AWS_ENDPOINT_URL_SNS"}.Post(ctx, cfg, signed.Request{
		Header: map[string]string{"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}, Body: []byte(body.Encode()), Refusal: refusalOfSNS,
	})
	if err != nil {
		return fault.Errorf(fault.Unavailable, "publish to %q: %w", topic, err)
	}
	return nil
}

// refusalOfSNS reads an error's XML.
func refusalOfSNS(status int, answer []byte) error {
	var said struct {
		Code    string `xml:"Error>Code"`
		Message string `xml:"Error>Message"`
	}
	_ = xml.Unmarshal(answer, &said) // what is no XML has its status for a code
	return signed.Refused(status, said.Code, said.Message)
}
