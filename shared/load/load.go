// Package load turns what an adapter yields into a snapshot: it maps fields, converts types, checks records against their models, and collects findings.
package load
