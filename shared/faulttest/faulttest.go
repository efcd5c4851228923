// Package faulttest stands between a client and a server in tests and makes faults: over HTTP by rules, over TCP by cutting the line or garbling what comes over it.
package faulttest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"
)

// Rule says which requests meet a fault.
type Rule struct {
	// Match picks requests; nil: every one.
	Match func(*http.Request) bool
	// Skip is how many of them pass first.
	Skip int
	// Times is how many of them then meet the fault; 0: all, for good.
	Times int
	// Fault is what they meet.
	Fault Fault
}

// Fault answers a request in the server's place. pass asks the server and returns its answer; one that is not called leaves the server untouched.
type Fault func(w http.ResponseWriter, r *http.Request, pass func() *Answer)

// Answer is what the server answered, read whole.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Proxy passes requests on to a server, with faults. It may be used by many clients at once.
type Proxy struct {
	// URL is its address, "http://127.0.0.1:port".
	URL string

	upstream  *url.URL
	transport http.RoundTripper

	mu    sync.Mutex
	rules []*counted
	seen  int
	hit   int
}

type counted struct {
	Rule
	met int
}

// HTTP starts a proxy before the server at the address; it ends with the test. A nil transport speaks plain HTTP. The header Host goes on as it came, since signatures cover it.
func HTTP(t testing.TB, upstream string, transport http.RoundTripper) *Proxy {
	t.Helper()
	u, err := url.Parse(upstream)
	if err != nil {
		t.Fatal(err)
	}
	if transport == nil {
		own := &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 32}
		t.Cleanup(own.CloseIdleConnections)
		transport = own
	}
	p := &Proxy{upstream: u, transport: transport}
	s := httptest.NewServer(p)
	p.URL = s.URL
	t.Cleanup(func() {
		s.CloseClientConnections()
		s.Close()
	})
	return p
}

// Set puts these rules in the place of all earlier ones, and counts anew.
func (p *Proxy) Set(rules ...Rule) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rules, p.seen, p.hit = nil, 0, 0
	for _, r := range rules {
		p.rules = append(p.rules, &counted{Rule: r})
	}
}

// Counts returns how many requests came since Set, and how many of them met a fault.
func (p *Proxy) Counts() (seen, hit int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.seen, p.hit
}

// pick returns the fault of a request; nil: none.
func (p *Proxy) pick(r *http.Request) Fault {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen++
	for _, c := range p.rules {
		if c.Match != nil && !c.Match(r) {
			continue
		}
		c.met++
		if c.met > c.Skip && (c.Times == 0 || c.met <= c.Skip+c.Times) {
			p.hit++
			return c.Fault
		}
	}
	return nil
}

// ServeHTTP implements http.Handler.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // who asked is gone
	}
	r.Body = io.NopCloser(bytes.NewReader(body)) // for rules that look at it
	// What reached the server is done there, whatever becomes of the client.
	pass := func() *Answer { return p.pass(context.WithoutCancel(r.Context()), r, body) }
	if f := p.pick(r); f != nil {
		f(w, r, pass)
		return
	}
	pass().write(w)
}

func (p *Proxy) pass(ctx context.Context, r *http.Request, body []byte) *Answer {
	out := r.Clone(ctx)
	out.RequestURI, out.URL.Scheme, out.URL.Host = "", p.upstream.Scheme, p.upstream.Host
	out.Body, out.ContentLength, out.TransferEncoding = io.NopCloser(bytes.NewReader(body)), int64(len(body)), nil
	if len(body) == 0 {
		out.Body = http.NoBody
	}
	out.Header.Del("Expect")
	resp, err := p.transport.RoundTrip(out)
	if err != nil {
		return &Answer{Status: http.StatusBadGateway, Header: http.Header{}, Body: []byte(err.Error())}
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return &Answer{Status: http.StatusBadGateway, Header: http.Header{}, Body: []byte(err.Error())}
	}
	return &Answer{Status: resp.StatusCode, Header: resp.Header, Body: text}
}

func (a *Answer) write(w http.ResponseWriter) {
	maps.Copy(w.Header(), a.Header)
	w.WriteHeader(a.Status)
	_, _ = w.Write(a.Body) // who asked may be gone
}

// Say is the fault of a server that answers so and does nothing.
func Say(status int, contentType, body string) Fault {
	return func(w http.ResponseWriter, _ *http.Request, _ func() *Answer) {
		a := &Answer{Status: status, Header: http.Header{"Content-Type": {contentType}}, Body: []byte(body)}
		a.write(w)
	}
}

// Reset is the fault of a connection that is reset before the server heard of the request.
func Reset(w http.ResponseWriter, _ *http.Request, _ func() *Answer) { cut(w, "") }

// Lose is the fault of a connection that is reset after the server did as it was told.
func Lose(w http.ResponseWriter, _ *http.Request, pass func() *Answer) {
	pass()
	cut(w, "")
}

// Truncate is the fault of an answer that ends in its middle.
func Truncate(w http.ResponseWriter, _ *http.Request, pass func() *Answer) {
	a := pass()
	head := a.head()
	if len(a.Body) == 0 {
		cut(w, head[:len(head)/2])
		return
	}
	cut(w, head+string(a.Body[:len(a.Body)/2]))
}

// Garble is the fault of an answer that arrives with other bytes in it. One without a body arrives as something that is no HTTP.
func Garble(w http.ResponseWriter, _ *http.Request, pass func() *Answer) {
	a := pass()
	if len(a.Body) == 0 {
		cut(w, "HTTP/9.9 2oo ~~\x00~~\r\n\r\n")
		return
	}
	body := bytes.Clone(a.Body)
	for i := len(body) / 3; i <= len(body)/2; i++ {
		body[i] ^= 0x15
	}
	cut(w, a.head()+string(body))
}

// Slow is the fault of a server that does as it is told, and answers late.
func Slow(d time.Duration) Fault {
	return func(w http.ResponseWriter, r *http.Request, pass func() *Answer) {
		a := pass()
		select {
		case <-time.After(d):
			a.write(w)
		case <-r.Context().Done():
		}
	}
}

// head returns an answer's first lines, as for its whole body.
func (a *Answer) head() string {
	var b bytes.Buffer
	fmt.Fprintf(&b, "HTTP/1.1 %d %s\r\n", a.Status, http.StatusText(a.Status))
	h := a.Header.Clone()
	if len(a.Body) > 0 {
		h.Set("Content-Length", fmt.Sprint(len(a.Body)))
	}
	_ = h.Write(&b) // a buffer takes all
	b.WriteString("\r\n")
	return b.String()
}

// cut sends what is left of an answer and resets the connection; whole answers among them are read before that.
func cut(w http.ResponseWriter, rest string) {
	c, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if rest == "" {
		if tcp, ok := c.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0) // a reset instead of an end
		}
	}
	_, _ = c.Write([]byte(rest)) // who asked may be gone
	_ = c.Close()
}
