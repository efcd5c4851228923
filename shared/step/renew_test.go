package step_test

import (
	"context"
	"iter"
	"strings"
	"testing"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/record"
	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/secret"
	"github.com/plumbline-sync/plumbline/shared/step"
)

// vault keeps a password that was changed behind its back.
type vault struct {
	kept, now string
	asked     int
}

func (v *vault) Resolve(context.Context, string, string) (string, error) {
	v.asked++
	if v.kept == "" {
		v.kept = v.now
	}
	return v.kept, nil
}

func (v *vault) Forget() { v.kept = "" }

type locked struct {
	Password secret.Text `json:"password"`
}

// guarded is a shelf behind a password, which is looked at when it is loaded.
type guarded struct {
	*shelf
	password, want string
}

func (g *guarded) Load(ctx context.Context, req adapter.Request) iter.Seq2[*record.Record, error] {
	if g.password != g.want {
		return func(yield func(*record.Record, error) bool) {
			yield(nil, fault.Errorf(fault.Denied, "login with %s refused", g.password))
		}
	}
	return g.shelf.Load(ctx, req)
}

// TestRefusedWrites: a secret that is changed before the first write, or in the midst of them, is looked up once more, and sync goes on; nothing is written twice, nothing left out.
func TestRefusedWrites(t *testing.T) {
	for _, c := range []struct {
		now     string
		after   int // so many writes
		succeed bool
	}{{"new-password", 0, true}, {"new-password", 4, true}, {"bad-password", 0, false}, {"bad-password", 4, false}} {
		w := newWorld(t)
		w.source.fill(9, "leaf")
		w.env.Secrets = &vault{kept: "old-password", now: c.now}
		w.job = strings.Replace(shelfJob, "adapter: shelf-target", `adapter: guarded, password: "${ssm:/x}"`, 1)
		opened, refused := "", 0
		w.target.deny = func(string) error {
			if w.target.writes < c.after || opened == "new-password" {
				return nil
			}
			refused++
			return fault.Errorf(fault.Denied, "login with %s refused", opened)
		}
		w.env.Registry.Add(&adapter.Type{
			Name: "guarded", Title: "a shelf", Target: true, Config: func() any { return &locked{} },
			New: func(_ context.Context, s adapter.Setup) (_ adapter.Source, err error) {
				opened, err = s.Config.(*locked).Password.Reveal()
				return w.target, err
			},
		})
		out, err := w.try(context.Background(), wetSync())
		want := map[bool]int{true: 9, false: c.after}[c.succeed]
		if got := out.Status == run.Succeeded && err == nil; got != c.succeed || w.target.writes != want || len(w.target.roles) != want || out.Written != (want > 0) {
			t.Errorf("%+v: %+v, %v, %d writes", c, out, err, w.target.writes)
		}
		if want := map[bool]int{true: 1, false: 2}[c.succeed]; refused != want || strings.Contains(out.Message, "password") {
			t.Errorf("%+v: refused %d times; %+v", c, refused, out)
		}
	}
}

// TestRefusedLogin: a secret that was changed is looked up once more, whether opening or loading is what is denied; a wrong one is tried no third time.
func TestRefusedLogin(t *testing.T) {
	for _, c := range []struct {
		now     string
		atOpen  bool
		succeed bool
		asked   int
	}{{"new-password", true, true, 2}, {"new-password", false, true, 2}, {"bad-password", true, false, 2}, {"bad-password", false, false, 2}} {
		w := newWorld(t)
		w.source.fill(3, "leaf")
		v := &vault{kept: "old-password", now: c.now}
		w.env.Secrets = v
		w.job = "source: {adapter: guarded, password: \"${ssm:/x}\"}\n" + shelfJob[len("\nsource: {adapter: shelf-source}\n"):]
		w.env.Registry.Add(&adapter.Type{
			Name: "guarded", Title: "a shelf", Config: func() any { return &locked{} },
			New: func(_ context.Context, s adapter.Setup) (adapter.Source, error) {
				p, err := s.Config.(*locked).Password.Reveal()
				if err == nil && c.atOpen && p != "new-password" {
					err = fault.Errorf(fault.Denied, "login with %s refused", p)
				}
				return &guarded{w.source, p, "new-password"}, err
			},
		})
		out, err := w.try(context.Background(), step.Input{Job: "shelf"})
		if got := out.Status == run.Succeeded && err == nil; got != c.succeed || v.asked != c.asked {
			t.Errorf("%+v: %+v, %v, asked %d times", c, out, err, v.asked)
		}
	}
}
