// Package spill sorts more than fits in memory: records collect in a bounded buffer, sorted runs go to temporary files, and merge.
package spill
