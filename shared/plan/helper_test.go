package plan

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/plumbline-sync/plumbline/shared/finding"
	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/objects"
	"github.com/plumbline-sync/plumbline/shared/record"
	"github.com/plumbline-sync/plumbline/shared/snapshot"
)

// rec is a record of a test: kind and identifiers in one text ("device ams01 leaf"), parent likewise.
type rec struct {
	key, parent string
	attrs       m
	local       m
	flags       record.Flags
}

// m are attributes.
type m map[string]any

func keyOf(text string) record.Key {
	if text == "" {
		return ""
	}
	parts := strings.Fields(text)
	var ids []record.Value
	for _, p := range parts[1:] {
		ids = append(ids, record.MustOf(p))
	}
	return record.MakeKey(parts[0], ids...)
}

func (a m) fields() record.Fields {
	var fs record.Fields
	for n, v := range a {
		fs = append(fs, record.Field{Name: n, Value: record.MustOf(v)})
	}
	slices.SortFunc(fs, func(a, b record.Field) int { return strings.Compare(a.Name, b.Name) })
	return fs
}

// model declares a model of a test with one identifier "name".
func model(name string, opts ...func(*job.Model)) *job.Model {
	md := &job.Model{Name: name, Identifiers: []job.Attribute{{Name: "name"}}, Shortname: []string{"name"}}
	for _, o := range opts {
		o(md)
	}
	return md
}

func ids(names ...string) func(*job.Model) {
	return func(md *job.Model) {
		md.Identifiers, md.Shortname = nil, names
		for _, n := range names {
			md.Identifiers = append(md.Identifiers, job.Attribute{Name: n})
		}
	}
}

func attr(name string, opts ...func(*job.Attribute)) func(*job.Model) {
	return func(md *job.Model) {
		a := job.Attribute{Name: name}
		for _, o := range opts {
			o(&a)
		}
		md.Attributes = append(md.Attributes, a)
	}
}

func attrs(names ...string) func(*job.Model) {
	return func(md *job.Model) {
		for _, n := range names {
			attr(n)(md)
		}
	}
}

func under(kind string, fields ...string) func(*job.Model) {
	return func(md *job.Model) { md.Parents = append(md.Parents, job.Parent{Model: kind, Fields: fields}) }
}

func flagged(f record.Flags) func(*job.Model) { return func(md *job.Model) { md.Flags |= f } }

func where(field string, values ...string) func(*job.Model) {
	return func(md *job.Model) {
		c := job.Condition{Field: field}
		for _, v := range values {
			c.Values = append(c.Values, record.MustOf(v))
		}
		md.Where = append(md.Where, c)
	}
}

func newJob(models ...*job.Model) *job.Job {
	j := &job.Job{
		Name: "test", Title: "test", Policy: job.Sync, Models: models, Digest: "0",
		Source: &job.Side{Side: "source", Name: "source"}, Target: &job.Side{Side: "target", Name: "target"},
	}
	for _, md := range models {
		j.FileOrder = append(j.FileOrder, md.Name)
		for _, p := range md.Parents {
			if pm := j.Model(p.Model); pm != nil {
				pm.Children = append(pm.Children, md.Name)
			}
		}
	}
	return j
}

// world is where a test's snapshots and plans are.
type world struct {
	t     testing.TB
	ctx   context.Context
	store objects.Store
	n     int
	in    Input
	audit func(*Change) error // of the target; nil: it has none
}

func newWorld(t testing.TB, j *job.Job) *world {
	t.Helper()
	store := &memory{data: map[string][]byte{}}
	return &world{t: t, ctx: context.Background(), store: store, in: Input{Job: j, Store: store, Name: "plan", Findings: "findings-plan", Temp: t.TempDir()}}
}

// snapshot writes and opens a snapshot of the records.
func (w *world) snapshot(recs []rec) *snapshot.Reader {
	w.t.Helper()
	var lines []record.Line
	for _, r := range recs {
		lines = append(lines, record.AppendLine(nil, keyOf(r.key), keyOf(r.parent), r.attrs.fields(), nil, r.flags, r.local.fields()))
	}
	return w.lines(lines...)
}

// findings stores and opens findings for the keys; a text without identifiers is a finding whose key could not be read.
func (w *world) findings(side string, keys ...string) *finding.Reader {
	w.t.Helper()
	fw := finding.NewWriter(finding.Options{Store: w.store, Name: "findings-" + side, Temp: w.in.Temp})
	for _, k := range keys {
		f := finding.Finding{Side: side, Model: strings.Fields(k)[0], Code: finding.Bad, Reason: "bad value"}
		if strings.Contains(k, " ") {
			f.Key = keyOf(k)
		}
		if err := fw.Add(f); err != nil {
			w.t.Fatal(err)
		}
	}
	if _, err := fw.Commit(w.ctx); err != nil {
		w.t.Fatal(err)
	}
	r, err := finding.Open(w.ctx, w.store, "findings-"+side)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { r.Close() })
	return r
}

// diff works the plan out and opens it.
func (w *world) diff(source, target []rec) *Reader {
	w.t.Helper()
	w.in.Source, w.in.Target = w.snapshot(source), w.snapshot(target)
	if _, err := Diff(w.ctx, w.in); err != nil {
		w.t.Fatal(err)
	}
	if w.audit != nil {
		w.refuse()
	}
	return w.open()
}

// refuse has the target audit the plan, in several calls, and works it out again.
func (w *world) refuse() {
	w.t.Helper()
	draft := w.open()
	in := AuditInput{Plan: draft, Ask: w.audit, Models: map[string]bool{}, Store: w.store}
	for _, m := range w.in.Job.Models {
		in.Models[m.Name] = true
	}
	refused := w.in.Refused
	for more := true; more; {
		in.Name = fmt.Sprint("audit-", in.From)
		in.Deadline = time.Time{}
		if in.From < 3 {
			in.Deadline = time.Unix(1, 0) // is asked about one change
		}
		got, err := Audit(w.ctx, in)
		if err != nil {
			w.t.Fatal(err)
		}
		if more, in.From = got.Next > 0, got.Next; got.Refused == 0 {
			continue
		}
		r, err := OpenRefusals(w.ctx, w.store, in.Name)
		if err != nil || r.Digest() != got.Digest {
			w.t.Fatal(err, got)
		}
		defer r.Close()
		w.in.Refused = append(w.in.Refused, r)
	}
	if _, err := Diff(w.ctx, w.in); err != nil {
		w.t.Fatal(err)
	}
	w.in.Refused = refused
}

func (w *world) open() *Reader {
	w.t.Helper()
	r, err := Open(w.ctx, w.store, w.in.Name)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { r.Close() })
	return r
}

// shown renders the whole plan: sections with their changes, then held and out of scope.
func shown(t testing.TB, r *Reader) string {
	t.Helper()
	ctx := context.Background()
	var b bytes.Buffer
	for _, s := range r.Index().Sections {
		fmt.Fprintf(&b, "[%s %d]\n", s.label(), s.Depth)
		for c, err := range r.Changes(ctx, s.First, s.First+s.Count) {
			if err != nil {
				t.Fatal(err)
			}
			b.WriteString(brief(c) + "\n")
		}
	}
	for c, err := range r.Held(ctx) {
		if err != nil {
			t.Fatal(err)
		}
		b.WriteString("held " + brief(c) + "\n")
	}
	for c, err := range r.OutOfScope(ctx) {
		if err != nil {
			t.Fatal(err)
		}
		b.WriteString("out " + brief(c) + "\n")
	}
	return b.String()
}

// brief renders a change in one line.
func brief(c *Change) string {
	sign, _ := signOf(c.Op)
	s := sign + " " + c.Model() + " " + c.identity()
	if len(c.Path) > 0 {
		var path []string
		for _, k := range c.Path {
			path = append(path, k.String())
		}
		s += " in " + strings.Join(path, "/")
	}
	if c.OldParent != "" {
		s += " from " + c.OldParent.String()
	}
	if c.Op != Delete && c.Set != nil {
		s += " " + string(appendMembers(nil, c.Set))
	}
	if c.Part {
		s += " part"
	}
	if c.Cascade != "" {
		s += " with " + c.Cascade.String()
	}
	if c.Held != nil {
		s += " !" + string(c.Held.Code) + ": " + c.Held.Detail
	}
	return s
}

// lines writes and opens a snapshot of lines.
func (w *world) lines(lines ...record.Line) *snapshot.Reader {
	w.t.Helper()
	w.n++
	name := fmt.Sprintf("snapshot-%d", w.n)
	sw := snapshot.NewWriter(snapshot.Options{Store: w.store, Name: name, Temp: w.in.Temp, Every: 4})
	for i, l := range lines {
		if err := sw.Add(l, uint64(i)); err != nil {
			w.t.Fatal(err)
		}
	}
	if _, err := sw.Commit(w.ctx); err != nil {
		w.t.Fatal(err)
	}
	s, err := snapshot.Open(w.ctx, w.store, name)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { s.Close() })
	return s
}

// all returns copies of a snapshot's lines.
func (w *world) all(r *snapshot.Reader) (lines []record.Line) {
	for l, err := range r.Scan(w.ctx, "") {
		if err != nil {
			w.t.Fatal(err)
		}
		lines = append(lines, bytes.Clone(l))
	}
	return lines
}
