package job

import (
	"strings"
	"time"

	"github.com/plumbline-sync/plumbline/shared/record"
)

// layouts are the spellings of times that are read, the most usual first.
var layouts = [...]string{
	time.RFC3339Nano, "2006-01-02 15:04:05.999999999Z07:00", "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999", time.DateOnly,
	"2006-01-02 15:04:05.999999999Z07", "2006-01-02T15:04:05.999999999Z0700", "2006-01-02 15:04:05.999999999 -0700", "2006-01-02 15:04:05.999999999 -0700 MST",
	"2006-01-02T15:04Z07:00", "2006-01-02T15:04", "2006-01-02 15:04",
}

// toTime converts to RFC 3339 in UTC.
func toTime(v record.Value) (record.Value, error) {
	if v[0] != '"' {
		return nil, unconverted(v, Time)
	}
	if canonicalTime(v[1 : len(v)-1]) {
		return v, nil
	}
	s, _ := v.Text()
	s = strings.TrimSpace(s)
	for _, l := range layouts {
		t, err := time.Parse(l, s)
		if err != nil {
			continue
		}
		t = t.UTC()
		if finer(s) || t.Year() < 0 || t.Year() > 9999 {
			break
		}
		out := make(record.Value, 0, len(time.RFC3339Nano)+2)
		return append(t.AppendFormat(append(out, '"'), time.RFC3339Nano), '"'), nil
	}
	return nil, unconverted(v, Time)
}

// finer reports whether a time says more than nanoseconds, which would be lost.
func finer(s string) bool {
	_, frac, _ := strings.Cut(s, ".")
	n := digits([]byte(frac))
	return n > 9 && strings.Trim(frac[9:n], "0") != ""
}

// canonicalTime reports whether the text is what toTime makes: 2006-01-02T15:04:05Z, with a fraction where there is one.
func canonicalTime(s []byte) bool {
	const form = "0000-00-00T00:00:00"
	if len(s) < len(form)+1 || s[len(s)-1] != 'Z' {
		return false
	}
	for i := range form {
		if c := s[i]; form[i] == '0' && (c < '0' || c > '9') || form[i] != '0' && c != form[i] {
			return false
		}
	}
	two := func(i int) int { return int(s[i]-'0')*10 + int(s[i+1]-'0') }
	year, month, day := two(0)*100+two(2), two(5), two(8)
	if month < 1 || month > 12 || day < 1 || day > daysIn(year, month) || two(11) > 23 || two(14) > 59 || two(17) > 59 {
		return false
	}
	frac := s[len(form) : len(s)-1]
	if len(frac) == 0 {
		return true
	}
	n := len(frac) - 1
	return frac[0] == '.' && n >= 1 && n <= 9 && digits(frac[1:]) == n && frac[n] != '0'
}

func daysIn(year, month int) int {
	switch month {
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}
