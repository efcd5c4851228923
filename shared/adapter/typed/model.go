package typed

import (
	"context"
)

// Funcs write the records of one model. A nil one: the Spec's own for all models, else the system cannot do that.
// Errors carry a code (package fault) as adapter.Writer says: Conflict, NotFound, Invalid, Denied, Throttled, Unavailable, UnknownOutcome.
type Funcs[S, T any] struct {
	// Create makes the record. Local values that the system gives it are set in x.
	Create func(sys S, ctx context.Context, x *T) error
	// Update changes the record from what it was.
	Update func(sys S, ctx context.Context, now, was *T) error
	// Delete removes the record.
	Delete func(sys S, ctx context.Context, x *T) error
}

// Model is one model of a system: the struct that stands for it, and how it is written. It is made by Read or Write.
type Model[S any] struct {
	shape  *shape
	create func(sys S, ctx context.Context, x any) error
	update func(sys S, ctx context.Context, now, was any) error
	delete func(sys S, ctx context.Context, x any) error
}

// Read returns the model of the struct T, without functions of its own.
func Read[S, T any]() Model[S] {
	var x T
	return Model[S]{shape: shapeOf(x)}
}

// Write returns the model of the struct T with its functions.
func Write[S, T any](f Funcs[S, T]) Model[S] {
	m := Read[S, T]()
	if f.Create != nil {
		m.create = func(sys S, ctx context.Context, x any) error { return f.Create(sys, ctx, x.(*T)) }
	}
	if f.Update != nil {
		m.update = func(sys S, ctx context.Context, now, was any) error { return f.Update(sys, ctx, now.(*T), was.(*T)) }
	}
	if f.Delete != nil {
		m.delete = func(sys S, ctx context.Context, x any) error { return f.Delete(sys, ctx, x.(*T)) }
	}
	return m
}
