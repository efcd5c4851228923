// Package plan works out every change that would bring the target to the source, and keeps it: diff two snapshots into a plan; read, filter and print it.
package plan
