package dashboard

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/step"
)

// homePage is every job with how it stands.
type homePage struct {
	Since     string      `json:"-"`                 // address of what went wrong since yesterday
	NoJobs    string      `json:"no_jobs,omitempty"` // what to do where there are none
	Listed    string      `json:"listed,omitempty"`  // which jobs are listed
	Attention []attention `json:"attention"`         // the newest first
	More      []attention `json:"more_attention,omitempty"`
	Running   []*progress `json:"running"`
	Jobs      []*jobCard  `json:"jobs"`
}

// attention is a run that needs a person: nothing since made up for it.
type attention struct {
	Run    *run.Run `json:"run"`
	Advice advice   `json:"advice"`
}

// jobCard is a job in a list.
type jobCard struct {
	Name      string     `json:"name"`
	Title     string     `json:"title"`
	Source    sideLabel  `json:"source"`
	Target    sideLabel  `json:"target"`
	Direction string     `json:"direction,omitempty"`
	Schedule  *nextRun   `json:"schedule,omitempty"`
	Problem   string     `json:"problem,omitempty"` // why the job cannot be read
	Unseen    bool       `json:"unseen,omitempty"`  // it is known by its schedule alone: its file is where runs find it and pages do not
	Last      *run.Run   `json:"last,omitempty"`
	waits     *run.Run   // what needs a person
	DryOnly   int64      `json:"dry_only,omitempty"` // so many of the last runs were dry runs, and those before were not looked at
	Strip     []*outcome `json:"strip"`              // the last runs, oldest first
}

// sideLabel is one side of a job in a few words.
type sideLabel struct {
	Label   string `json:"label"`
	Adapter string `json:"adapter,omitempty"`
	Icon    string `json:"icon,omitempty"` // a name of drawings, or one or two characters
	Drawn   bool   `json:"-"`
}

// outcome is a run as a mark in a strip.
type outcome struct {
	ID     string     `json:"id"`
	Status run.Status `json:"status"`
	DryRun bool       `json:"dry_run"`
	Said   string     `json:"said"`
	X      int        `json:"-"`
}

// progress is a run at work.
type progress struct {
	Run   *run.Run   `json:"run"`
	Steps []*stepRow `json:"steps"` // that are at work
}

// stripLength is how many runs a strip has.
const stripLength = 20

// attentionShown is how many jobs that need a person are shown at once.
const attentionShown = 5

func (d *Dashboard) home(r *http.Request) (*view, error) {
	ctx := r.Context()
	names, err := d.jobNames(r)
	if err != nil {
		return nil, err
	}
	p := &homePage{Since: d.sinceYesterday(), Listed: d.Hide(d.Listed)}
	if len(names) == 0 {
		p.NoJobs = d.Hide(d.NoJobs)
	}
	for _, name := range names {
		c, err := d.card(r, name)
		if err != nil {
			return nil, err
		}
		p.Jobs = append(p.Jobs, c)
		if c.waits != nil {
			p.Attention = append(p.Attention, attention{d.clean(c.waits), d.adviceFor(c.waits)[0]})
		}
	}
	slices.SortStableFunc(p.Attention, func(a, b attention) int { return b.Run.Started.Compare(a.Run.Started) })
	shown := min(len(p.Attention), attentionShown)
	p.Attention, p.More = p.Attention[:shown], p.Attention[shown:]
	open, err := d.Env.Runs.List(ctx, run.Filter{Status: run.Running, Limit: 20})
	if err != nil {
		return nil, err
	}
	for _, o := range open {
		steps, err := d.Env.Runs.Steps(ctx, o.ID)
		if err != nil {
			return nil, err
		}
		pr := &progress{Run: d.clean(o)}
		for _, s := range step.InOrder(steps) {
			if s.Status == string(run.Running) {
				s.Error = d.Hide(s.Error)
				pr.Steps = append(pr.Steps, &stepRow{Step: s, Left: doneOf(s)})
			}
		}
		p.Running = append(p.Running, pr)
	}
	v := &view{page: "home", title: "Jobs", data: p}
	if len(open) > 0 {
		v.live = 2
	}
	return v, nil
}

// jobNames returns the jobs that may be started or that have runs.
func (d *Dashboard) jobNames(r *http.Request) ([]string, error) {
	names, err := d.Env.Runs.Jobs(r.Context())
	if fault.Is(err, fault.NotFound) {
		return nil, lostError{err}
	}
	if err != nil {
		return nil, err
	}
	if d.Jobs != nil {
		more, err := d.Jobs(r.Context())
		if err != nil {
			return nil, err
		}
		names = append(names, more...)
	}
	slices.Sort(names)
	return slices.DeleteFunc(slices.Compact(names), func(name string) bool { return name == "" }), nil // a run that was refused at once is of no job
}

// card returns a job with its last runs. A job that cannot be read has its problem.
func (d *Dashboard) card(r *http.Request, name string) (*jobCard, error) {
	ctx := r.Context()
	c := &jobCard{Name: name, Title: name, Strip: []*outcome{}}
	last, err := d.Env.Runs.List(ctx, run.Filter{Job: name, Limit: stripLength})
	if err != nil {
		return nil, err
	}
	for _, l := range slices.Backward(last) {
		c.Strip = append(c.Strip, d.outcomeOf(l, len(c.Strip)))
	}
	if len(last) > 0 {
		c.Last, c.waits = d.clean(last[0]), waiting(last)
		if c.waits == nil && len(last) == stripLength && !slices.ContainsFunc(last, func(r *run.Run) bool { return !r.DryRun }) { // the last sync was before them
			sync, among, err := d.Env.Runs.LastSync(ctx, name)
			if err != nil {
				return nil, err
			}
			if c.DryOnly = int64(among); sync != nil {
				c.waits = waiting([]*run.Run{sync})
			}
		}
		for _, l := range slices.Backward(last) { // one that ended at its start knows no sides
			c.Source.Label, c.Target.Label = cmp.Or(d.Hide(l.Source), c.Source.Label), cmp.Or(d.Hide(l.Target), c.Target.Label)
		}
	}
	c.Schedule = d.nextOf(name, last)
	j, err := d.Env.ReadJob(ctx, name)
	switch {
	case err == nil:
		c.Title, c.Direction = j.Title, directionOf(j)
		c.Source, c.Target = d.labelOf(j.Source, c.Source.Label), d.labelOf(j.Target, c.Target.Label)
	case fault.Is(err, fault.Unavailable), fault.Is(err, fault.Throttled), fault.Is(err, fault.Denied):
		return nil, err
	case fault.Is(err, fault.NotFound) && c.Last == nil && c.Schedule != nil:
		c.Unseen = true
	default:
		c.Problem = d.Hide(strings.SplitN(err.Error(), "\n", 2)[0])
	}
	return c, nil
}

func (d *Dashboard) outcomeOf(r *run.Run, at int) *outcome {
	said := r.Kind() + " " + string(r.Status)
	if r.Message != "" {
		said += ": " + d.Hide(r.Message)
	}
	return &outcome{ID: r.ID, Status: r.Status, DryRun: r.DryRun, Said: said, X: at * 11}
}

// labelOf names a side: by the job's own label, else as its runs describe it.
func (d *Dashboard) labelOf(s *job.Side, known string) sideLabel {
	l := sideLabel{Label: s.Label, Adapter: s.Adapter, Icon: s.Icon}
	if t := d.Env.Registry.Get(s.Adapter); l.Icon == "" && t != nil {
		l.Icon = t.Icon
	}
	if l.Drawn = slices.Contains(drawings(), l.Icon); !l.Drawn && (l.Icon == "" || utf8.RuneCountInString(l.Icon) > 2) {
		l.Icon, l.Drawn = "box", true
	}
	for _, other := range []string{known, s.Adapter} {
		if l.Label == "" {
			l.Label = other
		}
	}
	return l
}

// drawings are the icons of systems that the template icon draws.
func drawings() []string { return []string{"file", "database", "network", "cloud", "memory", "box"} }

func directionOf(j *job.Job) string {
	switch j.Direction {
	case "source":
		return "data source"
	case "target":
		return "data target"
	}
	return ""
}

// waiting returns the run of a job that waits for a person, of its last runs, the newest first; nil for none. A dry run makes up for those before it only: what a sync left stays until the next sync.
func waiting(last []*run.Run) *run.Run {
	looked := false // at a newer dry run
	for _, l := range last {
		switch {
		case l.DryRun && (looked || l.Status == run.Running):
		case needsPerson(l):
			return l
		case !l.DryRun:
			return nil
		default:
			looked = true
		}
	}
	return nil
}

// needsPerson reports whether a run ended such that somebody has to look.
func needsPerson(r *run.Run) bool {
	return r.Status != run.Running && (r.Status != run.Succeeded || step.WouldRefuse(r))
}
