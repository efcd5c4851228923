package s3_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/objects"
	"github.com/plumbline-sync/plumbline/shared/objects/s3"
	"github.com/plumbline-sync/plumbline/shared/objects/s3/s3test"
)

type doer = func(*http.Request, awss3.HTTPClient) (*http.Response, error)

// carriedOut has S3 do what it is asked, and loses the answer.
func carriedOut(r *http.Request, c awss3.HTTPClient) (*http.Response, error) {
	resp, err := c.Do(r)
	if err == nil {
		err = errors.Join(io.ErrUnexpectedEOF, resp.Body.Close())
	}
	return nil, err
}

// dropped loses the request.
func dropped(*http.Request, awss3.HTTPClient) (*http.Response, error) {
	return nil, io.ErrUnexpectedEOF
}

func passed(r *http.Request, c awss3.HTTPClient) (*http.Response, error) { return c.Do(r) }

// answer makes S3 answer so.
func answer(status int, code string) doer {
	return func(r *http.Request, _ awss3.HTTPClient) (*http.Response, error) {
		body := io.NopCloser(strings.NewReader("<Error><Code>" + code + "</Code><Message>x</Message></Error>"))
		return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {"application/xml"}}, Body: body, Request: r}, nil
	}
}

// TestNoAnswer: what a write is said to have come to where answers to it, or to the question whose the object is, do not come.
func TestNoAnswer(t *testing.T) {
	client := s3test.Start(t)
	name := s3test.Bucket(t, client)
	busy, taken := answer(http.StatusServiceUnavailable, "SlowDown"), answer(http.StatusPreconditionFailed, "PreconditionFailed")
	for what, c := range map[string]struct {
		first, then, look doer // what becomes of the write, of its repetitions, and of the question
		other             bool // another's object comes to stand there at the first
		free              bool // without a condition
		want              fault.Code
		stored            bool
	}{
		"the first is lost":                           {first: carriedOut, then: passed, look: passed, stored: true},
		"all are lost":                                {first: carriedOut, then: carriedOut, look: passed, stored: true},
		"the first is lost, then S3 is busy":          {first: carriedOut, then: busy, look: passed, stored: true},
		"none, ever":                                  {first: carriedOut, then: dropped, look: dropped, want: fault.UnknownOutcome, stored: true},
		"none, and it never came there":               {first: dropped, then: dropped, look: dropped, want: fault.UnknownOutcome},
		"it never came there, as S3 can say":          {first: dropped, then: dropped, look: passed, want: fault.Unavailable},
		"taken, by whom does not come":                {first: carriedOut, then: taken, look: dropped, want: fault.UnknownOutcome, stored: true},
		"taken, by another":                           {first: dropped, then: passed, look: passed, other: true, want: fault.Conflict},
		"all are lost, and another's object is there": {first: dropped, then: dropped, look: passed, other: true, want: fault.UnknownOutcome},
		"S3 is busy with all":                         {first: busy, then: busy, look: busy, want: fault.Throttled},
		"without a condition it may be made again":    {first: dropped, then: dropped, look: dropped, free: true, want: fault.Unavailable},
	} {
		for _, size := range []int{10, large} {
			for _, over := range []bool{false, true} {
				b, version := s3.New(client, name), ""
				if err := b.Delete(t.Context(), "x"); err != nil {
					t.Fatal(err)
				}
				if over {
					version = stored(t, b, 5)
				}
				n := 0
				between := through(client, func(r *http.Request, h awss3.HTTPClient) (*http.Response, error) {
					q := r.URL.Query()
					switch last := r.Method == http.MethodPut && !q.Has("partNumber") || r.Method == http.MethodPost && q.Has("uploadId"); {
					case r.Method == http.MethodHead:
						return c.look(r, h)
					case !last:
						return h.Do(r)
					}
					if n++; n > 1 {
						return c.then(r, h)
					}
					if c.other {
						stored(t, b, 6)
					}
					return c.first(r, h)
				})
				quick := retry.NewStandard(func(o *retry.StandardOptions) { o.MaxBackoff = time.Millisecond })
				lossy := s3.New(awss3.New(between.Options(), func(o *awss3.Options) { o.Retryer = aws.Retryer(quick) }), name)
				w, err := lossy.CreateOver(t.Context(), "x", version)
				if c.free {
					w, err = lossy.Create(t.Context(), "x")
				}
				err = write(t, w, err, size).Commit()
				if fault.Of(err) != c.want || err != nil && !strings.Contains(err.Error(), `"x"`) {
					t.Errorf("%s, %d bytes over %q: %v, want code %q", what, size, version, err, c.want)
				}
				r, err := b.Open(t.Context(), "x")
				if got := err == nil && r.Size() == int64(size); got != c.stored {
					t.Errorf("%s, %d bytes over %q: stored: %t", what, size, version, got)
				}
			}
		}
	}
}

// stored stores an object of that size and returns its version.
func stored(t *testing.T, b *s3.Bucket, size int) string {
	w, err := b.Create(t.Context(), "x")
	if err := write(t, w, err, size).Commit(); err != nil {
		t.Error(err)
	}
	r, err := b.Open(t.Context(), "x")
	if err != nil {
		t.Fatal(err)
	}
	return r.(objects.Versioned).Version()
}
