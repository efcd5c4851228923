package sql

import (
	"encoding/json"
	"strconv"
	"unicode/utf8"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
)

// position is how far a load came: through the model's rows up to the one with the key, or through all of them.
type position struct {
	model string
	key   []any // nil: not known, or the model has none
	done  bool
}

// savedPosition is how a position is written down; keys by what SQL has as types, so that they come back as the same.
type savedPosition struct {
	Model string     `json:"model"`
	Key   []savedKey `json:"key,omitempty"`
}

type savedKey struct {
	Int   *string `json:"i,omitempty"` // as text: JSON's numbers are not for every reader exact
	Float *string `json:"f,omitempty"`
	Text  *string `json:"t,omitempty"`
	Bytes []byte  `json:"b,omitempty"`
}

// Cursor implements adapter.Resumer. nil where the last row has no key, in a view or query without `key`, or one that the next row has too.
func (a *database) Cursor() []byte {
	p := savedPosition{Model: a.cursor.model}
	if p.Model == "" || !a.cursor.done && a.cursor.key == nil {
		return nil
	}
	for _, v := range a.cursor.key {
		var k savedKey
		switch x := v.(type) {
		case int64:
			s := strconv.FormatInt(x, 10)
			k.Int = &s
		case float64:
			s := strconv.FormatFloat(x, 'g', -1, 64)
			k.Float = &s
		case string:
			if !utf8.ValidString(x) {
				return nil
			}
			k.Text = &x
		case []byte:
			k.Bytes = append([]byte{}, x...)
		default:
			return nil
		}
		p.Key = append(p.Key, k)
	}
	b, err := json.Marshal(p)
	if err != nil {
		return nil
	}
	return b
}

func (k savedKey) value() (any, error) {
	switch {
	case k.Int != nil:
		return strconv.ParseInt(*k.Int, 10, 64)
	case k.Float != nil:
		return strconv.ParseFloat(*k.Float, 64)
	case k.Text != nil:
		return *k.Text, nil
	}
	return append([]byte{}, k.Bytes...), nil
}

// start is where a load begins: at which of the request's models, after which key.
type start struct {
	at  int
	key []any
}

// resume reads a cursor.
func (a *database) resume(req adapter.Request, l *layout) (start, error) {
	a.cursor = position{}
	if req.Cursor == nil {
		return start{}, nil
	}
	wrong := func(why string) (start, error) {
		return start{}, fault.Errorf(fault.Invalid, "resume load of database %q: the cursor is not one of this job: %s", a.name, why)
	}
	var p savedPosition
	if err := json.Unmarshal(req.Cursor, &p); err != nil {
		return wrong(err.Error())
	}
	at, m := modelIndex(req.Models, p.Model), l.find(p.Model)
	switch {
	case at < 0 || m == nil:
		return wrong("there is no model " + strconv.Quote(p.Model))
	case p.Key == nil:
		a.cursor = position{model: p.Model, done: true}
		return start{at: at + 1}, nil
	case len(p.Key) != len(m.key):
		return wrong("the key of " + m.table.String() + " has changed")
	}
	s := start{at: at}
	for _, k := range p.Key {
		v, err := k.value()
		if err != nil {
			return wrong(err.Error())
		}
		s.key = append(s.key, v)
	}
	a.cursor = position{model: p.Model, key: s.key}
	return s, nil
}
