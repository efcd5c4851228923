package job

import (
	"slices"
	"strings"

	"github.com/plumbline-sync/plumbline/shared/record"
)

func policies() []string {
	return []string{string(Sync), string(UpsertOnly), string(CreateOnly), string(UpdateOnly), string(None)}
}

// policy reads which changes may be made; "" where it is left out or wrong.
func (r *reader) policy(o object) Policy { return Policy(o.choice("policy", policies()...)) }

// narrows reports whether the policy allows nothing that the wider one forbids.
func (p Policy) narrows(wider Policy) bool {
	for _, a := range []string{"create", "update", "delete"} {
		if p.Allows(a) && !wider.Allows(a) {
			return false
		}
	}
	return true
}

// flag is a DiffSync flag with its bits.
type flag struct {
	name string
	bits uint8
}

func jobFlags() []flag {
	return []flag{
		{"skip_unmatched_src", uint8(SkipUnmatchedSrc)},
		{"skip_unmatched_dst", uint8(SkipUnmatchedDst)},
		{"skip_unmatched_both", uint8(SkipUnmatchedSrc | SkipUnmatchedDst)},
		{"log_unchanged_records", uint8(LogUnchangedRecords)},
	}
}

func modelFlags() []flag {
	return []flag{
		{"ignore", uint8(record.Ignore)},
		{"skip_children_on_delete", uint8(record.SkipChildrenOnDelete)},
		{"skip_unmatched_src", uint8(record.SkipUnmatchedSrc)},
		{"skip_unmatched_dst", uint8(record.SkipUnmatchedDst)},
		{"skip_unmatched_both", uint8(record.SkipUnmatchedBoth)},
		{"natural_deletion_order", uint8(record.NaturalDeletionOrder)},
	}
}

// flags reads a list of flags.
func (r *reader) flags(o object, known []flag) uint8 {
	var bits uint8
	var names []string
	for _, f := range known {
		names = append(names, f.name)
	}
	for _, n := range o.list("flags", "flags") {
		s := r.asName(n, o.sub("flags"))
		i := slices.Index(names, s)
		switch {
		case s == "":
		case i >= 0:
			bits |= known[i].bits
		case strings.EqualFold(s, "continue_on_failure"):
			r.problem(n.place, o.sub("flags"), "continue_on_failure is no flag here but a key of the job, true by default")
		default:
			r.problem(n.place, o.sub("flags"), "no such flag %s%s", quote(s), instead(s, names))
		}
	}
	return bits
}
