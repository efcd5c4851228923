package nautobot

import (
	"errors"
	"fmt"
	"mime"
	"net/http"
	"strings"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// What a server says that bears less in one request than it was sent.
var (
	errTooBig  = errors.New("the request is too big for the server")
	errTooSlow = errors.New("it took longer than the server, or we, wait for an answer")
)

// answer reads what came back. An error is one of the way there and back: throttled, not available, no JSON; what Nautobot itself has to say is an answer.
func (c *client) answer(method, path string, res *http.Response, raw []byte) (*answer, error) {
	a := &answer{status: res.StatusCode, version: res.Header.Get("API-Version")}
	media, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type"))
	what := fmt.Sprintf("%s %q", method, path)
	switch s := res.StatusCode; {
	case s >= 300 && s < 400:
		return nil, fault.Errorf(fault.Invalid, "%s: %s redirects to %q; url must be the address where Nautobot itself is", what, c.shown, res.Header.Get("Location"))
	case s == http.StatusRequestEntityTooLarge:
		return nil, fault.Wrap(fault.Invalid, fmt.Errorf("%s: %w (413)", what, errTooBig))
	case s == http.StatusGatewayTimeout:
		return nil, fault.Wrap(fault.UnknownOutcome, fmt.Errorf("%s: a gateway got no answer from Nautobot (504): %w", what, errTooSlow))
	case s == http.StatusTooManyRequests:
		return nil, fault.Errorf(fault.Throttled, "%s: the server asks to slow down (429)", what)
	case s == http.StatusServiceUnavailable:
		return nil, fault.Errorf(fault.Unavailable, "%s: the server is not available (503)", what)
	case s == http.StatusBadGateway:
		return nil, fault.Errorf(fault.UnknownOutcome, "%s: a gateway got no answer from Nautobot (%d)", what, s)
	case s == http.StatusNoContent || len(raw) == 0 && s < 300:
		return a, nil
	case media != "application/json" && media != "application/vnd.api+json" && s >= 500:
		return nil, fault.Errorf(fault.UnknownOutcome, "%s: the server has an error of its own (%d): %s", what, s, page(raw))
	case media != "application/json":
		return nil, fault.Errorf(fault.Invalid, "%s: want JSON, %s answers %d with %s; is url the address of a Nautobot?", what, c.shown, s, page(raw))
	}
	v, err := record.AppendCanonical(nil, raw)
	if err != nil {
		return nil, fault.Errorf(fault.UnknownOutcome, "%s: the answer (%d, %d bytes) is no whole JSON: %w", what, res.StatusCode, len(raw), err)
	}
	a.value = v
	return a, nil
}

// page says what an answer that is no JSON looks like.
func page(raw []byte) string {
	if _, rest, ok := strings.Cut(strings.ToValidUTF8(string(raw), ""), "<title>"); ok {
		title, _, _ := strings.Cut(rest, "</title>")
		return fmt.Sprintf("a page %q", shortened(strings.Join(strings.Fields(title), " ")))
	}
	return fmt.Sprintf("%q", shortened(strings.Join(strings.Fields(string(raw)), " ")))
}

func shortened(s string) string {
	if len(s) > 200 {
		return strings.ToValidUTF8(s[:200], "") + ".."
	}
	return s
}

// refused is the error of an answer that is not one of success, to a request as a whole.
func refused(method, path string, a *answer) error {
	what := fmt.Sprintf("%s %q", method, path)
	why := said(a.value)
	switch s := a.status; {
	case s == http.StatusUnauthorized || s == http.StatusForbidden:
		return fault.Errorf(fault.Denied, "%s: %s", what, why)
	case s == http.StatusNotFound:
		return fault.Errorf(fault.NotFound, "%s: Nautobot has nothing there", what)
	case s == http.StatusConflict:
		return fault.Errorf(fault.Conflict, "%s", why)
	case s == http.StatusNotAcceptable:
		return fault.Errorf(fault.Invalid, "%s: Nautobot speaks no version of its API that we do: %s", what, why)
	case text(a.value.Members().Get("exception")) == "RequestDataTooBig":
		return fault.Wrap(fault.Invalid, fmt.Errorf("%s: %w (%d): %s", what, errTooBig, s, why))
	case s >= 500 && lasting(a.value):
		if strings.Contains(why, "IntegrityError") {
			return fault.Errorf(fault.Conflict, "refused by the database of Nautobot: %s", why)
		}
		return fault.Errorf(fault.Invalid, "%s: the server has an error of its own (%d): %s", what, s, why)
	case s >= 500:
		return fault.Errorf(fault.UnknownOutcome, "%s: Nautobot has an error of its own (%d): %s", what, s, why)
	case taken(why):
		return fault.Errorf(fault.Conflict, "%s", why)
	}
	return fault.Errorf(fault.Invalid, "%s", why)
}

// lasting reports whether an error of the server comes of what it was sent, so that it comes again; then its transaction was rolled back.
func lasting(v record.Value) bool {
	switch text(v.Members().Get("exception")) {
	case "IntegrityError", "DataError", "ValidationError", "ValueError", "TypeError", "KeyError", "AttributeError", "RequestDataTooBig", "FieldError", "UnicodeEncodeError":
		return true
	}
	return false
}

// taken reports whether a refusal says that a unique key is taken.
func taken(why string) bool {
	return strings.Contains(why, "must make a unique set") || strings.Contains(why, "already exists") || strings.Contains(why, "IntegrityError") || strings.Contains(why, "must be unique")
}

// said returns Nautobot's own words in an error, each behind its field.
func said(v record.Value) string {
	var parts []string
	var walk func(at string, v record.Value)
	walk = func(at string, v record.Value) {
		switch {
		case len(v) == 0:
		case v[0] == '{':
			for _, m := range v.Members() {
				switch m.Name {
				case "non_field_errors", "detail", "__all__", "error", "message":
					walk(at, m.Value)
				case "django_version", "nautobot_version", "python_version", "netbox_version", "path", "locations":
				default:
					walk(strings.TrimPrefix(at+"."+m.Name, "."), m.Value)
				}
			}
		case v[0] == '[':
			for _, e := range v.Elements() {
				walk(at, e)
			}
		case at == "":
			parts = append(parts, v.String())
		default:
			parts = append(parts, at+": "+v.String())
		}
	}
	walk("", v)
	if parts == nil {
		return "it gives no reason"
	}
	return strings.Join(parts, "; ")
}

// elsewhere reports whether an error is about the way to the server and not about one record.
func elsewhere(err error) bool {
	switch fault.Of(err) {
	case fault.Invalid, fault.Conflict, fault.NotFound:
		return false
	}
	return true
}
