package nautobot

import (
	"slices"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// position is how far a load came: through the model's objects, which are ordered by id, up to one, or through all of them.
type position struct {
	model, id string
	done      bool
}

// Cursor implements adapter.Resumer: the model and the last id, "" when the model is done.
func (a *system) Cursor() []byte {
	if a.cursor.model == "" {
		return nil
	}
	return []byte("[" + quoted(a.cursor.model) + "," + quoted(a.cursor.id) + "]")
}

// resume reads a cursor: at which of the request's models a load begins, after which id.
func (a *system) resume(req adapter.Request) (at int, after string, err error) {
	a.cursor = position{}
	if req.Cursor == nil {
		return 0, "", nil
	}
	v, err := record.AppendCanonical(nil, req.Cursor)
	var parts []record.Value
	if err == nil && len(v) > 0 && v[0] == '[' {
		parts = record.Value(v).Elements()
	}
	if len(parts) != 2 {
		return 0, "", fault.Errorf(fault.Invalid, "resume load of Nautobot %q: the cursor is not one of ours", a.client.shown)
	}
	name, id := text(parts[0]), text(parts[1])
	at = slices.IndexFunc(req.Models, func(m *adapter.Model) bool { return m.Name == name })
	if at < 0 {
		return 0, "", fault.Errorf(fault.Invalid, "resume load of Nautobot %q: the cursor is not one of this job: there is no model %q", a.client.shown, name)
	}
	a.cursor = position{model: name, id: id, done: id == ""}
	if id == "" {
		return at + 1, "", nil
	}
	return at, id, nil
}
