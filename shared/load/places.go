package load

import (
	"fmt"

	"github.com/plumbline-sync/plumbline/shared/record"
)

// A position is a number that tells where a record stood, for messages about it long after: the index of its place (a file, a table) and its line there.
// Positions ascend as records are loaded, as far as places do. Where no place is known the line is the record's own number.
const (
	lineBits  = 40
	maxPlaces = 1000
	maxText   = 64 << 10 // of all places together
	nowhere   = uint64(maxPlaces) << lineBits
)

// places are the names that positions use, in the order in which they came; so few that a saved load can carry them.
type places struct {
	names []string
	index map[string]uint64
	text  int
	now   string // the place of the record before
	nowAt uint64
	last  uint64 // the position of the record before
}

// position returns the record's position.
func (l *loader) position(r *record.Record) uint64 {
	p := &l.places
	place, line := r.Place, uint64(r.Pos)
	if r.Where != "" || r.Pos <= 0 {
		place, line = r.Where, 0
	}
	if place == "" || line >= 1<<lineBits {
		p.last = nowhere | uint64(l.records)
		return p.last
	}
	if place != p.now || p.index == nil {
		at, ok := p.add(place)
		if !ok {
			p.last = nowhere | uint64(l.records)
			return p.last
		}
		p.now, p.nowAt = p.names[at], at
	}
	p.last = p.nowAt<<lineBits | line
	return p.last
}

// add returns the index of a place; false where there is no room for more.
func (p *places) add(place string) (uint64, bool) {
	if p.index == nil {
		p.index = map[string]uint64{}
	}
	at, ok := p.index[place]
	if ok {
		return at, true
	}
	if len(p.names) == maxPlaces || p.text+len(place) > maxText {
		return 0, false
	}
	at = uint64(len(p.names))
	place = string(append([]byte(nil), place...))
	p.names, p.text = append(p.names, place), p.text+len(place)
	p.index[place] = at
	return at, true
}

// where returns a position for people.
func (l *loader) where(pos uint64) string {
	at, line := pos>>lineBits, pos&(1<<lineBits-1)
	switch {
	case at >= uint64(len(l.places.names)):
		return fmt.Sprintf("record %d", line)
	case line == 0:
		return l.places.names[at]
	}
	return fmt.Sprintf("%s:%d", l.places.names[at], line)
}
