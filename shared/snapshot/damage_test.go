package snapshot

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// readAll opens a snapshot and reads everything that a comparison would.
func readAll(t testing.TB, s *memory) (lines []string, err error) {
	t.Helper()
	r, err := Open(t.Context(), s, "x")
	if err != nil {
		return nil, err
	}
	defer r.Close()
	for line, err := range r.Scan(t.Context(), "") {
		if err != nil {
			return nil, err
		}
		lines = append(lines, string(line))
	}
	if len(lines) != int(r.Info().Records) {
		return nil, fmt.Errorf("%d lines, %d records", len(lines), r.Info().Records)
	}
	return lines, nil
}

func damageStore(t testing.TB) (*memory, [2]string, [2][]byte) {
	t.Helper()
	s := newMemory()
	r := rand.New(rand.NewPCG(9, 9))
	randomRecords(r, 60).write(t, s, "x", r, Options{Every: 6})
	names := [2]string(Objects("x"))
	return s, names, [2][]byte{s.all[names[0]], s.all[names[1]]}
}

// Any byte altered and any end cut off is found, by what is read or at the latest by Verify, and the message says what to do.
func TestDamage(t *testing.T) {
	s, names, good := damageStore(t)
	message := regexp.MustCompile(`^snapshot "x": (damaged: .*; a new run loads that side again|written in version \d+ of its format, this Plumbline reads up to 1; use a newer Plumbline)$`)
	check := func(what string) {
		t.Helper()
		lines, err := readAll(t, s)
		if !fault.Is(err, fault.Invalid) || !message.MatchString(err.Error()) {
			t.Errorf("%s: %d lines, %v", what, len(lines), err)
		}
	}
	for n, name := range names {
		for i := range good[n] {
			s.all[name] = good[n][:i]
			check(fmt.Sprintf("%s cut at %d of %d", name, i, len(good[n])))
			for _, flip := range []byte{1, 0x80, 0xff} {
				s.all[name] = bytes.Clone(good[n])
				s.all[name][i] ^= flip
				check(fmt.Sprintf("%s byte %d of %d ^ %x", name, i, len(good[n]), flip))
			}
		}
		s.all[name] = append(bytes.Clone(good[n]), 0)
		check(name + " with a byte more")
		s.all[name] = good[n]
	}
	if _, err := readAll(t, s); err != nil {
		t.Fatal(err)
	}
}

func TestDamageMessages(t *testing.T) {
	s, names, good := damageStore(t)
	other := newMemory()
	r := rand.New(rand.NewPCG(1, 9))
	randomRecords(r, 60).write(t, other, "x", r, Options{Every: 6})
	data, index := names[0], names[1]
	for want, do := range map[string]func(){
		`snapshot "x": there is none: its index "x.index" is missing, so its writing never ended or somebody removed it; a new run`: func() { delete(s.all, index) },
		`snapshot "x": damaged: its data object "x.ndjson.zst" is missing; a new run loads that side again`:                         func() { delete(s.all, data) },
		`snapshot "x": damaged: its data object "x.ndjson.zst" has 0 bytes where the index says `:                                   func() { s.all[data] = nil },
		`snapshot "x": damaged: its index "x.index" is empty; a new run loads that side again`:                                      func() { s.all[index] = nil },
		`snapshot "x": damaged: its index "x.index" is cut short; a new run loads that side again`:                                  func() { s.all[index] = good[1][:20] },
		`snapshot "x": damaged: its index "x.index" does not end as it should; a new run loads that side again`:                     func() { s.all[index] = good[1][:len(good[1])-1] },
		`snapshot "x": damaged: its index "x.index" does not match its digest; a new run loads that side again`:                     func() { s.all[index][len(good[1])-100] ^= 4 },
		`snapshot "x": damaged: the block at byte 0 of "x.ndjson.zst" does not match its checksum; a new run loads that`:            func() { s.all[data][20] ^= 4 },
		`snapshot "x": damaged: its index "x.index" has a page that does not match its digest; a new run loads that side`:           func() { s.all[index][20] ^= 4 },
		`snapshot "x": damaged: its data object "x.ndjson.zst" has `:                                                                func() { s.all[data] = other.all[data] },
		`snapshot "x": written in version 2 of its format, this Plumbline reads up to 1; use a newer Plumbline`:                     func() { newerVersion(t, s, "x") },
	} {
		s.all[data], s.all[index] = bytes.Clone(good[0]), bytes.Clone(good[1])
		do()
		if _, err := readAll(t, s); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// newerVersion writes an empty container of the next version.
func newerVersion(t *testing.T, s *memory, name string) {
	t.Helper()
	w, err := NewBlockWriter(t.Context(), s, name, Format{What: "snapshot", Version: 2}, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Finish([]byte("{}")); err != nil {
		t.Fatal(err)
	}
}

// What checksums do not cover alone, the digest of compared parts and the check of lines in Verify do.
func TestVerify(t *testing.T) {
	for want, lines := range map[string][]string{
		`snapshot "x": damaged: a line is no record: at byte 26: the flags are 0, not 1 to 255`: {"{\"k\":[\"a\",1],\"a\":{}\t,\"f\":0}"},
		`snapshot "x": damaged: record a 1 stands out of order`:                                 {"{\"k\":[\"a\",2],\"a\":{}\t}", "{\"k\":[\"a\",1],\"a\":{}\t}"},
		`snapshot "x": damaged: record a 2 stands out of order`:                                 {"{\"k\":[\"a\",2],\"a\":{}\t}", "{\"k\":[\"a\",2],\"a\":{}\t}"},
		`snapshot "x": damaged: the block at byte 0 of "x.ndjson.zst" does not match`:           {"{\"k\":[\"a\",2],\"a\":{}\t}", "less"},
	} {
		s := newMemory()
		w, err := NewBlockWriter(t.Context(), s, "x", format(), 0)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Cut(record.Line(lines[0]).KeyText()); err != nil {
			t.Fatal(err)
		}
		for i, line := range lines {
			n := strings.IndexByte(line, '\t') + 1
			if line == "less" {
				line, n = lines[0], i
			}
			if err := w.Append([]byte(line), n); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Finish(footer{}.encode()); err != nil {
			t.Fatal(err)
		}
		if err := open(t, s, "x").Verify(t.Context()); !fault.Is(err, fault.Invalid) || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// A container of another kind is not taken for a snapshot.
func TestOtherKind(t *testing.T) {
	s := newMemory()
	w, err := NewBlockWriter(t.Context(), s, "x", Format{What: "plan", Version: 1}, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Finish(nil); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), s, "x"); err == nil || err.Error() != `snapshot "x": this is a plan` {
		t.Errorf("got %v", err)
	}
}

// FuzzIndex gives a reader any page and directory under digests that are right: it must neither panic nor read without end.
func FuzzIndex(f *testing.F) {
	s, names, good := damageStore(f)
	r := open(f, s, "x")
	t := r.blocks.totals
	page := good[1][:t.PageBytes]
	f.Add(page, []byte(nil), t.Blocks, t.Lines, int64(1))
	f.Add(page, good[1][t.PageBytes:t.PageBytes+80], t.Blocks, t.Lines, int64(1))
	f.Add(page[:50], []byte(nil), int64(1), int64(3), int64(1))
	f.Add([]byte{}, []byte{}, int64(0), int64(0), int64(0))
	f.Fuzz(func(test *testing.T, page, directory []byte, blocks, lines, pages int64) {
		if len(directory) == 0 {
			directory = appendLabel(nil, nil, nil)
			for _, n := range []int64{int64(len(page)), blocks, lines, t.Data} {
				directory = binary.AppendUvarint(directory, uint64(n))
			}
			sum := sha256.Sum256(page)
			directory = append(directory, sum[:]...)
		}
		sum := sha256.Sum256(directory)
		have := totals{What: "snapshot", Blocks: blocks, Lines: lines, Data: t.Data, Pages: pages, PageBytes: int64(len(page)), Directory: hex.EncodeToString(sum[:])}
		index, _, err := appendTail(append(bytes.Clone(page), directory...), have, []byte("{}"), 1)
		if err != nil {
			test.Fatal(err)
		}
		s.all[names[0]], s.all[names[1]] = good[0], index
		r, err := Open(test.Context(), s, "x")
		if err != nil {
			return
		}
		defer r.Close()
		n := 0
		for _, err := range r.Scan(test.Context(), "") {
			if err != nil && !fault.Is(err, fault.Invalid) {
				test.Fatal(err)
			}
			if err == nil {
				n++
			}
		}
		if n > len(page)*1000 {
			test.Fatalf("%d lines of a page of %d bytes", n, len(page))
		}
		c := r.Cursor()
		for _, key := range []record.Key{"", `["a","5"]`, `["b","9"]`, `["zz",1]`} {
			if _, _, err := c.Find(test.Context(), key); err != nil && !fault.Is(err, fault.Invalid) {
				test.Fatal(err)
			}
		}
		for range r.blocks.Range(test.Context(), 3, 20) { //nolint:revive // reading is all
		}
		if err := r.Verify(test.Context()); err != nil && !fault.Is(err, fault.Invalid) {
			test.Fatal(err)
		}
	})
}
