// Package rules holds the house rules that a machine can check, as tests about the whole tree. It belongs to no part of the product.
// A rule stands here with its reason, which a failing test prints: who breaks it on purpose changes the rule in the same commit.
package rules
