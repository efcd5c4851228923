package nautobot

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/cenkalti/backoff/v5"
	"golang.org/x/time/rate"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// agent is who we say we are.
const agent = "Plumbline (https://github.com/plumbline-sync/plumbline)"

// longest is how much of an answer is read; a page of 1,000 objects has a few megabytes.
const longest = 256 << 20

// tries is how often a request that only reads is sent before it is given up.
const tries = 6

// client sends requests to one Nautobot.
type client struct {
	base    *url.URL
	shown   string // base without a user
	token   string
	http    *http.Client
	pace    *pace
	limiter *rate.Limiter // nil: no limit
	log     *slog.Logger
	pause   time.Duration // before the second try
}

// answer is what came back: canonical JSON.
type answer struct {
	status  int
	value   record.Value // nil where there was none
	version string       // of the API, as the server says it
}

func newClient(c *Config, dir string, log *slog.Logger) (*client, error) {
	base, err := c.place()
	if err != nil {
		return nil, err
	}
	token, err := c.Token.Reveal()
	if err != nil {
		return nil, err
	}
	t := &http.Transport{
		Proxy: http.ProxyFromEnvironment, MaxIdleConnsPerHost: c.Connections + 1, MaxConnsPerHost: c.Connections + 1, IdleConnTimeout: 30 * time.Second,
		TLSHandshakeTimeout: 15 * time.Second, ResponseHeaderTimeout: c.Timeout, DialContext: (&net.Dialer{Timeout: 15 * time.Second}).DialContext,
	}
	if !c.Proxy.IsZero() {
		p, err := c.Proxy.Reveal()
		if err != nil {
			return nil, err
		}
		u, err := url.Parse(p)
		if err != nil || u.Host == "" {
			return nil, fault.Errorf(fault.Invalid, "proxy: want http://HOST:PORT (got something else)")
		}
		t.Proxy = http.ProxyURL(u)
	}
	if c.CAFile != "" {
		file := c.CAFile
		if !filepath.IsAbs(file) {
			file = filepath.Join(dir, file)
		}
		pem, err := os.ReadFile(file)
		if err != nil {
			return nil, fault.Errorf(fault.Invalid, "ca_file: %w", err)
		}
		pool, err := x509.SystemCertPool()
		if err != nil {
			pool = x509.NewCertPool()
		}
		if !pool.AppendCertsFromPEM(pem) {
			return nil, fault.Errorf(fault.Invalid, "ca_file: there is no certificate in it (got %q)", c.CAFile)
		}
		t.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	}
	cl := &client{base: base, shown: base.Redacted(), token: token, pace: newPace(c.Connections), log: log, pause: 250 * time.Millisecond}
	cl.http = &http.Client{Transport: t, Timeout: c.Timeout, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	if c.PerSecond > 0 {
		cl.limiter = rate.NewLimiter(rate.Limit(c.PerSecond), max(1, int(c.PerSecond)))
	}
	return cl, nil
}

// read sends a request that changes nothing, again where it does not get through. The answer is one of success.
func (c *client) read(ctx context.Context, method, path string, query url.Values, body []byte) (*answer, error) {
	pause := c.pauses()
	for try := 1; ; try++ {
		a, wait, err := c.once(ctx, method, path, query, body)
		if err == nil && a.status >= 300 {
			err = refused(method, path, a)
		}
		if err == nil || ctx.Err() != nil || try >= tries || !again(err) {
			return a, err
		}
		c.log.Warn("Nautobot did not answer as it should; asking again", "request", method+" "+path, "try", try, "error", err.Error())
		if !sleep(ctx, max(wait, pause.NextBackOff())) {
			return nil, ctx.Err()
		}
	}
}

// again reports whether a request that only reads is worth sending again.
func again(err error) bool { return fault.Retryable(err) || fault.Is(err, fault.UnknownOutcome) }

// write sends a request that changes something, so many records, once. It is sent again only where it surely was not taken: told to wait.
// The error is UnknownOutcome where it may have been carried out; what the server refused is an answer.
func (c *client) write(ctx context.Context, method, path string, records int, body []byte) (*answer, error) {
	pause := c.pauses()
	for try := 1; ; try++ {
		a, wait, err := c.once(ctx, method, path, nil, body)
		if err == nil && a.status < 300 {
			c.pace.wrote(method+" "+path, records)
		}
		if !fault.Is(err, fault.Throttled) || try >= tries || !sleep(ctx, max(wait, pause.NextBackOff())) {
			return a, err
		}
	}
}

func (c *client) pauses() *backoff.ExponentialBackOff {
	b := backoff.NewExponentialBackOff()
	b.InitialInterval, b.MaxInterval = c.pause, 20*time.Second
	return b
}

func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// once sends a request and reads its answer. wait is how long the server asks to wait.
func (c *client) once(ctx context.Context, method, path string, query url.Values, body []byte) (a *answer, wait time.Duration, err error) {
	if err := c.pace.take(ctx); err != nil {
		return nil, 0, err
	}
	defer c.pace.give()
	defer func() {
		if slow, ok := errors.AsType[net.Error](err); fault.Is(err, fault.Throttled) || fault.Is(err, fault.Unavailable) || ok && slow.Timeout() && ctx.Err() == nil {
			c.pace.complained()
		}
	}()
	if c.limiter != nil {
		if err := c.limiter.Wait(ctx); err != nil {
			return nil, 0, err
		}
	}
	u := c.base.JoinPath("api", path, "/")
	u.RawQuery = query.Encode()
	req, err := http.NewRequestWithContext(ctx, method, u.String(), bytes.NewReader(body))
	if err != nil {
		return nil, 0, fault.Wrap(fault.Invalid, err)
	}
	req.GetBody = nil // the transport shall not send anything twice by itself
	req.Header.Set("Authorization", "Token "+c.token)
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", agent)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := c.http.Do(req)
	if err != nil {
		return nil, 0, c.unsent(ctx, method, path, err)
	}
	defer func() { _ = res.Body.Close() }() // it was read
	raw, err := io.ReadAll(io.LimitReader(res.Body, longest))
	if err != nil {
		if ctx.Err() != nil {
			return nil, 0, ctx.Err()
		}
		return nil, 0, fault.Errorf(fault.UnknownOutcome, "%s %q: the answer broke off: %w", method, path, err)
	}
	if s, err := strconv.Atoi(res.Header.Get("Retry-After")); err == nil && s > 0 {
		wait = min(time.Duration(s)*time.Second, 5*time.Minute)
	}
	a, err = c.answer(method, path, res, raw)
	return a, wait, err
}

// unsent codes the error of a request that got no answer.
func (c *client) unsent(ctx context.Context, method, path string, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err // without the address, which stands in front
	}
	var op *net.OpError
	var dns *net.DNSError
	switch {
	case errors.As(err, &dns):
		return fault.Errorf(fault.Unavailable, "reach %q: there is no host %q", c.shown, dns.Name)
	case isTLS(err):
		return fault.Errorf(fault.Invalid, "reach %q: its certificate is not trusted (ca_file names more to trust): %w", c.shown, err)
	case errors.As(err, &op) && (op.Op == "dial" || op.Op == "proxyconnect"):
		return fault.Errorf(fault.Unavailable, "reach %q: %w", c.shown, err)
	}
	if slow, ok := errors.AsType[net.Error](err); ok && slow.Timeout() {
		err = fmt.Errorf("%w: %w", errTooSlow, err)
	}
	return fault.Errorf(fault.UnknownOutcome, "%s %q: no answer: %w", method, path, err)
}

func isTLS(err error) bool {
	var v *tls.CertificateVerificationError
	var r tls.RecordHeaderError
	var a tls.AlertError
	return errors.As(err, &v) || errors.As(err, &r) || errors.As(err, &a)
}
