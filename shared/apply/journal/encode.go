package journal

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/plumbline-sync/plumbline/shared/record"
)

func appendHeader(b []byte, h Header) []byte {
	b = append(b, `{"journal":`...)
	b = strconv.AppendInt(b, int64(h.Version), 10)
	b = append(b, `,"number":`...)
	b = strconv.AppendInt(b, h.Number, 10)
	b = append(b, `,"plan":`...)
	b = record.AppendString(b, h.Plan)
	b = append(b, `,"run":`...)
	b = record.AppendString(b, h.Run)
	b = append(b, `,"stages":`...)
	b = strconv.AppendBool(b, h.Stages)
	b = append(b, `,"time":`...)
	b = record.AppendString(b, h.Time.UTC().Format(time.RFC3339Nano))
	return append(b, '}', '\n')
}

func appendEntry(b []byte, e *Entry) []byte {
	switch e.Kind {
	case Flight, Again, Release:
		b = append(b, `{"`...)
		b = append(b, e.Kind...)
		b = append(b, `":[`...)
		b = strconv.AppendInt(b, e.N, 10)
		b = append(b, ',')
		b = strconv.AppendInt(b, e.Last, 10)
		return append(b, ']', '}', '\n')
	case Commit, Begin, End:
		b = append(b, `{"`...)
		b = append(b, e.Kind...)
		b = append(b, `":`...)
		b = strconv.AppendInt(b, e.N, 10)
		return append(b, '}', '\n')
	}
	b = append(b, `{"n":`...)
	b = strconv.AppendInt(b, e.N, 10)
	b = append(b, `,"op":"`...)
	b = append(b, e.Op...)
	b = append(b, `","k":`...)
	b = append(b, e.Key...)
	b = append(b, `,"status":"`...)
	b = append(b, e.Status...)
	b = append(b, '"')
	if e.Part {
		b = append(b, `,"part":true`...)
	}
	if e.Message != "" {
		b = append(b, `,"message":`...)
		b = record.AppendString(b, strings.ToValidUTF8(e.Message, "\uFFFD"))
	}
	if e.Spelled != "" {
		b = append(b, `,"s":`...)
		b = append(b, e.Spelled...)
	}
	if e.Local != nil {
		b = append(b, `,"local":`...)
		b = AppendFields(b, e.Local)
	}
	for i, f := range e.Fields {
		if i == 0 {
			b = append(b, `,"fields":[`...)
		} else {
			b = append(b, ',')
		}
		b = record.AppendString(b, f)
	}
	if len(e.Fields) > 0 {
		b = append(b, ']')
	}
	if e.Freed {
		b = append(b, `,"freed":true`...)
	}
	return append(b, '}', '\n')
}

// AppendFields appends fields as a canonical JSON object, absent ones left out.
func AppendFields(b []byte, fs record.Fields) []byte {
	if !slices.IsSortedFunc(fs, byName) {
		fs = slices.SortedFunc(slices.Values(fs), byName)
	}
	b = append(b, '{')
	comma := false
	for _, f := range fs {
		if f.Value == nil {
			continue
		}
		if comma {
			b = append(b, ',')
		}
		comma = true
		b = record.AppendString(b, f.Name)
		b = append(b, ':')
		b = append(b, f.Value...)
	}
	return append(b, '}')
}

func byName(a, b record.Field) int { return strings.Compare(a.Name, b.Name) }

// appendEnd appends the last line of an object that begins at b's beginning.
func appendEnd(b []byte, lines int64) []byte {
	sum := sha256.Sum256(b)
	b = append(b, `{"lines":`...)
	b = strconv.AppendInt(b, lines, 10)
	b = append(b, `,"sha256":"`...)
	b = hex.AppendEncode(b, sum[:])
	return append(b, '"', '}', '\n')
}
