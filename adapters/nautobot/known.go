package nautobot

import (
	"sync"
	"time"
)

// fresh is how long what Nautobot says of itself is taken as still so. Each step of a run opens the adapter anew, and would ask again.
const fresh = 30 * time.Second

// known is what one Nautobot says of itself to one token.
type known struct {
	schema schema

	mu     sync.Mutex
	rules  map[string]*rules // by endpoint; nil where the token may not create
	fields map[string]*customField
	hidden bool // the token may not see the custom fields
	since  time.Time
}

// memory keeps what was learned by address and token.
type memory struct {
	mu  sync.Mutex
	all map[string]*known
}

// of returns what is known of the client's Nautobot, where that is fresh; else a place for it.
func (m *memory) of(c *client) *known {
	m.mu.Lock()
	defer m.mu.Unlock()
	for name, k := range m.all {
		if time.Since(k.since) > fresh {
			delete(m.all, name)
		}
	}
	name := c.base.String() + " " + c.token
	k := m.all[name]
	if k == nil {
		k = &known{rules: map[string]*rules{}, since: time.Now()}
		m.all[name] = k
	}
	return k
}

// teach lets the choices of fields be known that were come across after what REST says of them.
func (k *known) teach() {
	k.mu.Lock()
	defer k.mu.Unlock()
	for endpoint, r := range k.rules {
		if r != nil {
			k.schema.teach(endpoint, r)
		}
	}
}

// forget lets the custom fields be asked for anew.
func (k *known) forget() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.fields = nil
}
