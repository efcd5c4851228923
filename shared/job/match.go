package job

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/plumbline-sync/plumbline/shared/record"
)

// compiled is what a condition needs to match fast.
type compiled struct {
	typ  Type
	fold bool // the field ignores case
	re   *regexp.Regexp
	nets []netip.Prefix
}

// compile works out expression and networks.
func (c *Condition) compile() error {
	c.re, c.nets = nil, nil
	if c.Regexp != "" {
		expr := c.Regexp
		if c.fold {
			expr = "(?i)" + expr
		}
		re, err := regexp.Compile(expr)
		if err != nil {
			return err
		}
		c.re = re
	}
	for _, s := range c.CIDRs {
		p, err := netip.ParsePrefix(s)
		if err != nil {
			return err
		}
		c.nets = append(c.nets, p)
	}
	return nil
}

// Match reports whether a record, whose fields get returns (nil: absent), is in the scope: all conditions hold. A nil Where matches everything.
// Of a list field one element is enough; an absent field matches only a null; without a type, 5 matches "5".
func (w Where) Match(get func(field string) record.Value) bool {
	for i := range w {
		if !w[i].match(get(w[i].Field)) {
			return false
		}
	}
	return true
}

func (c *Condition) match(v record.Value) bool {
	if c.re == nil && c.Regexp != "" || len(c.nets) < len(c.CIDRs) { // made by hand, not read
		d := *c
		if d.compile() != nil {
			return false
		}
		c = &d
	}
	if v.Kind() == record.ArrayKind {
		return slices.ContainsFunc(v.Elements(), c.one)
	}
	return c.one(v)
}

// one matches a value that is no list.
func (c *Condition) one(v record.Value) bool {
	if v.Kind() == record.Absent {
		v = record.Value(record.Null)
	}
	for _, want := range c.Values {
		if c.same(want, v) {
			return true
		}
	}
	if v.IsNull() || c.re == nil && len(c.nets) == 0 {
		return false
	}
	s := v.String()
	return c.re != nil && c.re.MatchString(s) || c.inNet(s)
}

func (c *Condition) same(want, got record.Value) bool {
	if c.fold {
		want, got = Fold(want), Fold(got)
	}
	if string(want) == string(got) {
		return true
	}
	if c.typ != "" && c.typ != List || want.IsNull() || got.IsNull() {
		return false
	}
	return record.EqualLoose(want, got) || want.String() == got.String()
}

// inNet reports whether an address or a network lies in one of the condition's.
func (c *Condition) inNet(s string) bool {
	if len(c.nets) == 0 {
		return false
	}
	bits := -1
	addr, err := netip.ParseAddr(s)
	if err != nil {
		if !strings.Contains(s, "/") {
			return false
		}
		p, err := netip.ParsePrefix(s)
		if err != nil {
			return false
		}
		addr, bits = p.Addr(), p.Bits()
	}
	for _, n := range c.nets {
		if n.Contains(addr) && (bits < 0 || bits >= n.Bits()) {
			return true
		}
	}
	return false
}
