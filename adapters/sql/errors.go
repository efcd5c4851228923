package sql

import (
	"context"
	"errors"

	"github.com/plumbline-sync/plumbline/shared/fault"
)

// failed returns the error of an operation on a whole database or statement, coded. An error that has a code keeps it.
func failed(d dialect, op, object string, err error) error {
	if _, coded := errors.AsType[*fault.Error](err); coded {
		return err
	}
	t := d.fault(err)
	switch t.kind {
	case stopped:
		if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
			return err
		}
		return fault.Errorf(fault.Stopped, "%s database %q: %s", op, object, t.text)
	case busy, full, ioError, lost:
		return fault.Errorf(fault.Unavailable, "%s database %q: %s", op, object, t.text)
	case denied:
		return fault.Errorf(fault.Denied, "%s database %q: %s", op, object, t.text)
	case missing:
		return fault.Errorf(fault.NotFound, "%s database %q: %s", op, object, t.text)
	}
	return fault.Errorf(fault.Invalid, "%s database %q: %s", op, object, t.text)
}
