// Package recordtest makes records for tests and benchmarks: two sides of a network inventory, as much of it different as asked for, from a seed.
package recordtest

import (
	"fmt"
	"iter"
	"math/bits"
	"slices"

	"github.com/plumbline-sync/plumbline/shared/record"
)

// Data is one side of an inventory: devices of about 350 bytes, each with a site as its parent. The same seed and number make the same data everywhere.
type Data struct {
	Seed    uint64
	Records int // devices of both sides together
	// Target makes the target's side: local ids are others, and of the devices Changed differ: 4 of 10 have other attributes, 3 are missing on it (to create), 3 only it has (to delete).
	Target  bool
	Changed float64 // share of the devices, 0 to 1; give both sides the same
}

const devicesPerSite = 500

// Sites yields the sites as JSON objects, in order. All are on both sides.
func (d Data) Sites() iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		var b []byte
		for i := range (d.Records + devicesPerSite - 1) / devicesPerSite {
			b = fmt.Appendf(b[:0], `{"id":%d,"name":"%s","region":"%s","latitude":%.4f,"description":"Data centre %d"}`, d.id(uint64(i), 9), site(i), pick(d.random(uint64(i), 10), "emea", "apac", "amer"), float64(d.random(uint64(i), 11)%1800000)/10000-90, i)
			if !yield(b) {
				return
			}
		}
	}
}

func site(i int) string { return fmt.Sprintf("%s%04d", pick(uint64(i), "ams", "fra", "sin", "nyc"), i) }

// Devices yields the devices as JSON objects, as a system might write them, in random order. A slice is valid until the next.
func (d Data) Devices() iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		var b []byte
		for n := range d.Records {
			i := d.shuffle(uint64(n))
			update, here := d.fate(i)
			if !here {
				continue
			}
			if b = d.device(b[:0], i, update); !yield(b) {
				return
			}
		}
	}
}

// device appends a device: identifiers, parent, attributes, a local id.
func (d Data) device(b []byte, i uint64, update bool) []byte {
	r := func(salt uint64) uint64 { return d.random(i, salt) }
	at := site(int(i / devicesPerSite))
	status, serial := pick(r(1), "active", "planned", "offline"), r(2)
	if update {
		status, serial = "decommissioning", serial+1
	}
	b = fmt.Appendf(b, `{"id":%d,"name":"%s-%s-%07d","site":"%s","role":"%s","status":"%s","serial":"%012X","asset_tag":"A%08d",`, d.id(i, 3), at, pick(r(4), "leaf", "spine", "border"), i, at, pick(r(4), "leaf", "spine", "border"), status, serial&0xffffffffffff, r(5)%1e8)
	b = fmt.Appendf(b, `"model":"%s","rack":"R%02d","position":%d,"primary_ip":"10.%d.%d.%d/32","mtu":%d,"managed":%t,"tags":["%s","%s"],`, pick(r(6), "DCS-7050SX3-48YC8", "N9K-C93180YC-FX", "QFX5120-48Y"), r(7)%40, r(8)%42+1, r(12)%256, r(13)%256, r(14)%256, 1500+r(15)%2*7716, r(16)%8 > 0, pick(r(17), "prod", "lab"), pick(r(18), "ipv6", "evpn", "mlag"))
	return fmt.Appendf(b, `"comments":"installed by ticket CHG%07d \u2013 see runbook"}`, r(19)%1e7)
}

// Lines yields the lines of sites, then of devices in random order. A line is valid until the next.
func (d Data) Lines() iter.Seq[record.Line] {
	return func(yield func(record.Line) bool) {
		var s record.Scanner
		var line []byte
		var attrs, local record.Fields
		each := func(kind string, text []byte) bool {
			fields, err := s.Object(text)
			if err != nil {
				panic(err) // a defect of this generator
			}
			var key, parent record.Key
			attrs, local = attrs[:0], local[:0]
			for _, f := range fields {
				switch f.Name {
				case "id":
					local = append(local, f)
				case "name":
					key = record.MakeKey(kind, f.Value)
				case "site":
					parent = record.MakeKey("site", f.Value)
				default:
					attrs = append(attrs, f)
				}
			}
			attrs.Sort()
			line = record.AppendLine(line[:0], key, parent, attrs, nil, 0, local)
			return yield(line)
		}
		for text := range d.Sites() {
			if !each("site", text) {
				return
			}
		}
		for text := range d.Devices() {
			if !each("device", text) {
				return
			}
		}
	}
}

// Sorted returns the lines of all records in the order of a snapshot, in memory.
func (d Data) Sorted() []record.Line {
	var all []record.Line
	for line := range d.Lines() {
		all = append(all, slices.Clone(line))
	}
	slices.SortFunc(all, func(a, b record.Line) int { return slices.Compare(a.KeyText(), b.KeyText()) })
	return all
}

// fate says whether device i has other attributes on the target, and whether it is on this side.
func (d Data) fate(i uint64) (update, here bool) {
	if float64(d.random(i, 20)>>11)/(1<<53) >= d.Changed {
		return false, true
	}
	switch kind := d.random(i, 21) % 10; {
	case kind < 4:
		return d.Target, true
	case kind < 7:
		return false, !d.Target
	}
	return false, d.Target
}

func (d Data) id(i, salt uint64) int64 {
	if d.Target {
		salt += 100
	}
	return int64(d.random(i, salt) % 1e9)
}

// shuffle permutes 0 to Records-1: a bijection on the next power of two, walked until it falls below.
func (d Data) shuffle(n uint64) uint64 {
	size := bits.Len64(uint64(max(d.Records-1, 1)))
	mask, half := uint64(1)<<size-1, (size+1)/2
	for {
		for round := range uint64(3) {
			n = (n*(d.random(round, 22)|1) + d.random(round, 23)) & mask
			n ^= n >> half
		}
		if n < uint64(d.Records) {
			return n
		}
	}
}

// random is splitmix64 of the seed, i and salt.
func (d Data) random(i, salt uint64) uint64 {
	z := d.Seed*0x9e3779b97f4a7c15 + i*0xbf58476d1ce4e5b9 + salt*0x94d049bb133111eb + 0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

func pick(n uint64, from ...string) string { return from[n%uint64(len(from))] }
