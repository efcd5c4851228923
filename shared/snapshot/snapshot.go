// Package snapshot writes and reads snapshots: all records of one side as loaded, sorted by identity, cut into content-defined blocks, immutable.
package snapshot
