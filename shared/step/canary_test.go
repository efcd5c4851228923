package step_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"sync"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/faulttest"
)

// canary is a secret with all that makes trouble in JSON and in URLs.
const canary = `c4nary+S1ngs/"lOud"?&x=é%41 end`

type keeper struct{}

// Resolve implements secret.Resolver.
func (keeper) Resolve(context.Context, string, string) (string, error) { return canary, nil }

// wire keeps all that was sent to a service.
type wire struct {
	mu   sync.Mutex
	sent []byte
}

func (w *wire) listen(r *http.Request) bool {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return false
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sent = append(append(append(w.sent, r.URL.String()...), ' '), body...)
	return false
}

// TestCanary gives a job secrets, for an adapter that tells them in each of its errors, and looks for them in all that is sent to S3 and DynamoDB, in what the steps return, and in every object.
func TestCanary(t *testing.T) {
	c := newCloud(t)
	var heard wire
	s := c.site(t)
	s.secrets = keeper{}
	s.job = "source: {adapter: guarded, password: \"${ssm:/x}\"}\n" + shelfJob[len("\nsource: {adapter: shelf-source}\n"):]
	told := errorf(fault.Invalid)
	s.extra = &adapter.Type{
		Name: "guarded", Title: "a shelf", Target: true, Config: func() any { return &locked{} },
		New: func(_ context.Context, set adapter.Setup) (adapter.Source, error) {
			p, err := set.Config.(*locked).Password.Reveal()
			if err == nil {
				set.Log.Info("opened with "+p, "password", p)
				err = told(p)
			}
			return &guarded{s.source, p, canary}, err
		},
	}
	listen := func() {
		c.objects.Set(faulttest.Rule{Match: heard.listen})
		c.table.Set(faulttest.Rule{Match: heard.listen})
	}
	listen()
	for _, code := range []fault.Code{"", fault.Invalid, fault.Denied, fault.Unavailable} {
		told = errorf(code)
		id, out := s.execute(wetSync())
		text, err := json.Marshal(out)
		if err != nil {
			t.Fatal(err)
		}
		heard.sent = append(heard.sent, text...)
		t.Logf("%s: %+v", id, out)
	}
	n := 0
	for o, err := range s.bucket.List(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		text, err := s.bucket.Get(t.Context(), o.Name)
		if err != nil {
			t.Fatal(err)
		}
		if z, err := zstd.NewReader(bytes.NewReader(text)); err == nil {
			plain, _ := io.ReadAll(z) // what is no such file gives nothing
			z.Close()
			text = append(text, plain...)
		}
		heard.sent = append(heard.sent, text...)
		n++
	}
	js, _ := json.Marshal(canary)
	twice, _ := json.Marshal(string(js))
	for _, spelling := range []string{canary, string(js[1 : len(js)-1]), string(twice[3 : len(twice)-3]), url.QueryEscape(canary), url.PathEscape(canary), base64.StdEncoding.EncodeToString([]byte(canary))[:36], canary[:12]} {
		if i := bytes.Index(heard.sent, []byte(spelling)); i >= 0 {
			t.Errorf("the secret is told: %q", heard.sent[max(0, i-200):i+len(spelling)])
		}
	}
	if n < 10 || len(heard.sent) < 50_000 || !bytes.Contains(heard.sent, []byte("login with **redacted** refused")) {
		t.Errorf("%d objects and %d bytes were looked at", n, len(heard.sent))
	}
}

// errorf makes errors that tell a password; "": none.
func errorf(code fault.Code) func(string) error {
	return func(p string) error {
		if code == "" {
			return nil
		}
		return fault.Errorf(code, "login with %s refused, as %q, %s", p, p, url.QueryEscape(p))
	}
}
