package faulttest_test

import (
	"io"
	"net/http"
	"net/http/httptest"
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
