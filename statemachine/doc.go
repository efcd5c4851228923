// Package statemachine holds the definition of the state machine, the tests that hold it against template and code, and those that execute it.
package statemachine
