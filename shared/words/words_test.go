package words_test

import (
	"testing"
	"time"

	"github.com/plumbline-sync/plumbline/shared/words"
)

func TestWords(t *testing.T) {
	for got, want := range map[string]string{
		words.Thousands(0): "0", words.Thousands(999): "999", words.Thousands(-1000): "-1,000", words.Thousands(1234567): "1,234,567", words.Thousands(-999): "-999",
		words.Count(1, "record"): "1 record", words.Count(0, "record"): "0 records", words.Count(2500, "record"): "2,500 records",
		words.Seconds(250 * time.Millisecond): "0.25 s", words.Seconds(61 * time.Second): "61.0 s", words.Seconds(121 * time.Second): "2m1s",
		words.Megabytes(0): "", words.Megabytes(24 << 20): "24 MB",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
