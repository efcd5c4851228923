//go:build !unix

package sql

// writable is not known here before something is written.
func writable(string) error { return nil }
