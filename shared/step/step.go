// Package step holds the steps of a run as plain functions with small JSON in and out; the only code that mains call.
package step
