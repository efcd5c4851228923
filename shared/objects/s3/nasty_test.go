package s3_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/objects"
	"github.com/plumbline-sync/plumbline/shared/objects/s3"
	"github.com/plumbline-sync/plumbline/shared/objects/s3/s3test"
)

// wire is an HTTP client that a test can come between.
type wire struct {
	awss3.HTTPClient
	do func(*http.Request, awss3.HTTPClient) (*http.Response, error)
}

func (w *wire) Do(r *http.Request) (*http.Response, error) { return w.do(r, w.HTTPClient) }

// through returns the client with do between it and the server.
func through(client *awss3.Client, do func(*http.Request, awss3.HTTPClient) (*http.Response, error)) *awss3.Client {
	return awss3.New(client.Options(), func(o *awss3.Options) { o.HTTPClient = &wire{o.HTTPClient, do} })
}

func write(t *testing.T, w objects.Writer, err error, size int) objects.Writer {
	t.Helper()
	if err == nil {
		_, err = w.Write(bytes.Repeat([]byte{byte(size)}, size))
	}
	if err != nil {
		t.Fatal(err)
	}
	return w
}

const large = 20 << 20

// TestAbortLeavesNothing: neither an object nor parts of one, also where the context has ended.
func TestAbortLeavesNothing(t *testing.T) {
	client := s3test.Start(t)
	name := s3test.Bucket(t, client)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	for _, ctx := range []context.Context{t.Context(), ctx} {
		w, err := s3.New(client, name).Create(ctx, "x")
		w = write(t, w, err, large)
		if ctx != t.Context() {
			stop()
		}
		w.Abort()
		if err := w.Commit(); err == nil {
			t.Error("commit after abort")
		}
	}
	out, err := client.ListMultipartUploads(t.Context(), &awss3.ListMultipartUploadsInput{Bucket: &name})
	if err != nil || len(out.Uploads) > 0 {
		t.Errorf("uploads left: %v, %v", out.Uploads, err)
	}
	for info := range s3.New(client, name).List(t.Context(), "") {
		t.Errorf("left: %v", info)
	}
}

// TestSmallIsOneRequest: an object under one part is one PutObject.
func TestSmallIsOneRequest(t *testing.T) {
	client := s3test.Start(t)
	name := s3test.Bucket(t, client)
	var n atomic.Int32
	counted := through(client, func(r *http.Request, c awss3.HTTPClient) (*http.Response, error) {
		n.Add(1)
		return c.Do(r)
	})
	w, err := s3.New(counted, name).Create(t.Context(), "x")
	if err := write(t, w, err, 8<<20-1).Commit(); err != nil {
		t.Fatal(err)
	}
	if n.Load() != 1 {
		t.Errorf("%d requests", n.Load())
	}
}

// TestReplacedWhileRead: an open reader never mixes bytes of two objects.
func TestReplacedWhileRead(t *testing.T) {
	client := s3test.Start(t)
	b := s3.New(client, s3test.Bucket(t, client))
	for _, size := range []int{100, large} {
		w, err := b.Create(t.Context(), "x")
		if err := write(t, w, err, size).Commit(); err != nil {
			t.Fatal(err)
		}
		r, err := b.Open(t.Context(), "x")
		if err != nil {
			t.Fatal(err)
		}
		w, err = b.Create(t.Context(), "x")
		if err := write(t, w, err, size+1).Commit(); err != nil {
			t.Fatal(err)
		}
		if n, err := r.ReadAt(make([]byte, 50), 50); n != 0 || !fault.Is(err, fault.Conflict) {
			t.Errorf("read of what was replaced: %d, %v", n, err)
		}
		if err := b.Delete(t.Context(), "x"); err != nil {
			t.Fatal(err)
		}
		if n, err := r.ReadAt(make([]byte, 50), 50); n != 0 || !fault.Is(err, fault.NotFound) {
			t.Errorf("read of what was deleted: %d, %v", n, err)
		}
	}
}

// TestCreateOver: of two that saw the same version, one commits.
func TestCreateOver(t *testing.T) {
	client := s3test.Start(t)
	b := s3.New(client, s3test.Bucket(t, client))
	for _, size := range []int{10, large} {
		version := ""
		for range 3 {
			size += 2
			one, err := b.CreateOver(t.Context(), "x", version)
			one = write(t, one, err, size)
			two, err := b.CreateOver(t.Context(), "x", version)
			two = write(t, two, err, size+1)
			if err := one.Commit(); err != nil {
				t.Fatal(err)
			}
			if err := two.Commit(); !fault.Is(err, fault.Conflict) {
				t.Errorf("%d bytes over %q, the second: %v", size, version, err)
			}
			r, err := b.Open(t.Context(), "x")
			if err != nil || r.Size() != int64(size) {
				t.Fatalf("size %d, %v", r.Size(), err)
			}
			version = r.(objects.Versioned).Version()
		}
		if err := b.Delete(t.Context(), "x"); err != nil {
			t.Fatal(err)
		}
	}
}

// TestLostAnswer: a conditional write whose answer got lost is known as one's own when it is tried again.
func TestLostAnswer(t *testing.T) {
	client := s3test.Start(t)
	name := s3test.Bucket(t, client)
	var once sync.Once
	lossy := through(client, func(r *http.Request, c awss3.HTTPClient) (*http.Response, error) {
		resp, err := c.Do(r)
		if r.Method == http.MethodPut && err == nil {
			once.Do(func() { resp, err = nil, errors.Join(io.ErrUnexpectedEOF, resp.Body.Close()) })
		}
		return resp, err
	})
	if err := s3.New(lossy, name).PutNew(t.Context(), "x", []byte("mine")); err != nil {
		t.Errorf("the first: %v", err)
	}
	if err := s3.New(client, name).PutNew(t.Context(), "x", []byte("mine")); !fault.Is(err, fault.Conflict) {
		t.Errorf("another with the same bytes: %v", err)
	}
}

// TestBrokenBody: a body that breaks off is read on.
func TestBrokenBody(t *testing.T) {
	client := s3test.Start(t)
	name := s3test.Bucket(t, client)
	if err := s3.New(client, name).PutNew(t.Context(), "x", bytes.Repeat([]byte("0123456789"), 1000)); err != nil {
		t.Fatal(err)
	}
	breaking := through(client, func(r *http.Request, c awss3.HTTPClient) (*http.Response, error) {
		resp, err := c.Do(r)
		if err == nil && r.Method == http.MethodGet {
			resp.Body = struct {
				io.Reader
				io.Closer
			}{io.MultiReader(io.LimitReader(resp.Body, 3000), broken{}), resp.Body}
		}
		return resp, err
	})
	r, err := s3.New(breaking, name).Open(t.Context(), "x")
	if err != nil {
		t.Fatal(err)
	}
	p := make([]byte, 9000)
	if n, err := r.ReadAt(p, 5); n != 9000 || err != nil || !bytes.HasPrefix(p[2990:], []byte("5678901234567890")) {
		t.Errorf("%d, %v, %s", n, err, p[2990:3010])
	}
	if _, err := s3.New(breaking, name).Get(t.Context(), "x"); !fault.Is(err, fault.Unavailable) {
		t.Errorf("get: %v", err)
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// TestManyObjects: pages of lists and batches of deletes.
func TestManyObjects(t *testing.T) {
	client := s3test.Start(t)
	b := s3.New(client, s3test.Bucket(t, client))
	var names []string
	for n := range 2100 {
		names = append(names, fmt.Sprintf("a/%05d", n))
	}
	var g sync.WaitGroup
	for some := range slices.Chunk(names, 300) {
		g.Go(func() {
			for _, n := range some {
				if err := b.PutNew(t.Context(), n, nil); err != nil {
					t.Error(err)
				}
			}
		})
	}
	g.Wait()
	var got []string
	for info, err := range b.List(t.Context(), "a/") {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, info.Name)
	}
	if !slices.Equal(got, names) {
		t.Errorf("listed %d of %d, or not in order", len(got), len(names))
	}
	if err := b.Delete(t.Context(), append(names, "none")...); err != nil {
		t.Fatal(err)
	}
	for info := range b.List(t.Context(), "") {
		t.Fatalf("left: %v", info)
	}
}

// TestErrors: what S3 answers, by code and for people.
func TestErrors(t *testing.T) {
	client := s3test.Start(t)
	name := s3test.Bucket(t, client)
	none := s3.New(client, "no-such-bucket")
	_, err := none.Get(t.Context(), "x")
	if !fault.Is(err, fault.NotFound) || !strings.Contains(err.Error(), `there is no bucket "no-such-bucket"`) {
		t.Errorf("no bucket: %v", err)
	}
	for what, c := range map[string]struct {
		status int
		body   string
		want   fault.Code
		put    fault.Code // of a write, where it is another
	}{
		"denied":        {403, "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>", fault.Denied, ""},
		"slow down":     {503, "<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>", fault.Throttled, ""},
		"internal":      {500, "<Error><Code>InternalError</Code><Message>Try again.</Message></Error>", fault.Unavailable, ""},
		"redirect":      {301, "<Error><Code>PermanentRedirect</Code><Message>elsewhere</Message></Error>", fault.Invalid, ""},
		"conflict":      {409, "<Error><Code>ConditionalRequestConflict</Code><Message>x</Message></Error>", fault.Conflict, fault.UnknownOutcome},
		"no connection": {0, "", fault.Unavailable, fault.UnknownOutcome},
	} {
		answering := awss3.New(through(client, func(r *http.Request, _ awss3.HTTPClient) (*http.Response, error) {
			if c.status == 0 {
				return nil, io.ErrUnexpectedEOF
			}
			h := http.Header{"Content-Type": {"application/xml"}}
			return &http.Response{StatusCode: c.status, Header: h, Body: io.NopCloser(strings.NewReader(c.body)), Request: r}, nil
		}).Options(), func(o *awss3.Options) { o.RetryMaxAttempts = 1 })
		b := s3.New(answering, name)
		_, err := b.Get(t.Context(), "the/key")
		put := b.PutNew(t.Context(), "the/key", []byte("x"))
		_, open := b.Open(t.Context(), "the/key")
		for n, err := range []error{err, open, put} {
			want := c.want
			if n == 2 && c.put != "" {
				want = c.put
			}
			if !fault.Is(err, want) || !strings.Contains(err.Error(), "the/key") || !strings.Contains(err.Error(), name) || strings.Contains(err.Error(), "operation error") && c.status != 0 {
				t.Errorf("%s: %s: %v", what, fault.Of(err), err)
			}
		}
	}
}

// TestForeign: keys of others.
func TestForeign(t *testing.T) {
	client := s3test.Start(t)
	name := s3test.Bucket(t, client)
	b := s3.New(client, name).Foreign()
	for _, key := range []string{"year=2026/site list.csv", "Ünïcode+%41&.json"} {
		if err := b.PutNew(t.Context(), key, []byte(key)); err != nil {
			t.Fatal(err)
		}
		r, err := b.Open(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		p := make([]byte, len(key))
		if _, err := r.ReadAt(p, 0); err != nil || string(p) != key {
			t.Errorf("%q: %q, %v", key, p, err)
		}
		for info, err := range b.List(t.Context(), key[:4]) {
			if err != nil || info.Name != key {
				t.Errorf("%q: %v, %v", key, info, err)
			}
		}
	}
	for info := range s3.New(client, name).List(t.Context(), "") {
		t.Errorf("listed as ours: %v", info)
	}
}
