package nautobot

import (
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
)

// faults is about what goes wrong between us and a real server.
func faults(t *testing.T, b *bench) {
	empty(t, b.Server)
	call(t, b.Server, http.MethodPost, "tenancy/tenants/", `[{"name": "t0"}, {"name": "t1"}, {"name": "t2"}]`)
	t.Run("the way there", func(t *testing.T) { b.ways(t) })
	t.Run("permissions", func(t *testing.T) { b.permissions(t) })
	t.Run("what check asks", func(t *testing.T) { b.pings(t) })
	t.Run("others change it meanwhile", func(t *testing.T) { b.meanwhile(t) })
	t.Run("updates twice", func(t *testing.T) { b.twice(t) })
	t.Run("writes", func(t *testing.T) { b.writes(t) })
	t.Run("the audit", func(t *testing.T) { b.audits(t) })
	t.Run("loads", func(t *testing.T) { b.loads(t) })
	t.Run("resumed loads", func(t *testing.T) { b.resumed(t) })
	t.Run("references", func(t *testing.T) { b.references(t) })
	t.Run("parts of references", func(t *testing.T) { b.parts(t) })
	t.Run("a part beside the whole", func(t *testing.T) { b.besides(t) })
	t.Run("what a part refers to", func(t *testing.T) { b.partRefers(t) })
	t.Run("the same parts", func(t *testing.T) { b.sameParts(t) })
	t.Run("lists of references", func(t *testing.T) { b.lists(t) })
	t.Run("sizes", func(t *testing.T) { b.sizes(t) })
	t.Run("manners", func(t *testing.T) { b.manners(t) })
	t.Run("choices", func(t *testing.T) { b.choices(t) })
	t.Run("choices that are numbers", func(t *testing.T) { b.numbers(t) })
	t.Run("conditions", func(t *testing.T) { b.conditions(t) })
	t.Run("scopes", func(t *testing.T) { b.narrowed(t) })
	t.Run("finding", func(t *testing.T) { b.finds(t) })
	t.Run("kinds", func(t *testing.T) { b.kinds(t) })
	t.Run("a proxy", func(t *testing.T) { b.proxied(t) })
	t.Run("marks", func(t *testing.T) { b.marks(t) })
}

// answer answers every request alike.
func answering(status int, header, body string) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		if name, value, ok := strings.Cut(header, ": "); ok {
			w.Header().Set(name, value)
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body) // what the client makes of it is tested
		return true
	}
}

func (b *bench) ways(t *testing.T) {
	for name, c := range map[string]struct {
		fault func(http.ResponseWriter, *http.Request) bool
		code  fault.Code
		says  string
	}{
		"a redirect":          {answering(302, "Location: https://elsewhere/", ""), fault.Invalid, `redirects to "https://elsewhere/"`},
		"a page of HTML":      {answering(200, "Content-Type: text/html", "<title>Log  in</title>"), fault.Invalid, `a page "Log in"`},
		"a missing page":      {answering(404, "Content-Type: text/html", "<title>404</title>"), fault.Invalid, "is url the address of a Nautobot?"},
		"half an answer":      {answering(200, "Content-Type: application/json", `{"data": {"ten`), fault.UnknownOutcome, "no whole JSON"},
		"500 for good":        {answering(500, "Content-Type: application/json", `{"error": "it broke", "exception": "OperationalError"}`), fault.UnknownOutcome, "it broke"},
		"429 for good":        {answering(429, "", ""), fault.Throttled, "slow down"},
		"503 for good":        {answering(503, "", ""), fault.Unavailable, "503"},
		"no token":            {answering(403, "Content-Type: application/json", `{"detail": "Invalid token"}`), fault.Denied, "Invalid token"},
		"another GraphQL":     {answering(200, "Content-Type: application/json", `{"hello": 1}`), fault.Invalid, "has no data"},
		"an old Nautobot":     {b.version(t, "1.5"), fault.Invalid, "of version 2 or newer"},
		"a server of its own": {b.version(t, ""), fault.Invalid, "of version 2 or newer"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := b.open(t, b.proxy(t, c.fault), "").load("tenant")
			if !fault.Is(err, c.code) || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), b.token) {
				t.Errorf("got %s: %v\nwant %s with %q", fault.Of(err), err, c.code, c.says)
			}
		})
	}
	t.Run("faults for a while", func(t *testing.T) {
		var mu sync.Mutex
		tries := map[string]int{}
		s := b.open(t, b.proxy(t, func(w http.ResponseWriter, r *http.Request) bool {
			mu.Lock()
			tries[r.URL.Path]++
			n := tries[r.URL.Path]
			mu.Unlock()
			switch n % 5 {
			case 1:
				return answering(500, "Content-Type: application/json", `{"error": "it broke"}`)(w, r)
			case 2:
				panic(http.ErrAbortHandler) // the connection breaks
			case 3:
				return answering(502, "", "")(w, r)
			case 4:
				return answering(200, "Content-Type: application/json", `[1, 2`)(w, r)
			}
			return false
		}), "")
		if got, err := s.load("tenant"); err != nil || len(got) != 3 {
			t.Errorf("loaded %d tenants: %v", len(got), err)
		}
	})
	t.Run("nobody there", func(t *testing.T) {
		s := httptest.NewServer(http.NotFoundHandler())
		s.Close()
		if _, err := b.open(t, s.URL, "").load("tenant"); !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "refused") {
			t.Errorf("got %s: %v", fault.Of(err), err)
		}
	})
	t.Run("TLS", func(t *testing.T) {
		u, err := url.Parse(b.URL)
		if err != nil {
			t.Fatal(err)
		}
		s := httptest.NewTLSServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(u) }})
		defer s.Close()
		if _, err := b.open(t, s.URL, "").load("tenant"); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "ca_file") {
			t.Errorf("got %s: %v", fault.Of(err), err)
		}
		file := filepath.Join(t.TempDir(), "ca.pem")
		if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := b.open(t, s.URL, "  ca_file: "+file+"\n").load("tenant"); err != nil || len(got) != 3 {
			t.Errorf("with its certificate: loaded %d tenants: %v", len(got), err)
		}
	})
}

// version makes the server say another version of its API.
func (b *bench) version(t *testing.T, v string) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		body, _ := io.ReadAll(r.Body)
		req, err := http.NewRequestWithContext(r.Context(), r.Method, b.URL+r.URL.RequestURI(), strings.NewReader(string(body)))
		if err != nil {
			t.Error(err)
			return false
		}
		req.Header = r.Header
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			return false // nobody waits for it any more
		}
		defer func() { _ = res.Body.Close() }()
		text, _ := io.ReadAll(res.Body)
		w.Header().Set("API-Version", v)
		return answering(res.StatusCode, "Content-Type: application/json", string(text))(w, r)
	}
}

// permissions are about a token that may do less than the job needs.
func (b *bench) permissions(t *testing.T) {
	reader := b.reader(t, "reader", "tenancy.tenant", "dcim.location", "dcim.locationtype", "extras.status")
	user := reader.user
	s := reader.open(t, b.URL, "")
	if _, err := s.load("tenant"); !fault.Is(err, fault.Denied) || !strings.Contains(err.Error(), "dcim/interfaces") {
		t.Errorf("the token may not view interfaces: got %s: %v", fault.Of(err), err)
	}
	lines, err := s.Ping(t.Context(), s.setup.Models)
	for _, want := range []string{"may not view dcim/interfaces", "may not add to tenancy/tenants", "may not change tenancy/tenants", "may not delete from tenancy/tenants"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("ping does not say that the token %s:\n%v", want, err)
		}
	}
	if len(lines) < 2 || !strings.Contains(lines[0], "Nautobot 3.") || !strings.Contains(lines[1], "needs the permission to view users.token") {
		t.Errorf("ping says %q", lines)
	}
	c := s.change(adapter.Update, "tenant", "t0", nil, map[string]any{"description": " a"})
	if err := s.Audit(t.Context(), c); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), `keep " a" as "a"`) {
		t.Errorf("the audit of who may not create: %v", err)
	}
	var customs atomic.Int64
	s = reader.open(t, b.proxy(t, func(_ http.ResponseWriter, r *http.Request) bool {
		if strings.Contains(r.URL.Path, "custom-fields") {
			customs.Add(1)
		}
		return false
	}), "")
	for range 3 {
		if err := s.Audit(t.Context(), c); !fault.Is(err, fault.Invalid) {
			t.Error(err)
		}
	}
	if n := customs.Load(); n != 1 {
		t.Errorf("who may not see custom fields asked for them %d times", n)
	}
	call(t, b.Server, http.MethodPost, "users/permissions/", `{"name": "itself", "users": ["`+user+`"], "actions": ["view"], "object_types": ["users.token", "users.user", "users.objectpermission", "dcim.device"]}`)
	call(t, b.Server, http.MethodPost, "users/permissions/", `{"name": "some", "users": ["`+user+`"], "actions": ["view", "change"], "object_types": ["dcim.interface", "tenancy.tenant"], "constraints": {"name": "eth0"}}`)
	lines, _ = reader.open(t, b.URL, "").Ping(t.Context(), s.setup.Models)
	said := strings.Join(lines, "\n")
	for _, want := range []string{
		"the token is reader's", `port: by the permission "some" it may view, change only objects that match {"name":"eth0"}`, `tenant: by the permission "some" it may change only objects`,
	} {
		if !strings.Contains(said, want) {
			t.Errorf("ping does not say %q:\n%s", want, said)
		}
	}
	if _, err := b.SQL(t.Context(), `UPDATE users_token SET write_enabled = false WHERE key = '`+reader.token+`'`); err != nil {
		t.Fatal(err)
	}
	if _, err := reader.open(t, b.URL, "").Ping(t.Context(), s.setup.Models); err == nil || !strings.Contains(err.Error(), "the token may only read") {
		t.Errorf("ping of a token that may not write: %v", err)
	}
	wrong := &bench{Server: b.Server, token: "0000000000000000000000000000000000000000"}
	if _, err := wrong.open(t, b.URL, "").load("tenant"); !fault.Is(err, fault.Denied) {
		t.Errorf("with a wrong token: got %s: %v", fault.Of(err), err)
	}
}
