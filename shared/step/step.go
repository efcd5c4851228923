// Package step holds the steps of a run as plain functions with small JSON in and out; the only code that mains call.
package step

// Release is the version of Plumbline; the stack's output Version and the command line's are the same.
const Release = "0.1.0"
