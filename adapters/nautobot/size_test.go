package nautobot

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
)

// sizes are about requests that are too big for the server: it is asked once, and then sent as much as it bears.
func (b *bench) sizes(t *testing.T) {
	empty(t, b.Server)
	var refused, taken int
	s := b.openJob(t, b.proxy(t, func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodPost && strings.Contains(r.URL.Path, "tenants") {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				t.Error(err)
			}
			r.Body = io.NopCloser(strings.NewReader(string(body)))
			if len(body) > 2621440 { // Django's DATA_UPLOAD_MAX_MEMORY_SIZE
				refused++
			} else {
				taken++
			}
		}
		return false
	}), "models: {tenant: {identifiers: [name], attributes: [comments]}}\npolicy: sync\n")
	long := strings.Repeat("long ", 8_000) + "end"
	batch := func(name string) (cs []*adapter.Change) {
		for i := range bulkSize {
			text := long
			if i == 7 {
				text = "\x00" // which PostgreSQL does not take
			}
			cs = append(cs, s.change(adapter.Create, "tenant", fmt.Sprintf("%s %d", name, i), nil, map[string]any{"comments": text}))
		}
		return cs
	}
	if _, err := s.apply(batch("a")...); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "too big for the server") {
		t.Fatalf("4 MB in one request: %v", err)
	}
	if n := s.BatchSize(s.models["tenant"]); n != bulkSize/2 {
		t.Errorf("then a batch has %d", n)
	}
	rs, err := s.apply(batch("b")...) // made before the server was found to bear fewer
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range rs {
		if bad := r.Err != nil; bad != (i == 7) {
			t.Errorf("change %d: %v", i, r.Err)
		}
	}
	if refused != 1 || taken < 2 {
		t.Errorf("%d requests were refused, %d taken", refused, taken)
	}
	if got, err := s.load("tenant"); err != nil || len(got) != bulkSize-1 {
		t.Errorf("loaded %d: %v", len(got), err)
	}
}
