package plan

import (
	"github.com/plumbline-sync/plumbline/shared/record"
)

// Op says what a change does.
type Op string

// The ops of a plan. Unchanged stands only in the list of unchanged records, which a plan has where the job says log_unchanged_records.
const (
	Create    Op = "create"
	Update    Op = "update"
	Move      Op = "move" // an update that changes the parent, maybe attributes too
	Delete    Op = "delete"
	Unchanged Op = "unchanged"
)

// Change is one change of a plan. Its values point into a buffer of its own; it may be kept.
type Change struct {
	N    int64      // ordinal in the order of application, from 1; 0 for what is not applied (held, out of scope, unchanged)
	Op   Op         //
	Key  record.Key // the identity
	Name string     // for people: the shortname
	// IDs are the identifiers in their own spelling: the source's where it has the record, else the target's.
	IDs []record.Value
	// Path are the ancestors, root first, as far as they are known.
	Path []record.Key
	// Parent is the record's parent as it should be (for a delete: as it is), OldParent as it is where a move changes it; "" none.
	Parent, OldParent record.Key
	// Before are the target's attributes, nil for a create; After the attributes as they should be, nil for a delete. Sorted by name.
	// After is Before overlaid with Set: attributes that only the target has, or that are equal under the model's rules, stay as they are.
	Before, After record.Fields
	// Set are the attributes to write, sorted by name: for a create all but the deferred ones, for an update what changes, for a delete nil.
	Set record.Fields
	// Local are the target's local values; nil for a create.
	Local record.Fields
	// References are the identities that attributes in Set refer to, in the order of Set.
	References []Reference
	// Deferred marks an update in a section of deferred attributes: after the creates, or, where Clear is set, before the deletes.
	// A deferred update of a record that this plan creates has the created attributes as Before and no Local.
	Deferred bool
	// Clear marks an update that writes null to the deferred attributes of a record that is to be deleted.
	Clear bool
	// Part marks the second change to one record (its deferred attributes, or their clearing): it is not counted, the first one is.
	Part bool
	// Cascade is the ancestor whose delete takes this record along (skip_children_on_delete): the delete is counted, not sent,
	// and ends as the ancestor's does. "" for all others.
	Cascade record.Key
	// Held says why the change is not applied; nil for what is.
	Held *Held
}

// Reference is what an attribute refers to.
type Reference struct {
	Attribute string
	Key       record.Key
}

// Model returns the name of the record's model.
func (c *Change) Model() string { return c.Key.Kind() }

// Code says why a change is held.
type Code string

// The codes of held changes, in the order in which they are looked at: the first that applies is given.
const (
	HeldCycle     Code = "cycle"             // its path leads back to itself, or is deeper than 100 levels
	HeldOrphan    Code = "orphan"            // its parent is not in its own snapshot
	HeldFinding   Code = "finding"           // it, or what it hangs below, could not be used on one side
	HeldPolicy    Code = "policy"            // the job's policy forbids it
	HeldParent    Code = "parent-missing"    // its parent is not on the target and not created by this plan
	HeldReference Code = "reference-missing" // a reference leads nowhere
	HeldBelow     Code = "below-kept"        // a delete: something below it stays, or what refers to it does
	HeldCascade   Code = "cascade"           // skip_children_on_delete, and the target has no cascade
	HeldAudit     Code = "audit"             // the target cannot hold it; see Audit
)

// Held says why a change is not applied.
type Held struct {
	Code   Code
	Detail string // for people
}
