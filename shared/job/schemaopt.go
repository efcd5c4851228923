package job

import (
	"encoding/json"
	"reflect"
	"slices"
	"time"

	"github.com/plumbline-sync/plumbline/shared/secret"
)

// optionSchemas adds an adapter's keys to props and returns which of them are required. It follows decode: what one takes the other describes.
func optionSchemas(props schema, config any, engine []string) (required []string) {
	for _, o := range optionsOf(config) {
		if slices.Contains(engine, o.name) {
			continue
		}
		s := describe(typeSchema(o.field.Type, o.field.Tag), o.field.Tag.Get("doc"))
		if d := defaultOf(o.val); d != nil {
			s["default"] = d
		}
		props[o.name] = s
		if o.field.Tag.Get("required") == "true" {
			required = append(required, o.name)
		}
	}
	return required
}

// defaultOf returns what a new config has in the field; nil for nothing.
func defaultOf(v reflect.Value) any {
	v = reflect.Indirect(v)
	if !v.IsValid() || v.IsZero() {
		return nil
	}
	switch x := v.Interface().(type) {
	case time.Duration:
		return x.String()
	case secret.Text:
		return nil
	}
	return v.Interface()
}

// typeSchema is the schema of a Go type.
func typeSchema(t reflect.Type, tag reflect.StructTag) schema {
	switch t {
	case reflect.TypeFor[secret.Text]():
		if tag.Get("clear") == "true" {
			return schema{"type": "string"}
		}
		return schema{"type": "string", "pattern": `\$\{(env|ssm|secret|var):[^}]+\}|://|^$`}
	case reflect.TypeFor[time.Duration]():
		return span("")
	}
	if reflect.PointerTo(t).Implements(reflect.TypeFor[json.Unmarshaler]()) {
		return schema{}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return typeSchema(t.Elem(), tag)
	case reflect.String:
		if e := enumOf(tag); e != nil {
			return schema{"type": "string", "anyOf": []any{schema{"enum": e}, schema{"pattern": `\$\{var:[^}]+\}`}}}
		}
		return schema{"type": "string"}
	case reflect.Bool:
		return schema{"type": "boolean"}
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return schema{"type": "integer", "minimum": 0}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return schema{"type": "integer"}
	case reflect.Float32, reflect.Float64:
		return schema{"type": "number"}
	case reflect.Slice:
		return schema{"type": "array", "items": typeSchema(t.Elem(), tag)}
	case reflect.Map:
		return schema{"type": "object", "additionalProperties": typeSchema(t.Elem(), tag)}
	case reflect.Struct:
		props := schema{}
		required := optionSchemas(props, reflect.New(t).Interface(), nil)
		return keyed("", props, required...)
	}
	return schema{}
}
