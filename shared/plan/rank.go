package plan

import (
	"bytes"
	"encoding/binary"
)

// rank says where a section stands in the order of application; sections ascend by it.
type rank uint64

// The phases of a plan.
const (
	phaseWrite    = iota // creates, then updates, then moves of each model
	phaseDeferred        // deferred attributes
	phaseDelete          // models in reverse order, children first
	phaseCascade         // deletes that go with an ancestor's: counted, not sent
	phaseClear           // deferred attributes of what is to go, models in reverse order: decided last, applied before the deletes
)

const (
	subCreate = iota
	subUpdate
	subMove
)

// allDepths is the depth of what has to wait for the last create of a kind.
const allDepths = 0xff

func makeRank(phase, model, sub, depth int) rank {
	return rank(phase)<<40 | rank(model)<<16 | rank(sub)<<8 | rank(depth)
}

// createRank is where creates of the kind stand; at allDepths, where all of them are through.
func createRank(k *kind, depth int) rank { return makeRank(phaseWrite, k.index, subCreate, depth) }

// moveRank is where all moves of the kind are through.
func moveRank(k *kind) rank { return makeRank(phaseWrite, k.index, subMove, allDepths) }

// lastFirst is where something of a kind stands in a phase that goes backwards.
func (ks *kinds) lastFirst(phase int, k *kind, depth int) rank {
	return makeRank(phase, len(ks.list)-1-k.index, 0, 0xff-depth)
}

// rank returns where a change to a record of the kind stands that is sent by itself. depth is the record's own.
func (ks *kinds) rank(k *kind, op Op, deferred, clears bool, depth int) rank {
	switch {
	case clears:
		return ks.lastFirst(phaseClear, k, 0)
	case deferred:
		return makeRank(phaseDeferred, k.index, 0, 0)
	case op == Create:
		return createRank(k, depth)
	case op == Move:
		return makeRank(phaseWrite, k.index, subMove, depth)
	case op == Delete:
		return ks.lastFirst(phaseDelete, k, depth)
	}
	return makeRank(phaseWrite, k.index, subUpdate, 0)
}

// section returns what the rank stands for.
func (r rank) section(ks *kinds) (s Section, cascade bool) {
	phase, model, sub, depth := int(r>>40), int(r>>16&0xffffff), int(r>>8&0xff), int(r&0xff)
	if phase == phaseDelete || phase == phaseClear {
		model, depth = len(ks.list)-1-model, 0xff-depth
	}
	s = Section{Model: ks.list[model].model.Name, Depth: depth}
	switch {
	case phase == phaseWrite:
		s.Op = [...]Op{Create, Update, Move}[sub]
	case phase == phaseDeferred:
		s.Op, s.Deferred = Update, true
	case phase == phaseClear:
		s.Op, s.Deferred, s.Clear = Update, true, true
	default:
		s.Op, cascade = Delete, phase == phaseCascade
	}
	return s, cascade
}

func appendRank(dst []byte, r rank) []byte { return binary.BigEndian.AppendUint64(dst, uint64(r)) }

// sortPath appends the path, root first, and the record's own key, with 0 between them: sections are sorted by it.
func sortPath(dst, climbed, key []byte) []byte {
	for len(climbed) > 0 {
		i := bytes.LastIndexByte(climbed[:len(climbed)-1], 0)
		dst = append(dst, climbed[i+1:]...)
		climbed = climbed[:i+1]
	}
	return append(dst, key...)
}

// ownDepth counts how many ancestors of its own kind a record has, up to the first of another kind. path is as sortPath makes it.
func ownDepth(k *kind, path []byte) int {
	if !k.self {
		return 0
	}
	depth := -1
	for {
		i := bytes.LastIndexByte(path, 0)
		if !bytes.HasPrefix(path[i+1:], []byte(k.prefix)) {
			break
		}
		depth++
		if i < 0 {
			break
		}
		path = path[:i]
	}
	return min(max(depth, 0), maxDepth)
}

// parentPath cuts a path to that of the parent; nil for a root.
func parentPath(path []byte) []byte {
	i := bytes.LastIndexByte(path, 0)
	if i < 0 {
		return nil
	}
	return path[:i]
}

// lastKey returns the last key of a path: the record's own.
func lastKey(path []byte) []byte { return path[bytes.LastIndexByte(path, 0)+1:] }
