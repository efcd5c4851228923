package nautobot

import (
	"encoding/hex"
	"net/netip"
	"strings"
	"unicode"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// ofJSON are the fields of Nautobot's own kinds that hold JSON, beside those whose names end in "data". A test compares them with what a real Nautobot says.
const ofJSON = " config_schema data_schema extra_attributes extra_config extra_options filter headers mapping model_constraints napalm_args parameters variables "

// isJSON reports whether what a path leads to is JSON.
func isJSON(field string) bool {
	last := field[strings.LastIndexByte(field, '.')+1:]
	return strings.HasSuffix(last, "data") || strings.Contains(ofJSON, " "+last+" ")
}

// keeps implements adapter.Type.Keeps. Custom fields and fields of JSON are kept as they come; the mark is no tag of a record's own, on whichever side it is.
func keeps(config any, m *adapter.Model, field string) func(record.Value) record.Value {
	k, err := kindOf(m)
	if err != nil || strings.HasPrefix(field, "cf.") || isJSON(field) {
		return nil
	}
	kept := func(s string) string { return keptText(k.name, field, s) }
	if c, _ := config.(*Config); c != nil && c.Mark != "" && field == "tags" {
		return func(v record.Value) record.Value {
			if v = keptValue(v, kept); !has(v, c.Mark) {
				return v
			}
			return without(v, c.Mark)
		}
	}
	return func(v record.Value) record.Value { return keptValue(v, kept) }
}

// keptValue is keptText for a value: a text, a list of texts, or an object of texts (natural keys).
func keptValue(v record.Value, kept func(string) string) record.Value {
	switch v[0] {
	case '"':
		s, _ := v.Text()
		if k := kept(s); k != s {
			return record.Value(quoted(k))
		}
	case '[':
		out, other := record.Value("["), false
		for i, e := range v.Elements() {
			x := keptValue(e, kept)
			other = other || string(x) != string(e)
			if i > 0 {
				out = append(out, ',')
			}
			out = append(out, x...)
		}
		if other {
			return append(out, ']')
		}
	case '{':
		fs, other := v.Members(), false
		for i, f := range fs {
			fs[i].Value = keptValue(f.Value, kept)
			other = other || string(fs[i].Value) != string(f.Value)
		}
		if other {
			return record.AppendObject(nil, fs)
		}
	}
	return v
}

// keptText returns what Nautobot makes of a text that it keeps in a field: without blanks around it; of a prefix without host bits; addresses, MAC addresses and DNS names in their one spelling.
func keptText(kind, field, s string) string {
	s = strings.TrimFunc(s, func(r rune) bool { return unicode.IsSpace(r) || r >= 0x1c && r <= 0x1f })
	way := strings.Split(field, ".")
	switch last := way[len(way)-1]; {
	case last == "prefix" && (kind == "prefix" || len(way) > 1):
		if p, ok := network(s); ok {
			return p.Masked().String()
		}
	case last == "address":
		if p, ok := network(s); ok {
			return p.String()
		}
	case last == "dns_name":
		return strings.ToLower(s)
	case last == "mac_address":
		return mac(s)
	}
	return s
}

// network reads an address with the length of its prefix, by default the whole.
func network(s string) (netip.Prefix, bool) {
	if p, err := netip.ParsePrefix(s); err == nil {
		return p, true
	}
	a, err := netip.ParseAddr(s)
	if err != nil || a.Zone() != "" {
		return netip.Prefix{}, false
	}
	return netip.PrefixFrom(a, a.BitLen()), true
}

// mac returns a MAC address in capitals with colons; what is none as it is.
func mac(s string) string {
	b, err := hex.DecodeString(strings.NewReplacer(":", "", "-", "", ".", "").Replace(s))
	if err != nil || len(b) != 6 {
		return s
	}
	parts := make([]string, len(b))
	for i := range b {
		parts[i] = strings.ToUpper(hex.EncodeToString(b[i : i+1]))
	}
	return strings.Join(parts, ":")
}
