// Package snapshot keeps all records of one side, immutable and sorted by key, such that two sides are compared without reading what is equal.
//
// A snapshot is two objects: NAME.ndjson.zst, the lines (package record) in zstd frames of about 32 records, and NAME.index, written last: the snapshot exists when it does.
// A frame, or block, ends before a record whose hash of the key is 0 modulo 32, so that both sides are cut alike wherever they are alike, whatever stands elsewhere.
// The container of blocks and index is exported as BlockWriter and BlockReader; plans and findings are kept in it too.
package snapshot

import "encoding/json"

const (
	version      = 1
	defaultEvery = 32
	defaultMax   = 256 << 10
	// MaxLine is how many bytes a line may have.
	MaxLine = 16 << 20
)

func format() Format {
	return Format{What: "snapshot", Version: version, Advice: "a new run loads that side again"}
}

// Info describes a snapshot.
type Info struct {
	Version  int              `json:"version"`
	Digest   string           `json:"digest"` // hex; equal digests mean equal keys, parents and attributes
	Records  int64            `json:"records"`
	Kinds    map[string]int64 `json:"kinds"`     // records by kind
	Flagged  bool             `json:"flagged"`   // some records have flags of their own
	RawBytes int64            `json:"raw_bytes"` // of the lines
	Bytes    int64            `json:"bytes"`     // of the data object
}

// footer is what a snapshot adds to the container's index.
type footer struct {
	Kinds   map[string]int64 `json:"kinds"`
	Flagged bool             `json:"flagged"`
}

func (f footer) encode() []byte {
	text, err := json.Marshal(f)
	if err != nil {
		panic(err) // it holds nothing that JSON does not
	}
	return text
}
