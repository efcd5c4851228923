package dashboard

import (
	"context"
	"fmt"

	"github.com/plumbline-sync/plumbline/shared/apply/journal"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/finding"
	"github.com/plumbline-sync/plumbline/shared/run"
)

// endError says that a list ends before the page that the address asks for; first is the address of its first page.
type endError struct {
	error
	first string
}

func (e endError) Unwrap() error { return e.error }

// beyond is the error of a page that begins where the list has nothing any more.
func (p *listPage) beyond(from string) error {
	return endError{fault.Errorf(fault.NotFound, "%s: it ends before %q; there is no page from there on", p.What, from), p.address("")}
}

// noPlace is the error of a page that begins at what is no place of a list.
func (p *listPage) noPlace(from string) error {
	return queryError{fault.Errorf(fault.Invalid, "%s: from %q is no place in it", p.What, from)}
}

// journalPlace reads where a page of the run's journals begins: JOURNAL.OBJECT.LINE. An error where there is nothing from there on in that journal.
func (d *Dashboard) journalPlace(ctx context.Context, p *listPage, prefixes []string, from string) (which int, object, line int64, err error) {
	if _, err := fmt.Sscanf(from, "%d.%d.%d", &which, &object, &line); err != nil || which < 0 || object < 0 || line < 0 {
		return 0, 0, 0, p.noPlace(from)
	}
	if which >= len(prefixes) {
		return 0, 0, 0, p.beyond(from)
	}
	for h, entries := range journal.Open(d.Env.Objects, prefixes[which], "").ObjectsFrom(ctx, object) {
		n := int64(0)
		for _, err := range entries {
			if n++; err != nil || h.Number > object || n >= line {
				return which, object, line, brokenOr(ctx, err)
			}
		}
	}
	return 0, 0, 0, p.beyond(from)
}

// findingPlace reads where a page of findings begins: LIST.NUMBER. An error where that list has none with the number.
func (d *Dashboard) findingPlace(ctx context.Context, p *listPage, one *run.Run, names []string, from string) (which int, at int64, err error) {
	if _, err := fmt.Sscanf(from, "%d.%d", &which, &at); err != nil || which < 0 || at < 0 {
		return 0, 0, p.noPlace(from)
	}
	if which >= len(names) {
		return 0, 0, p.beyond(from)
	}
	f, err := finding.Open(ctx, d.Env.Objects, d.Env.ObjectName(one, names[which]))
	if fault.Is(err, fault.NotFound) {
		return 0, 0, p.beyond(from)
	}
	if err != nil {
		return 0, 0, brokenOr(ctx, err)
	}
	defer f.Close()
	if at >= f.Len() {
		return 0, 0, p.beyond(from)
	}
	return which, at, nil
}
