package nautobot

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// graphql sends a query and returns its data. ids, where not nil, are its variable $ids.
func (c *client) graphql(ctx context.Context, query string, ids []string) (record.Value, error) {
	var b strings.Builder
	b.WriteString(`{"query":` + quoted(query))
	if ids != nil {
		b.WriteString(`,"variables":{"ids":[`)
		for i, id := range ids {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(quoted(id))
		}
		b.WriteString(`]}`)
	}
	b.WriteByte('}')
	a, err := c.read(ctx, http.MethodPost, "graphql", nil, []byte(b.String()))
	if err != nil {
		return nil, err
	}
	if e := a.value.Members().Get("errors"); len(e) > 0 && e[0] == '[' {
		return nil, fault.Errorf(fault.Invalid, "query Nautobot's GraphQL: %s", said(e))
	}
	d := a.value.Members().Get("data")
	if len(d) == 0 || d[0] != '{' {
		return nil, fault.Errorf(fault.Invalid, "query Nautobot's GraphQL: the answer has no data: %s", shortened(string(a.value)))
	}
	return d, nil
}

// literal returns a value as GraphQL writes it.
func literal(v any) (string, error) {
	switch x := v.(type) {
	case string:
		return quoted(x), nil
	case bool, float64, json.Number, int:
		return fmt.Sprint(x), nil
	case []any:
		var parts []string
		for _, e := range x {
			if _, nested := e.([]any); nested {
				return "", fmt.Errorf("a list in a list")
			}
			s, err := literal(e)
			if err != nil {
				return "", err
			}
			parts = append(parts, s)
		}
		return "[" + strings.Join(parts, ", ") + "]", nil
	}
	return "", fmt.Errorf("want a text, a number, a boolean or a list")
}
