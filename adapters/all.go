// Package adapters names the adapters that Plumbline comes with.
package adapters

import (
	"github.com/plumbline-sync/plumbline/adapters/file"
	"github.com/plumbline-sync/plumbline/adapters/nautobot"
	"github.com/plumbline-sync/plumbline/adapters/sql"
	"github.com/plumbline-sync/plumbline/shared/adapter"
)

// All returns a registry of every adapter that Plumbline comes with. An adapter joins by one line here.
func All() *adapter.Registry {
	return adapter.NewRegistry(
		file.Type(),
		nautobot.Type(),
		sql.Type(),
	)
}
