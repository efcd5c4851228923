package secret

import (
	"context"
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/plumbline-sync/plumbline/shared/fault"
)

// Resolver looks up secrets.
type Resolver interface {
	// Resolve returns the secret that the reference stands for. NotFound: there is none; Denied: it may not be read; Invalid: this resolver does not know the kind.
	// The error never holds a secret.
	Resolve(ctx context.Context, kind, name string) (string, error)
}

// Forgetter is a Resolver that keeps what it found, and can be told that it may be out of date.
type Forgetter interface {
	Resolver
	// Forget drops what is kept: each secret is looked up once more when it is asked for next.
	Forget()
}

// Renew resolves the references in config anew, whether they were resolved or not, after a login was refused: a secret may have been changed since.
// It reports false, and does nothing, where there is nothing to gain: r keeps nothing, or config holds no reference.
func Renew(ctx context.Context, r Resolver, config any) (*Redactor, bool, error) {
	f, ok := r.(Forgetter)
	if !ok || config == nil {
		return nil, false, nil
	}
	w := walker{known: map[Ref]found{}, anew: true}
	forgotten := false
	w.resolve = func(ref Ref) (string, error) {
		if !forgotten {
			f.Forget()
			forgotten = true
		}
		return f.Resolve(ctx, ref.Kind, ref.Name)
	}
	w.walk("", reflect.ValueOf(config))
	return w.end(forgotten)
}

// Env returns the resolver of a laptop: environment variables. The other kinds are refused with an answer that says what they need.
func Env() Resolver { return env{} }

// Variables returns the resolver of the environment variables that allowed allows (nil: all), for where a job must not read just any.
func Variables(allowed func(name string) bool) Resolver { return env{allowed} }

type env struct{ allowed func(string) bool }

var _ Resolver = env{}

// Resolve implements Resolver. A variable that is set but empty stands for the empty text.
func (e env) Resolve(_ context.Context, kind, name string) (string, error) {
	if kind != "env" {
		return "", fault.Errorf(fault.Invalid, "resolve ${%s:%s}: references of kind %q are read from AWS; here only ${env:NAME} is", kind, name, kind)
	}
	if e.allowed != nil && !e.allowed(name) {
		return "", fault.Errorf(fault.Denied, "environment variable %q: a job may not read it here; those are for jobs whose names begin with PLUMB_", name)
	}
	v, ok := os.LookupEnv(name)
	if !ok {
		return "", fault.Errorf(fault.NotFound, "environment variable %q is not set", name)
	}
	return v, nil
}

// ResolveAll resolves in place every Text that can be reached from config (a pointer) through exported fields, pointers, slices and maps, and returns the redactor of what it found.
// A reference that stands in several places is looked up once. All that go wrong are reported in one error, each with the path of its field; its code is the first one's.
func ResolveAll(ctx context.Context, r Resolver, config any) (*Redactor, error) {
	w := walker{known: map[Ref]found{}, resolve: func(ref Ref) (string, error) { return r.Resolve(ctx, ref.Kind, ref.Name) }}
	if config != nil {
		w.walk("", reflect.ValueOf(config))
	}
	red, _, err := w.end(true)
	return red, err
}

func (w *walker) end(any bool) (*Redactor, bool, error) {
	if len(w.errs) > 0 {
		return w.red.sorted(), any, fault.Wrap(fault.Of(w.errs[0]), errors.Join(w.errs...))
	}
	return w.red.sorted(), any, nil
}

type found struct {
	text string
	err  error
}

// walker goes through a config and resolves what it meets.
type walker struct {
	resolve func(Ref) (string, error)
	anew    bool // what is resolved already is resolved again
	known   map[Ref]found
	red     Redactor
	errs    []error
	visit   func(*Text) // set: each text is shown to it, and nothing resolved
}

func (w *walker) walk(path string, v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			w.walk(path, v.Elem())
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			w.walk(fmt.Sprintf("%s[%d]", path, i), v.Index(i))
		}
	case reflect.Map:
		for _, k := range v.MapKeys() {
			e := reflect.New(v.Type().Elem()).Elem() // what a map holds cannot be set in place
			e.Set(v.MapIndex(k))
			w.walk(join(path, fmt.Sprint(k)), e)
			v.SetMapIndex(k, e)
		}
	case reflect.Struct:
		if !v.CanAddr() { // the value of an interface
			return
		}
		if t, ok := reflect.TypeAssert[*Text](v.Addr()); ok {
			w.text(path, t)
			return
		}
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() {
				w.walk(join(path, nameOf(f)), v.Field(i))
			}
		}
	}
}

func (w *walker) text(path string, t *Text) {
	if t.IsZero() {
		return
	}
	if w.visit != nil {
		w.visit(t)
		return
	}
	if t.c.resolved && !w.anew {
		for _, p := range t.c.parts {
			w.red.add(p.secret)
		}
		return
	}
	parts := slices.Clone(t.c.parts)
	for i := range parts {
		p := &parts[i]
		if p.ref.Kind == "" {
			continue
		}
		if p.ref.Kind == variable {
			w.errs = append(w.errs, fault.Errorf(fault.Invalid, "%s: variable %q has no value: it has no default, and none is given", path, p.ref.Name))
			return
		}
		f, ok := w.known[p.ref]
		if !ok {
			f.text, f.err = w.resolve(p.ref)
			w.known[p.ref] = f
		}
		if f.err != nil {
			w.errs = append(w.errs, fault.Wrap(fault.Of(f.err), fmt.Errorf("%s: %w", path, f.err)))
			return
		}
		p.secret = f.text
		w.red.add(f.text)
	}
	t.c = &content{text: t.c.text, parts: parts, resolved: true}
}

func join(path, name string) string {
	if path == "" || name == "" {
		return path + name
	}
	return path + "." + name
}

// nameOf returns the name of a field as a job file has it; "" for an embedded struct.
func nameOf(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	if name == "" && !f.Anonymous {
		return f.Name
	}
	return name
}
