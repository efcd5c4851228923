package statemachine

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
)

// price is what AWS takes, in dollars: prices are the list prices of us-east-1. Who has others changes them here: the table in docs/operation.md follows by make generate.
type price struct{ transition, gbSecond, call, diskGBSecond, put, get, write, read, gbMonth, metricMonth float64 }

func prices() price {
	return price{
		transition: 0.000025, gbSecond: 0.0000133334, call: 0.0000002, diskGBSecond: 0.0000000309, // arm64
		put: 0.000005, get: 0.0000004, write: 0.000000625, read: 0.000000125, gbMonth: 0.023, metricMonth: 0.30,
	}
}

const (
	oneProcessor  = 1769.0 // MB of memory at which a function has a whole processor; with less it has that share
	writeUnits    = 4      // of 1 KB: a run's record has up to 2 KB, and stands in the index too
	readUnits     = 1      // of 4 KB
	hoursOfMonth  = 30 * 24
	freeDisk      = 512
	goalInDollars = 0.005 // of compute and requests at 1,000,000 records
	billBegin     = "<!-- the bill, of statemachine/testdata/bill.json; make generate writes it -->\n"
	billEnd       = "<!-- end of the bill -->"
	pricesBegin   = "<!-- prices, of statemachine/bill_test.go; make generate writes them -->\n"
	pricesEnd     = "<!-- end of prices -->"
)

// TestBill holds the table in docs/operation.md to what was measured, to the template's sizes and to the prices; compute and requests of 1,000,000 records cost less than the goal.
func TestBill(t *testing.T) {
	text, err := os.ReadFile("testdata/bill.json")
	if err != nil {
		t.Fatal(err)
	}
	var all []usage
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	tpl := readTemplate(t)
	generated(t, "../docs/operation.md", billBegin, billEnd, tableOf(t, tpl, all))
	generated(t, "../docs/operation.md", pricesBegin, pricesEnd, tableOfPrices())
}

// generated holds what stands between two marks of a page to what it has to be, or writes it.
func generated(t *testing.T, page, begin, end, now string) {
	t.Helper()
	doc, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(doc), begin)
	old, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("%s has no place for %s", page, begin)
	}
	switch {
	case old == now:
	case !*update:
		t.Errorf("%s: what is generated is another; make generate\n%s", page, now)
	default:
		if err := os.WriteFile(page, []byte(before+begin+now+end+after), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// tableOfPrices writes the prices as a person reads them.
func tableOfPrices() string {
	p := prices()
	n := func(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }
	return "| | dollars |\n|---|---|\n" +
		"| state transition | " + n(p.transition) + " |\n" +
		"| Lambda: GB-second; call; GB-second of disk beyond 512 MB | " + n(p.gbSecond) + "; " + n(p.call) + "; " + n(p.diskGBSecond) + " |\n" +
		"| S3: PUT, POST or LIST; GET or HEAD; GB-month | " + n(p.put) + "; " + n(p.get) + "; " + n(p.gbMonth) + " |\n" +
		"| DynamoDB on demand: write unit; read unit | " + n(p.write) + "; " + n(p.read) + " |\n" +
		"| CloudWatch: metric-month | " + n(p.metricMonth) + " |\n"
}

// tableOf is the bill of nightly runs, in cents for each run.
func tableOf(t *testing.T, tpl template, all []usage) string {
	t.Helper()
	rows := [][]string{{""}, {"state transitions"}, {"Lambda, GB-seconds"}, {"Lambda, calls and disk"}, {"S3, PUT and LIST"}, {"S3, GET"}, {"DynamoDB, write units"}, {"DynamoDB, read units"}, {"**compute and requests**"}, {"S3, storage until the run expires"}, {"metrics (`Metrics=all`)"}, {"metrics (`Metrics=alarms`)"}}
	add := func(row int, amount string, dollars float64) {
		rows[row] = append(rows[row], strings.TrimSpace(fmt.Sprintf("%s %.4f", amount, dollars*100)))
	}
	p, retention := prices(), parameter(t, tpl, "RunRetention")
	for _, u := range all {
		rows[0] = append(rows[0], grouped(u.Records)+" records")
		var gbs, disk float64
		for name, f := range u.Functions {
			memory := memoryOf(t, tpl, name)
			took := seconds(f, memory)
			gbs += took * memory / 1024
			if tpl.Resources[name].Properties["EphemeralStorage"] != nil {
				disk += took * (parameter(t, tpl, "EphemeralStorage") - freeDisk) / 1024
			}
		}
		calls := len(u.Functions) + 1 // EventBridge calls finish once more
		parts := []struct {
			amount string
			cost   float64
		}{
			{grouped(u.Transitions) + ":", float64(u.Transitions) * p.transition},
			{fmt.Sprintf("%.2f:", gbs), gbs * p.gbSecond},
			{fmt.Sprintf("%d:", calls), float64(calls)*p.call + disk*p.diskGBSecond},
			{grouped(u.Puts) + ":", float64(u.Puts) * p.put},
			{grouped(u.Gets) + ":", float64(u.Gets) * p.get},
			{grouped(u.Writes*writeUnits) + ":", float64(u.Writes*writeUnits) * p.write},
			{grouped(u.Reads*readUnits) + ":", float64(u.Reads*readUnits) * p.read},
		}
		sum := 0.0
		for i, part := range parts {
			add(i+1, part.amount, part.cost)
			sum += part.cost
		}
		rows[8] = append(rows[8], fmt.Sprintf("**%.3f**", sum*100))
		if u.Records == 1_000_000 && sum > goalInDollars {
			t.Errorf("a run of 1,000,000 records costs $%.5f of compute and requests, more than $%g", sum, goalInDollars)
		}
		stored := float64(u.Stored) / (1 << 30)
		add(9, fmt.Sprintf("%.1f MB:", float64(u.Stored)/(1<<20)), stored*p.gbMonth*retention/30)
		metrics := u.Metrics + 1 // a schedule's run has one more
		add(10, fmt.Sprintf("%d:", metrics), float64(metrics)*p.metricMonth/hoursOfMonth)
		add(11, "3:", 3*p.metricMonth/hoursOfMonth)
	}
	var b strings.Builder
	for i, r := range rows {
		b.WriteString("| " + strings.Join(r, " | ") + " |\n")
		if i == 0 {
			b.WriteString("|---" + strings.Repeat("|---:", len(r)-1) + "|\n")
		}
	}
	return b.String()
}

// seconds is how long a function works with the share of a processor that its memory gives: what it waits stays, what it computes takes longer.
func seconds(f spent, memory float64) float64 {
	wait := max(f.Wall-f.CPU, 0)
	return (float64(wait) + float64(f.CPU)*max(1, oneProcessor/memory)) / 1000
}

// memoryOf returns a function's MB, of a parameter its default.
func memoryOf(t *testing.T, tpl template, name string) float64 {
	t.Helper()
	switch m := tpl.Resources[name].Properties["MemorySize"].(type) {
	case string:
		return parameter(t, tpl, m)
	case uint64:
		return float64(m)
	default:
		t.Fatalf("%s has no memory: %v", name, m)
		return 0
	}
}

// parameter returns a number's default.
func parameter(t *testing.T, tpl template, name string) float64 {
	t.Helper()
	n, ok := tpl.Parameters[name].Default.(uint64)
	if !ok {
		t.Fatalf("parameter %s: %v", name, tpl.Parameters[name].Default)
	}
	return float64(n)
}

// grouped writes thousands with commas.
func grouped(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
