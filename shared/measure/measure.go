// Package measure takes a step's duration and memory.
package measure
