package sql

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
)

// Ping implements adapter.Pinger.
func (a *database) Ping(ctx context.Context, models []*adapter.Model) ([]string, error) {
	_, l, err := a.reading(ctx)
	if err != nil {
		return nil, err
	}
	target := a.setup.Side == "target"
	note, err := a.d.standing(target)
	lines := []string{l.catalog.version + ", " + a.name + note}
	problems := append([]error{}, l.problems...)
	if err != nil {
		problems = append(problems, err)
	}
	for _, am := range models {
		m := l.find(am.Name)
		if m == nil {
			continue
		}
		var names []string
		for _, f := range append(slices.Clip(m.fields), m.fixed...) {
			names = append(names, f.name)
			if target && f.column.generated {
				problems = append(problems, fmt.Errorf("model %q: column %q of %s is computed by the database; it cannot be written", m.Name, f.column.name, m.table))
			}
		}
		line := fmt.Sprintf("%s: %s (%s)", m.Name, m.table, strings.Join(names, ", "))
		if slices.Contains(m.table.forbidden, "SELECT") {
			problems = append(problems, fault.Errorf(fault.Denied, "model %q: this user may not SELECT from %s", m.Name, m.table))
		} else if target && len(m.table.forbidden) > 0 {
			line += "; this user may not " + strings.Join(m.table.forbidden, ", ") + " there"
		}
		lines = append(lines, line)
		if !target || m.Policy == "update-only" {
			continue
		}
		for _, c := range m.table.columns {
			if c.notNull && !c.filled && !c.generated && m.fieldOf(c) == nil && !m.sets(c) {
				problems = append(problems, fmt.Errorf("model %q: column %q of %s must have a value (NOT NULL, no default), and no field of the model fills it", m.Name, c.name, m.table))
			}
		}
	}
	if len(problems) > 0 {
		return lines, fault.Wrap(fault.Of(coded(problems)), errors.Join(problems...))
	}
	return lines, nil
}

// sets reports whether a constant of the mapping fills a column.
func (m *model) sets(c *column) bool {
	for _, f := range m.fixed {
		if f.column == c {
			return true
		}
	}
	return false
}

// coded returns an error with the code of the first that has one, else Invalid.
func coded(errs []error) error {
	for _, err := range errs {
		if fault.Of(err) != fault.Internal {
			return err
		}
	}
	return fault.Errorf(fault.Invalid, "not as the job needs it")
}
