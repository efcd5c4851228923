// Package parity compares Plumbline with DiffSync itself: it holds tests only. The same random trees go through both, and what DiffSync says of them
// (summary, dict, str, the target after the sync) is what Plumbline has to say. Where the two are meant to differ a test of that name shows both.
package parity
