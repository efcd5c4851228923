package faulttest_test

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/plumbline-sync/plumbline/shared/faulttest"
)

// TestProxy: the request that a rule names meets its fault, those before and after it do not; only lost answers were asked for.
func TestProxy(t *testing.T) {
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		text, _ := io.ReadAll(r.Body)
		_, _ = io.WriteString(w, r.Host+" "+string(text)+" and so on")
	}))
	defer server.Close()
	p := faulttest.HTTP(t, server.URL, nil)
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}} // on a connection that was used before, net/http asks again by itself
	get := func() (string, error) {
		resp, err := client.Get(p.URL + "/x") //nolint:noctx // a test's
		if err != nil {
			return "", err
		}
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		return resp.Status + " " + string(text), err
	}
	want := "200 OK " + p.URL[len("http://"):] + "  and so on"
	for name, c := range map[string]struct {
		fault faulttest.Fault
		asked int // of three
		bad   bool
	}{
		"say": {faulttest.Say(500, "text/plain", "no"), 2, true}, "lose": {faulttest.Lose, 3, true},
		"truncate": {faulttest.Truncate, 3, true}, "garble": {faulttest.Garble, 3, true}, "slow": {faulttest.Slow(time.Millisecond), 3, false},
	} {
		p.Set(faulttest.Rule{Skip: 1, Times: 1, Fault: c.fault})
		asked = 0
		for n := range 3 {
			got, err := get()
			if good := err == nil && got == want; good == (n == 1 && c.bad) {
				t.Errorf("%s, request %d: %q, %v", name, n, got, err)
			}
		}
		if seen, hit := p.Counts(); seen != 3 || hit != 1 || asked != c.asked {
			t.Errorf("%s: %d requests, %d met it, the server was asked %d times", name, seen, hit, asked)
		}
	}
}

// TestLine: what is said over a line comes back until that is cut, for a while or for good, or garbled once; only what the server sends is garbled.
func TestLine(t *testing.T) {
	server, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	var strange atomic.Int32
	go func() {
		for {
			c, err := server.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				buf := make([]byte, 5)
				for {
					if _, err := io.ReadFull(c, buf); err != nil {
						return
					}
					if string(buf) != "hello" {
						strange.Add(1)
					}
					_, _ = c.Write(buf)
				}
			}()
		}
	}()
	line := faulttest.TCP(t, server.Addr().String())
	say := func() string { // over a connection of its own
		c, err := net.Dial("tcp", line.Address)
		if err != nil {
			return "refused"
		}
		defer c.Close()
		buf := make([]byte, 5)
		_, _ = io.WriteString(c, "hello") // what became of it shows in the answer
		if _, err := io.ReadFull(c, buf); err != nil {
			return "cut"
		}
		return string(buf)
	}
	const garbled = "\x00\x00\x00\x00\x00"
	for _, step := range []struct {
		name   string
		begin  func()
		want   []string
		struck int
	}{
		{"nothing", func() {}, []string{"hello", "hello"}, 0},
		{"cut twice", func() { line.CutAfter(12, 2) }, []string{"hello", "cut", "hello", "cut", "hello"}, 2},
		{"cut for good", func() { line.CutAfter(12, -1) }, []string{"hello", "cut", "cut", "cut"}, 1},
		{"garbled", func() { line.Garble(12) }, []string{"hello", garbled, "hello"}, 1},
		{"garbled, the server's first word", func() { line.Garble(1) }, []string{garbled, "hello"}, 1},
		{"told at a place", func() { line.At(12, func() { line.Garble(0) }) }, []string{"hello", garbled, "hello"}, 2},
	} {
		before := line.Struck()
		step.begin()
		for n, want := range step.want {
			if got := say(); got != want {
				t.Errorf("%s, word %d: %q, want %q", step.name, n, got, want)
			}
		}
		line.Mend()
		if struck := line.Struck() - before; struck != step.struck {
			t.Errorf("%s: it struck %d times, want %d", step.name, struck, step.struck)
		}
	}
	if n := strange.Load(); n > 0 {
		t.Errorf("the server heard %d strange words", n)
	}
}
