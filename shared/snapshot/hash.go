package snapshot

import "encoding/binary"

// hashKey decides where blocks are cut. It is part of the format: every writer must cut alike.
func hashKey(key []byte) uint64 {
	const m = 0xff51afd7ed558ccd
	h := 0x9e3779b97f4a7c15 ^ uint64(len(key))*m
	for ; len(key) >= 8; key = key[8:] {
		h = (h ^ binary.LittleEndian.Uint64(key)) * m
		h ^= h >> 32
	}
	var tail uint64
	for i, c := range key {
		tail |= uint64(c) << (8 * i)
	}
	h = (h ^ tail) * 0xc4ceb9fe1a85ec53
	h ^= h >> 29
	h *= m
	return h ^ h>>32
}
