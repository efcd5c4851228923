package job

import (
	"fmt"

	"github.com/plumbline-sync/plumbline/shared/record"
)

// valueOf returns what a node of the file means as a value. Keys that stand twice were reported before.
func valueOf(n *node) (record.Value, error) {
	src, err := appendJSON(nil, n)
	if err != nil {
		return nil, err
	}
	return record.AppendCanonical(nil, src)
}

func appendJSON(dst []byte, n *node) ([]byte, error) {
	var err error
	switch n.shape {
	case shapeNull:
		return append(dst, record.Null...), nil
	case shapeBool, shapeNumber:
		return append(dst, n.text...), nil
	case shapeText:
		v, err := record.StringValue(n.text)
		return append(dst, v...), err
	case shapeList:
		dst = append(dst, '[')
		for i, c := range n.items {
			if i > 0 {
				dst = append(dst, ',')
			}
			if dst, err = appendJSON(dst, c); err != nil {
				return nil, err
			}
		}
		return append(dst, ']'), nil
	}
	dst = append(dst, '{')
	for i, e := range n.entries {
		if i > 0 {
			dst = append(dst, ',')
		}
		k, err := record.StringValue(e.key)
		if err != nil {
			return nil, err
		}
		if dst, err = appendJSON(append(append(dst, k...), ':'), e.val); err != nil {
			return nil, err
		}
	}
	return append(dst, '}'), nil
}

// scalarValue is valueOf for a scalar of a condition.
func scalarValue(n *node) (record.Value, error) {
	if n.shape >= shapeList {
		return nil, fmt.Errorf("want a value, got %s", n)
	}
	return valueOf(n)
}
