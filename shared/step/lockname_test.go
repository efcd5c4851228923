package step_test

import (
	"context"
	"net/url"
	"regexp"
	"testing"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/secret"
	"github.com/plumbline-sync/plumbline/shared/step"
)

// addressed is a target with an address, which names its lock.
type addressed struct {
	*shelf
	address *url.URL
}

// LockName implements adapter.Locker.
func (a addressed) LockName() string { return a.address.Host + a.address.Path }

// barred is the resolver of who may not read secrets: each that it is asked for is noted.
type barred struct{ asked []string }

// Resolve implements secret.Resolver.
func (l *barred) Resolve(ctx context.Context, kind, name string) (string, error) {
	if kind != "env" {
		l.asked = append(l.asked, kind+":"+name)
		return "", fault.Errorf(fault.Denied, "not for you")
	}
	return secret.Env().Resolve(ctx, kind, name)
}

// TestStartNamesTheLockWithoutSecrets: the same address is the same lock, whoever's password it is reached by, and start asks for no secret.
func TestStartNamesTheLockWithoutSecrets(t *testing.T) {
	t.Setenv("PLUMB_HOST", "db.example")
	for text, want := range map[string]string{
		"sky://app@db.example/assets":                             `^db\.example/assets$`,
		"sky://app:${ssm:/plumb/pw}@db.example/assets":            `^db\.example/assets$`,
		"sky://app:${secret:db#pw}@${env:PLUMB_HOST}/assets":      `^db\.example/assets$`,
		"sky://${ssm:/plumb/DB_Host}/assets":                      `^ssm-plumb-db-host-[0-9a-f]{8}/assets$`,
		"${secret:db#address}":                                    `^sky \$\{secret:db#address\}$`,
		"${ssm:/plumb/scheme}://${env:PLUMB_HOST}/${secret:name}": `^sky \$\{ssm:/plumb/scheme\} \$\{secret:name\}$`,
	} {
		t.Run(text, func(t *testing.T) {
			w := newWorld(t)
			type config struct {
				URL secret.Text `json:"url" required:"true" clear:"true"`
			}
			w.env.Registry.Add(&adapter.Type{
				Name: "sky", Title: "sky", Target: true, Config: func() any { return &config{} },
				New: func(_ context.Context, s adapter.Setup) (adapter.Source, error) {
					u, err := s.Config.(*config).URL.Reveal()
					if err != nil {
						return nil, err
					}
					address, err := url.Parse(u)
					if err != nil || address.Scheme != "sky" {
						return nil, fault.Errorf(fault.Invalid, "url: want sky://, got another scheme")
					}
					return addressed{w.target, address}, nil
				},
			})
			keys := &barred{}
			w.env.Secrets, w.env.Memo = keys, &step.Memo{}
			w.job = "source: {adapter: shelf-source}\ntarget: {adapter: sky, url: \"" + text + "\"}\nmodels:\n  device: {identifiers: [name], attributes: [role]}\npolicy: sync\n"
			if _, err := w.env.Start(t.Context(), step.StartIn{Run: "one", Input: wetSync()}); err != nil {
				t.Fatal(err)
			}
			r, err := w.env.Runs.Get(t.Context(), "one")
			if err != nil || !regexp.MustCompile(want).MatchString(r.LockName) {
				t.Errorf("the lock is %q, %v, want %s", r.LockName, err, want)
			}
			if keys.asked != nil {
				t.Errorf("start asked for %v", keys.asked)
			}
			// What start had in their place is not for those who open the target: they ask.
			if _, err := w.env.LoadTarget(t.Context(), step.In{Run: "one"}); (err != nil) != (len(secret.Kept(configOf(text))) > 0) {
				t.Errorf("load-target: %v", err)
			}
		})
	}
}

// configOf is a config with the text in it.
func configOf(text string) any {
	t, err := secret.Parse(text)
	if err != nil {
		panic(err)
	}
	return &struct{ URL secret.Text }{t}
}
