package typed

import (
	"context"
	"fmt"
	"io"
	"iter"
	"reflect"
	"strconv"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// source is a side of a system.
type source[C, S any] struct {
	spec *Spec[C, S]
	sys  S
}

// Load implements adapter.Source.
func (s *source[C, S]) Load(ctx context.Context, req adapter.Request) iter.Seq2[*record.Record, error] {
	return func(yield func(*record.Record, error) bool) {
		shapes := map[reflect.Type]*shape{}
		for i := range s.spec.Models {
			shapes[s.spec.Models[i].shape.typ] = s.spec.Models[i].shape
		}
		wanted := map[string]bool{}
		for _, m := range req.Models {
			wanted[m.Name] = true
		}
		var rec record.Record
		for x, err := range s.spec.Load(s.sys, ctx) {
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				if !yield(nil, err) || record.AsBad(err) == nil {
					return
				}
				continue
			}
			v := reflect.ValueOf(x)
			if v.Kind() == reflect.Pointer {
				v = v.Elem()
			}
			var sh *shape
			if v.IsValid() {
				sh = shapes[v.Type()]
			}
			if sh == nil {
				yield(nil, fault.Errorf(fault.Internal, "adapter %q: Load yields a %T, which is none of its models", s.spec.Name, x))
				return
			}
			if !wanted[sh.name] {
				continue
			}
			if !yield(sh.record(&rec, v)) {
				return
			}
		}
	}
}

// Close implements adapter.Closer.
func (s *source[C, S]) Close() error {
	if c, ok := any(s.sys).(io.Closer); ok {
		return c.Close()
	}
	return nil
}

// record fills the record from a struct.
func (s *shape) record(rec *record.Record, v reflect.Value) (*record.Record, error) {
	*rec = record.Record{Model: s.name, Fields: rec.Fields[:0], Local: rec.Local[:0]}
	var bad error
	for i := range s.fields {
		f := &s.fields[i]
		fv := v.FieldByIndex(f.index)
		if f.omit && fv.IsZero() {
			continue
		}
		switch f.role {
		case where:
			rec.Where = fv.String()
			continue
		case parent, refers:
			continue
		}
		val, err := valueOf(fv)
		if err != nil {
			bad = fmt.Errorf("%s: %w", f.name, err)
			continue
		}
		if f.role == local {
			rec.Local = append(rec.Local, record.Field{Name: f.name, Value: val})
		} else {
			rec.Fields = append(rec.Fields, record.Field{Name: f.name, Value: val})
		}
	}
	if bad == nil {
		return rec, nil
	}
	e := &record.BadError{Model: s.name, Where: rec.Where, Reason: bad.Error()}
	for _, n := range s.ids() {
		if id := rec.Fields.Get(n); id != nil {
			e.IDs = append(e.IDs, record.Field{Name: n, Value: id})
		}
	}
	return nil, e
}

// valueOf returns the value of a struct's field.
func valueOf(v reflect.Value) (record.Value, error) {
	switch v.Kind() {
	case reflect.String:
		if v.Type() == reflect.TypeFor[string]() {
			return record.StringValue(v.String())
		}
	case reflect.Int, reflect.Int64, reflect.Int32:
		if v.Type().PkgPath() == "" {
			return strconv.AppendInt(nil, v.Int(), 10), nil
		}
	case reflect.Pointer:
		if v.IsNil() {
			return record.Value(record.Null), nil
		}
		return valueOf(v.Elem())
	}
	return record.Of(v.Interface())
}
