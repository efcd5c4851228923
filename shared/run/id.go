package run

import (
	"crypto/rand"
	"time"
)

// alphabet is Crockford's base 32 in lower case: no letter is taken for another or for a digit.
const alphabet = "0123456789abcdefghjkmnpqrstvwxyz"

// NewID returns an id for a run that begins now, like "2w9k41c-7f3": seven characters of time, in 1/32 seconds since 2024, and three random ones.
// Ids compare as text in the order of their times. Of two made in the same 1/32 second the order is open, and they are equal once in 32,768 times: Store.Create tells.
func NewID(now time.Time) string {
	ticks := max(0, now.Sub(time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)).Milliseconds()) * 32 / 1000
	var id [11]byte
	for i := 6; i >= 0; i-- {
		id[i] = alphabet[ticks&31]
		ticks >>= 5
	}
	id[7] = '-'
	_, _ = rand.Read(id[8:]) // never returns an error
	for i := 8; i < len(id); i++ {
		id[i] = alphabet[id[i]&31]
	}
	return string(id[:])
}
