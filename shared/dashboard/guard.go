package dashboard

import (
	"crypto/subtle"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/plumbline-sync/plumbline/shared/fault"
)

// policy lets a page load only what the dashboard itself serves, and run no script but its own file.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// mostForm is how large a form may be.
const mostForm = 64 << 10

func (d *Dashboard) headers(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
}

// guard refuses what another site may have sent: a page of theirs whose name leads to this address (DNS rebinding), and a form of theirs.
func (d *Dashboard) guard(r *http.Request) error {
	if !slices.Contains(d.Hosts, strings.ToLower(r.Host)) {
		return guardError{
			error: fault.Errorf(fault.Denied, "the address %q is not one that this dashboard answers to", r.Host), alone: true,
			advice: "Open http://" + first(d.Hosts) + "/. For another name, start the dashboard with --host NAME.",
		}
	}
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return nil
	}
	foreign := guardError{error: fault.Errorf(fault.Denied, "the form was sent by another site; nothing was done"), advice: "If that was you, open the page here and send its own form."}
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" && site != "same-origin" && site != "none" {
		return foreign
	}
	if origin := r.Header.Get("Origin"); origin != "" {
		if u, err := url.Parse(origin); err != nil || !strings.EqualFold(u.Host, r.Host) {
			return foreign
		}
	}
	return nil
}

// genuine checks that a form was made by this dashboard since it was started.
func (d *Dashboard) genuine(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, mostForm)
	if err := r.ParseForm(); err != nil {
		return fault.Errorf(fault.Invalid, "read form: %w", err)
	}
	if subtle.ConstantTimeCompare([]byte(r.PostForm.Get("token")), []byte(d.token)) != 1 {
		return guardError{error: fault.Errorf(fault.Denied, "the form is of a dashboard that was restarted since; nothing was done"), advice: "Open the page again and send it once more."}
	}
	return nil
}

func first(list []string) string {
	if len(list) == 0 {
		return "127.0.0.1"
	}
	return list[0]
}
