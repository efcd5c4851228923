// Package mapping translates between a side's fields and the model's: their record into ours on a load, ours into theirs on a write.
package mapping
