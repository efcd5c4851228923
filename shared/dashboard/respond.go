package dashboard

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/job"
)

// view is a page before it is written: the same content as HTML and as JSON.
type view struct {
	page  string // the template
	title string
	live  int // seconds after which the page looks again; 0: never
	data  any
	path  []crumb
}

// crumb is a step of the way to a page.
type crumb struct{ Name, Link string }

// maker makes a page.
type maker func(r *http.Request) (*view, error)

// frame is what every page is set into.
type frame struct {
	Title, Store, Token, Here string
	Live                      int
	Path                      []crumb
	Data                      any
	CanStart                  bool
}

// show serves a page.
func (d *Dashboard) show(m maker) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		err := d.refresh(r.Context())
		var v *view
		if err == nil {
			v, err = m(r)
		}
		if err != nil {
			d.refuse(w, r, err)
			return
		}
		d.write(w, r, http.StatusOK, v)
	}
}

// wantsJSON reports whether the request asks for the content as JSON.
func wantsJSON(r *http.Request) bool {
	if f := r.URL.Query().Get("format"); f != "" {
		return f == "json"
	}
	accept := r.Header.Get("Accept")
	return strings.Contains(accept, "application/json") && !strings.Contains(accept, "text/html")
}

func (d *Dashboard) write(w http.ResponseWriter, r *http.Request, status int, v *view) {
	var b bytes.Buffer
	kind := "text/html; charset=utf-8"
	var err error
	if wantsJSON(r) {
		kind = "application/json"
		e := json.NewEncoder(&b)
		e.SetIndent("", "  ")
		err = e.Encode(v.data)
	} else {
		f := frame{Title: v.title, Store: d.Store, Token: d.token, Here: r.URL.Path, Live: v.live, Path: v.path, Data: v.data, CanStart: d.Start != nil}
		err = d.pages[v.page].ExecuteTemplate(&b, "frame.html", f)
	}
	if err != nil { // a defect of ours
		http.Error(w, "internal error: this page could not be made", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Vary", "Accept")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // who left does not read it
}

// trouble is a page that says what went wrong and what to do.
type trouble struct {
	Status  int      `json:"status"`
	Code    string   `json:"code"`
	Title   string   `json:"title"`
	Message []string `json:"message"`
	Advice  string   `json:"advice,omitempty"`
	Link    string   `json:"link,omitempty"`  // of the run that it is about
	First   string   `json:"first,omitempty"` // the first page of the list that has not so many
	Alone   bool     `json:"-"`               // no other page has more
}

// refuse answers with an error as a page.
func (d *Dashboard) refuse(w http.ResponseWriter, r *http.Request, err error) {
	t := d.troubleOf(err)
	if t.Status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "5")
	}
	d.write(w, r, t.Status, &view{page: "trouble", title: t.Title, data: t})
}

// queryError is an error in what the address bar says.
type queryError struct{ error }

// guardError is what the dashboard itself refuses, with what to do instead; alone where its other pages would be refused too.
type guardError struct {
	error
	advice string
	alone  bool
}

// damageError is an error in what is stored.
type damageError struct{ error }

// lostError says that the run store itself is not there any more.
type lostError struct{ error }

// noStore says what to do where there is no run store.
const noStore = "With a stack: see whether it was deleted, and whether --region and --profile name the right account; then start the dashboard anew."

// closedError says why there is nothing to look at, from the start on.
type closedError struct{ error }

// neverError says why a run that was started got no record.
type neverError struct{ error }

// noPlanError says that a run has no plan, which the run's own page explains.
type noPlanError struct {
	error
	run string
}

func (e noPlanError) Unwrap() error { return e.error }
func (e lostError) Unwrap() error   { return e.error }
func (e closedError) Unwrap() error { return e.error }
func (e neverError) Unwrap() error  { return e.error }
func (e guardError) Unwrap() error  { return e.error }
func (e queryError) Unwrap() error  { return e.error }
func (e damageError) Unwrap() error { return e.error }

func (d *Dashboard) troubleOf(err error) *trouble {
	code := fault.Of(err)
	t := &trouble{Code: string(code)}
	for line := range strings.SplitSeq(err.Error(), "\n") {
		t.Message = append(t.Message, d.Hide(line))
	}
	say := func(status int, title, advice string) { t.Status, t.Title, t.Advice = status, title, advice }
	var bad queryError
	var end endError
	var guarded guardError
	var broken damageError
	var lost lostError
	var none noPlanError
	var never neverError
	var closed closedError
	var problems *job.Problems
	switch {
	case errors.As(err, &problems):
		say(http.StatusUnprocessableEntity, "The job file has problems", "Mend the file; nothing was read or written.")
	case errors.As(err, &broken):
		say(http.StatusInternalServerError, "What is kept of this run is damaged", "The target is not touched by that. Make a new plan: "+d.Command+" plan JOB.")
	case errors.As(err, &bad):
		say(http.StatusBadRequest, "The address asks for something that is not there", "Take the page's own links and fields, or begin at its first page.")
	case errors.As(err, &end):
		say(http.StatusNotFound, "There is no such page", "Begin at the first page of the list.")
		t.First = end.first
	case errors.As(err, &guarded):
		say(http.StatusForbidden, "Denied", guarded.advice)
		t.Alone = guarded.alone
	case errors.As(err, &none):
		say(http.StatusNotFound, "This run has no plan", "There are changes to look at once both sides are loaded and compared.")
		t.Link = "/runs/" + none.run
	case errors.As(err, &never):
		say(http.StatusNotFound, "The run came to nothing", "Nothing was written. It was started, and ended before it could be noted down: see what its functions may do, then start the job anew.")
	case errors.As(err, &closed) && code == fault.NotFound:
		say(http.StatusNotFound, "There is nothing to look at", noStore)
		t.Alone = true
	case errors.As(err, &lost):
		say(http.StatusNotFound, "The run store is not there", noStore)
	case code == fault.NotFound:
		say(http.StatusNotFound, "Not found", "A run may have been removed by "+d.Command+" runs prune. The lists below have what there is.")
	case code == fault.Denied:
		say(http.StatusForbidden, "Denied", "With a stack, these are your own credentials: sign in again, or ask for the right to read its table and bucket.")
	case code == fault.Conflict, code == fault.Refused:
		say(http.StatusConflict, "Not possible just now", "Look at the run that is in the way, and do it again when that has ended.")
	case code == fault.Invalid:
		say(http.StatusBadRequest, "That cannot be done", "Change what is asked for, and send it again.")
	case code == fault.Throttled, code == fault.Unavailable:
		say(http.StatusServiceUnavailable, "The run store does not answer", "Nothing is lost. Load the page again in a moment; where it stays so, see whether another process holds the store, or the network is down.")
	case code == fault.TimedOut, code == fault.Stopped:
		say(http.StatusGatewayTimeout, "It took too long", "Load the page again in a moment.")
	default:
		say(http.StatusInternalServerError, "Internal error", "This is a defect of Plumbline. The terminal that the dashboard was started in may say more.")
	}
	return t
}

// nothing answers for addresses without a page.
func (d *Dashboard) nothing(r *http.Request) (*view, error) {
	return nil, fault.Errorf(fault.NotFound, "there is no page %q", r.URL.Path)
}

// asset serves the style sheet, the script and the icon.
func (d *Dashboard) asset(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("file")
	kinds := map[string]string{"style.css": "text/css; charset=utf-8", "live.js": "text/javascript; charset=utf-8", "icon.svg": "image/svg+xml"}
	text, err := assets.ReadFile("assets/" + name)
	if err != nil || kinds[name] == "" {
		d.refuse(w, r, fault.Errorf(fault.NotFound, "there is no file %q", name))
		return
	}
	w.Header().Set("Content-Type", kinds[name])
	w.Header().Set("Cache-Control", "no-cache")
	_, _ = w.Write(text) //nolint:gosec // a file of ours; who left does not read it
}
