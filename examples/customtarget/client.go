package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"net/http"
	"strings"

	"github.com/plumbline-sync/plumbline/shared/fault"
)

// Client speaks to the inventory.
type Client struct {
	URL string `json:"url" doc:"where the inventory answers" required:"true"`
}

// Do sends a request with a body, unless that is nil, and reads the answer into out, unless that is nil. Errors have a code, so that the engine knows what to do.
func (c Client) Do(ctx context.Context, method, path string, body, out any) error {
	var text bytes.Buffer
	if body != nil {
		if err := json.NewEncoder(&text).Encode(body); err != nil {
			return fault.Wrap(fault.Invalid, err)
		}
	}
	answer, err := c.send(ctx, method, path, &text)
	if err != nil {
		return err
	}
	defer answer.Close() //nolint:errcheck // it was read
	if out == nil {
		return nil
	}
	if err := json.NewDecoder(answer).Decode(out); err != nil {
		return fault.Errorf(fault.UnknownOutcome, "%s %s: read the answer: %w", method, path, err)
	}
	return nil
}

func (c Client) send(ctx context.Context, method, path string, body io.Reader) (io.ReadCloser, error) {
	req, err := http.NewRequestWithContext(ctx, method, strings.TrimRight(c.URL, "/")+"/"+path, body)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, fault.Wrap(fault.UnknownOutcome, err)
	}
	if resp.StatusCode < http.StatusBadRequest {
		return resp.Body, nil
	}
	said, _ := io.ReadAll(io.LimitReader(resp.Body, 1<<10)) // the status says enough
	_ = resp.Body.Close()
	code := map[int]fault.Code{
		http.StatusUnauthorized: fault.Denied, http.StatusForbidden: fault.Denied, http.StatusNotFound: fault.NotFound, http.StatusConflict: fault.Conflict,
		http.StatusUnprocessableEntity: fault.Invalid, http.StatusTooManyRequests: fault.Throttled, http.StatusServiceUnavailable: fault.Unavailable,
	}[resp.StatusCode]
	if code == "" {
		code = fault.UnknownOutcome
	}
	return nil, fault.Errorf(code, "%s %s: %s: %s", method, path, resp.Status, strings.TrimSpace(string(said)))
}

// list yields the objects of a kind, which the inventory sends one on a line.
func list[T any](ctx context.Context, c Client, path string) iter.Seq2[any, error] {
	return func(yield func(any, error) bool) {
		answer, err := c.send(ctx, http.MethodGet, path, http.NoBody)
		if err != nil {
			yield(nil, err)
			return
		}
		defer answer.Close() //nolint:errcheck // it was read
		for d := json.NewDecoder(answer); ; {
			d.UseNumber()
			x := new(T)
			switch err := d.Decode(x); {
			case err == io.EOF: //nolint:errorlint // Decode returns it as it is
				return
			case err != nil:
				yield(nil, fmt.Errorf("read %s: %w", path, err))
				return
			case !yield(x, nil):
				return
			}
		}
	}
}

// all yields what each of the lists does.
func all(lists ...iter.Seq2[any, error]) iter.Seq2[any, error] {
	return func(yield func(any, error) bool) {
		for _, l := range lists {
			for x, err := range l {
				if !yield(x, err) {
					return
				}
			}
		}
	}
}
