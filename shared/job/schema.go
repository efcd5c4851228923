package job

import (
	"encoding/json"
	"maps"
	"slices"
)

// schema is a JSON Schema, or a part of one.
type schema map[string]any

// Schema returns the JSON Schema (draft 2020-12) of a job file with the options of the catalog's adapters, for editors to complete and check by. It says what can be said of a file without
// looking at what it refers to: Parse alone knows whether the job holds together. An option's description is its doc tag.
func Schema(c Catalog) ([]byte, error) {
	defs := schema{
		"model": modelSchema(), "limits": limitsSchema(true), "modelLimits": limitsSchema(false), "limit": limitSchema(),
		"policy": enum("Which changes the job may make; what it forbids is held.", policies()...),
		"name":   schema{"type": "string", "minLength": 1, "maxLength": 200},
		"value":  schema{"description": "A value: text, number, true, false, null, a list or a mapping."},
	}
	s := keyed("A Plumbline job: what is kept in line with what, and how.", schema{
		"job":                 text("The job's name; the default is the file's."),
		"title":               text("One line for people."),
		"description":         text("What the job is for."),
		"direction":           enum("source: the target is the system of record; target: the source is.", "source", "target"),
		"vars":                varsSchema(),
		"source":              ref("source", "The system to read from."),
		"target":              ref("target", "The system to bring in line."),
		"models":              schema{"description": "The kinds of records, by name.", "type": "object", "minProperties": 1, "additionalProperties": ref("model", "")},
		"policy":              ref("policy", ""),
		"flags":               flagsSchema("DiffSync's flags for the whole job.", jobFlags()),
		"continue_on_failure": yesNo("false: sync stops after the batch with the first failure.", true),
		"limits":              ref("limits", ""),
		"lock":                text("A name for the target's lock, where the adapter's own is not the right one."),
		"lock_wait":           span("How long to wait for the lock; without it a locked target is refused at once."),
	}, "source", "target", "models", "policy")
	for _, side := range []string{"source", "target"} {
		if err := sideSchemas(defs, side, c); err != nil {
			return nil, err
		}
	}
	s["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	s["title"] = "Plumbline job file"
	s["$defs"] = defs
	out, err := json.MarshalIndent(s, "", "  ")
	return append(out, '\n'), err
}

// sideSchemas adds what a side may hold, for each adapter that can be there.
func sideSchemas(defs schema, side string, c Catalog) error {
	var names []string
	var choices []any
	for _, name := range c.Names() {
		config, model, fieldKeys, target, _ := c.Options(name)
		if side == "target" && !target {
			continue
		}
		names = append(names, name)
		def := side + "-" + name
		choices = append(choices, schema{"if": schema{"properties": schema{"adapter": schema{"const": name}}, "required": []string{"adapter"}}, "then": ref(def, "")})
		mapped := schema{"fields": schema{"description": "Our fields, and how this side keeps them: their name, or a mapping.", "type": "object", "additionalProperties": fieldSchema(side, fieldKeys)}}
		required := optionSchemas(mapped, model, nil)
		props := engineSchema()
		props["map"] = schema{"description": "How this side keeps the models, only where it differs.", "type": "object", "additionalProperties": keyed("", mapped, required...)}
		required = optionSchemas(props, config, engineKeys())
		defs[def] = keyed("", props, append([]string{"adapter"}, required...)...)
	}
	defs[side] = schema{"type": "object", "required": []string{"adapter"}, "properties": schema{"adapter": enum("The kind of system.", names...)}, "allOf": choices}
	return nil
}

// engineSchema is what every side may hold.
func engineSchema() schema {
	return schema{
		"adapter": text("The kind of system."),
		"name":    text("Its label in DiffSync's forms; the default is source or target."),
		"label":   text("What people call it."),
		"icon":    text("A drawing of the dashboard (file, database, network, cloud, memory, box), or one or two characters."),
		"links":   schema{"description": "Addresses for people, by name.", "type": "object", "additionalProperties": schema{"type": "string", "pattern": "^https?://"}},
		"batch":   schema{"description": "At most so many changes in one call; the default is the adapter's.", "type": "integer", "minimum": 1},
		"workers": schema{"description": "At most so many calls at once; the default is the adapter's.", "type": "integer", "minimum": 1},
		"rate":    schema{"description": "At most so many changes a second.", "type": "number", "exclusiveMinimum": 0},
	}
}

func fieldSchema(side string, extra []string) schema {
	props := schema{
		"from":   text("Their name of the field."),
		"values": schema{"description": "Their values and what they mean to us.", "type": "object", "minProperties": 1, "additionalProperties": ref("value", "")},
		"split":  schema{"description": "Their text is a list, with this between the elements.", "type": "string", "minLength": 1},
		"value":  schema{"description": "A constant. On a target it is written by creates and not compared."},
	}
	if side == "source" {
		props["default"] = schema{"description": "Where theirs is missing or null."}
		props["expr"] = text("An expression (expr-lang) over their fields.")
	}
	docs := map[string]string{"column": "Their name of the column.", "key_of": "Their value is the key of this model's row."}
	for _, k := range extra {
		props[k] = text(docs[k])
	}
	return schema{"anyOf": []any{ref("name", ""), keyed("", props)}}
}

func modelSchema() schema {
	typed := schema{"type": "object", "minProperties": 1, "maxProperties": 1, "additionalProperties": enum("", types()...)}
	fields := func(doc string) schema {
		return schema{"description": doc, "type": "array", "items": schema{"anyOf": []any{ref("name", ""), typed}}}
	}
	scalar := schema{"type": []string{"string", "number", "boolean", "null"}}
	cidr := keyed("", schema{"cidr": text("A network, such as 10.0.0.0/8.")}, "cidr")
	rule := keyed("", schema{
		"type":           enum("What the values are converted to.", types()...),
		"compare":        enum("set: order and repetition do not count.", "set"),
		"ignore_case":    yesNo("Case does not count.", false),
		"tolerance":      schema{"description": "Numbers at most so far apart are equal.", "type": "number", "minimum": 0},
		"absent_is_null": yesNo("A missing value counts as null.", false),
		"empty_is_null":  yesNo(`"" counts as null.`, false),
		"write":          enum("on-create: sent by a create, never compared.", "on-create"),
		"defer":          yesNo("Written after all creates, by an update.", false),
		"references":     text("The model whose identity the field holds."),
	})
	ids := fields("The fields that tell one record from another; may be left out where a side's adapter knows the model.")
	ids["minItems"] = 1
	return keyed("", schema{
		"identifiers": ids,
		"attributes":  fields("The fields that are compared."),
		"parent": schema{"description": "The kind of the parent, or several, and the fields that hold its identifiers.", "anyOf": []any{
			ref("name", ""),
			schema{"type": "array", "items": ref("name", "")},
			schema{"type": "object", "additionalProperties": schema{"anyOf": []any{ref("name", ""), schema{"type": "null"}, schema{"type": "object", "additionalProperties": ref("name", "")}}}},
		}},
		"children":  schema{"description": "The kinds below this one.", "type": "array", "items": ref("name", ""), "uniqueItems": true},
		"shortname": schema{"description": "The identifiers by which siblings are told apart; the default is all.", "type": "array", "items": ref("name", ""), "uniqueItems": true},
		"rules":     schema{"description": "How fields are compared and written.", "type": "object", "additionalProperties": rule},
		"where": schema{"description": "What is in scope: a value, a list of values, /regex/ or a network for each field.", "type": "object", "additionalProperties": schema{"anyOf": []any{
			scalar, cidr, schema{"type": "array", "minItems": 1, "items": schema{"anyOf": []any{scalar, cidr}}},
		}}},
		"flags":  flagsSchema("DiffSync's flags for this model.", modelFlags()),
		"policy": ref("policy", "Narrows the job's."),
		"limits": ref("modelLimits", ""),
	})
}

func varsSchema() schema {
	plain := schema{"type": []string{"string", "number", "boolean"}}
	v := keyed("", schema{
		"choices":     schema{"description": "The values that can be given; without them any text.", "type": "array", "items": plain},
		"default":     schema{"description": "Where none is given; without it one must be.", "type": []string{"string", "number", "boolean"}},
		"description": text("One line for people."),
	})
	v["type"] = []string{"object", "null"}
	return schema{"description": "What is asked for at run time, and stands where ${var:NAME} is.", "type": "object", "propertyNames": schema{"pattern": varName().String()}, "additionalProperties": v}
}

func limitSchema() schema {
	return schema{"anyOf": []any{schema{"type": "integer", "minimum": 0}, schema{"type": "string", "pattern": `^(0|[1-9][0-9]*)(\.[0-9]+)? *%$`}}}
}

func limitsSchema(job bool) schema {
	props := schema{
		"create":   ref("limit", "Creates that one run may make."),
		"update":   ref("limit", "Updates and moves that one run may make; 30% where nothing is written."),
		"delete":   ref("limit", "Deletes that one run may make; 30% where nothing is written."),
		"floor":    schema{"description": "Shares count from so many records on; 10 where nothing is written.", "type": "integer", "minimum": 0},
		"shrink":   ref("limit", "How much smaller than at the last sync a kind of the source may come; 50% where nothing is written."),
		"findings": ref("limit", "Records of a side that may be unusable; 1% where nothing is written."),
	}
	doc := "What one run may do to this kind; a share (30%) or a number."
	if job {
		props["failures"] = schema{"description": "Stop after so many failures in a row.", "type": "integer", "minimum": 1}
		doc = "What one run may do; a share (30%) or a number."
	}
	return keyed(doc, props)
}

func flagsSchema(doc string, fs []flag) schema {
	var names []string
	for _, f := range fs {
		names = append(names, f.name)
	}
	return schema{"description": doc, "type": "array", "items": enum("", names...)}
}

// keyed is a mapping with these keys and no others.
func keyed(doc string, props schema, required ...string) schema {
	s := describe(schema{"type": "object", "properties": props, "additionalProperties": false}, doc)
	if slices.Sort(required); len(required) > 0 {
		s["required"] = required
	}
	return s
}

func describe(s schema, doc string) schema {
	s = maps.Clone(s)
	if doc != "" {
		s["description"] = doc
	}
	return s
}

func ref(def, doc string) schema { return describe(schema{"$ref": "#/$defs/" + def}, doc) }

func text(doc string) schema { return describe(schema{"type": "string"}, doc) }

func enum(doc string, values ...string) schema {
	return describe(schema{"type": "string", "enum": values}, doc)
}

func yesNo(doc string, otherwise bool) schema {
	return describe(schema{"type": "boolean", "default": otherwise}, doc)
}

func span(doc string) schema {
	return describe(schema{"type": "string", "pattern": `^([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+$`, "examples": []string{"90s", "30m", "2h"}}, doc)
}
