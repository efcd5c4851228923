package record

import (
	"bytes"
	"errors"
	"fmt"
)

// Check returns what is wrong with a line from an untrusted place; nil when AppendLine could have made it.
func (l Line) Check() error {
	tab := bytes.IndexByte(l, '\t')
	if tab < 0 {
		return fmt.Errorf("the line has no TAB after what is compared")
	}
	c := checker{text: l[:tab]}
	c.literal(`{"k":`)
	c.key("the key")
	if c.optional(parentTag) {
		c.key("the parent's key")
	}
	c.literal(attrsTag)
	c.kind("the attributes", ObjectKind, 0)
	c.end()
	c = checker{text: l[tab+1:], base: tab + 1, err: c.err}
	if c.optional(idsTag) {
		c.kind("the spelling", ArrayKind, 1)
	}
	if c.optional(flagsTag) {
		v := c.kind("the flags", NumberKind, 0)
		if n, ok := v.Int64(); c.err == nil && (!ok || n < 1 || n > 255) {
			c.fail("the flags are %s, not 1 to 255", v)
		}
	}
	if c.optional(localTag) {
		if v := c.kind("the local values", ObjectKind, 0); string(v) == "{}" {
			c.fail("the local values are empty")
		}
	}
	c.literal(`}`)
	c.end()
	return c.err
}

// checker walks a text piece by piece and keeps the first mistake.
type checker struct {
	text    []byte
	at      int
	base    int // of text in the line
	err     error
	scratch []byte
}

func (c *checker) fail(format string, args ...any) {
	if c.err == nil {
		c.err = bad(c.base+c.at, fmt.Sprintf(format, args...))
	}
}

func (c *checker) optional(tag string) bool {
	if c.err != nil || !bytes.HasPrefix(c.text[c.at:], []byte(tag)) {
		return false
	}
	c.at += len(tag)
	return true
}

func (c *checker) literal(tag string) {
	if !c.optional(tag) {
		c.fail("%s should stand here", tag)
	}
}

func (c *checker) end() {
	if c.err == nil && c.at != len(c.text) {
		c.fail("something that does not belong here")
	}
}

// kind takes a canonical value of the kind, which has at least so many elements.
func (c *checker) kind(what string, kind ValueKind, atLeast int) Value {
	if c.err != nil {
		return nil
	}
	var parser canon
	out, end, err := parser.value(c.scratch[:0], c.text, c.at, 0)
	if err != nil {
		if syntax := (*SyntaxError)(nil); errors.As(err, &syntax) {
			c.at = syntax.Offset
			c.fail("%s cannot be read: %s", what, syntax.Reason)
		}
		return nil
	}
	v := Value(c.text[c.at:end])
	switch {
	case !bytes.Equal(out, v):
		c.fail("%s not in canonical form", what)
	case v.Kind() != kind:
		c.fail("%s should be %s, not %s", what, kind, v.Kind())
	case kind == ArrayKind && len(v.Elements()) < atLeast:
		c.fail("%s too short", what)
	}
	c.scratch, c.at = out, end
	return v
}

func (c *checker) key(what string) {
	v := c.kind(what, ArrayKind, 1)
	if c.err == nil && v.Elements()[0].Kind() != StringKind {
		c.fail("%s does not begin with a kind", what)
	}
}
