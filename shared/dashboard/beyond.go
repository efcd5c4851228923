package dashboard

import "github.com/plumbline-sync/plumbline/shared/fault"

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
