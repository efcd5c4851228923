package job

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/plumbline-sync/plumbline/shared/secret"
)

// An adapter's options are a struct of its own: each exported field with a json name is a key. Tags say the rest: doc (one line for people), required:"true",
// enum:"a,b" (the texts allowed), and of a secret.Text clear:"true" (it may stand without a reference: an address without password).

// option is one key that an adapter takes.
type option struct {
	name  string
	field reflect.StructField
	val   reflect.Value
}

// optionsOf returns the keys of a config struct (a pointer), in its order; those of embedded structs among them.
func optionsOf(config any) []option {
	if config == nil {
		return nil
	}
	v := reflect.Indirect(reflect.ValueOf(config))
	if v.Kind() != reflect.Struct {
		return nil
	}
	return structOptions(v)
}

func structOptions(v reflect.Value) []option {
	var os []option
	for i := range v.NumField() {
		f := v.Type().Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous && name == "" && f.Type.Kind() == reflect.Struct:
			os = append(os, structOptions(v.Field(i))...)
		case f.IsExported() && name != "" && name != "-":
			os = append(os, option{name, f, v.Field(i)})
		}
	}
	return os
}

func optionNames(config any) []string {
	var ns []string
	for _, o := range optionsOf(config) {
		ns = append(ns, o.name)
	}
	return ns
}

// options fills a config struct from the object's keys, but for those of the engine, and has it validated. Unknown keys were reported before.
func (r *reader) options(o object, engine []string, config any) {
	pending, before := false, len(r.found.List)
	for _, f := range optionsOf(config) {
		if slices.Contains(engine, f.name) {
			continue
		}
		if !o.has(f.name) {
			if f.field.Tag.Get("required") == "true" {
				o.missing(f.name, docOf(f.field))
			}
			continue
		}
		pending = r.decode(o.val(f.name), o.sub(f.name), f.val, f.field.Tag) || pending
	}
	v, ok := config.(interface{ Validate() []error })
	if !ok || pending {
		return // with a variable in it the config is checked once that is filled in
	}
	bad := map[string]bool{} // fields that were reported already
	for _, p := range r.found.List[before:] {
		bad[p.Path] = true
	}
	for _, err := range v.Validate() {
		field, text, ok := strings.Cut(err.Error(), ": ")
		if !ok || strings.ContainsAny(field, " \"") {
			r.problem(o.at, o.path, "%s", err)
			continue
		}
		head, _, _ := strings.Cut(strings.ReplaceAll(field, "[", "."), ".")
		if path := o.sub(field); !bad[path] && !bad[o.sub(head)] {
			r.problem(o.key(head), path, "%s", text)
		}
	}
}

// decode puts a node into a Go value. It reports whether a variable in it is not filled in yet.
func (r *reader) decode(n *node, path string, v reflect.Value, tag reflect.StructTag) (pending bool) {
	switch p := v.Addr().Interface().(type) {
	case *secret.Text:
		return r.secretText(n, path, p, tag.Get("clear") == "true")
	case *time.Duration:
		d, err := time.ParseDuration(n.text)
		if n.shape != shapeText || err != nil || d < 0 {
			r.problem(n.place, path, "want a time span such as 90s, 30m or 2h, got %s", n)
		}
		*p = d
		return n.pending
	case json.Unmarshaler:
		r.unmarshal(n, path, p)
		return n.pending
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		return r.decode(n, path, v.Elem(), tag)
	case reflect.Slice:
		return r.decodeList(n, path, v, tag)
	case reflect.Map:
		return r.decodeMap(n, path, v, tag)
	case reflect.Struct:
		return r.decodeStruct(n, path, v)
	case reflect.Interface:
		r.unmarshal(n, path, v.Addr().Interface())
		return n.pending
	}
	r.decodeScalar(n, path, v, tag)
	return n.pending
}

func (r *reader) decodeList(n *node, path string, v reflect.Value, tag reflect.StructTag) (pending bool) {
	if n.shape != shapeList {
		r.problem(n.place, path, "want a list, got %s", n)
		return n.pending
	}
	v.Set(reflect.MakeSlice(v.Type(), len(n.items), len(n.items)))
	for i, c := range n.items {
		pending = r.decode(c, fmt.Sprintf("%s[%d]", path, i), v.Index(i), tag) || pending
	}
	return pending
}

func (r *reader) decodeMap(n *node, path string, v reflect.Value, tag reflect.StructTag) (pending bool) {
	if n.shape != shapeMap {
		r.problem(n.place, path, "want a mapping, got %s", n)
		return n.pending
	}
	v.Set(reflect.MakeMap(v.Type()))
	for _, e := range n.entries {
		x := reflect.New(v.Type().Elem()).Elem()
		pending = r.decode(e.val, dot(path, e.key), x, tag) || pending
		v.SetMapIndex(reflect.ValueOf(e.key).Convert(v.Type().Key()), x)
	}
	return pending
}

func (r *reader) decodeStruct(n *node, path string, v reflect.Value) (pending bool) {
	fields := structOptions(v)
	var names []string
	for _, f := range fields {
		names = append(names, f.name)
	}
	o := r.object(n, n.place, path, names...)
	for _, f := range fields {
		switch {
		case o.has(f.name):
			pending = r.decode(o.val(f.name), o.sub(f.name), f.val, f.field.Tag) || pending
		case f.field.Tag.Get("required") == "true":
			o.missing(f.name, docOf(f.field))
		}
	}
	return pending
}

func (r *reader) decodeScalar(n *node, path string, v reflect.Value, tag reflect.StructTag) {
	switch v.Kind() {
	case reflect.String:
		if n.shape != shapeText {
			r.problem(n.place, path, "want a text, got %s%s", n, needsQuotes(n))
			return
		}
		if allowed := enumOf(tag); allowed != nil && !n.pending && !slices.Contains(allowed, n.text) {
			r.problem(n.place, path, "want %s, got %s%s", oneOf(allowed), n, meant(n.text, allowed))
		}
		v.SetString(n.text)
	case reflect.Bool:
		if n.shape != shapeBool {
			r.problem(n.place, path, "want true or false, got %s", n)
			return
		}
		v.SetBool(n.text == "true")
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		i, err := strconv.ParseInt(n.text, 10, 64)
		if n.shape != shapeNumber || err != nil || v.OverflowInt(i) {
			r.problem(n.place, path, "want a whole number, got %s", n)
			return
		}
		v.SetInt(i)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		i, err := strconv.ParseUint(n.text, 10, 64)
		if n.shape != shapeNumber || err != nil || v.OverflowUint(i) {
			r.problem(n.place, path, "want a whole number of at least 0, got %s", n)
			return
		}
		v.SetUint(i)
	case reflect.Float32, reflect.Float64:
		f, err := strconv.ParseFloat(n.text, 64)
		if n.shape != shapeNumber || err != nil {
			r.problem(n.place, path, "want a number, got %s", n)
			return
		}
		v.SetFloat(f)
	default:
		r.problem(n.place, path, "a job file cannot give this option: it is of the Go type %s", v.Type())
	}
}

// unmarshal hands a node as JSON to what reads that by itself.
func (r *reader) unmarshal(n *node, path string, to any) {
	src, err := appendJSON(nil, n)
	if err == nil {
		err = json.Unmarshal(src, to)
	}
	if err != nil {
		r.problem(n.place, path, "%s", err)
	}
}

func enumOf(tag reflect.StructTag) []string {
	if e := tag.Get("enum"); e != "" {
		return strings.Split(e, ",")
	}
	return nil
}

func docOf(f reflect.StructField) string {
	if d := f.Tag.Get("doc"); d != "" {
		return d
	}
	return "this option has no default"
}
