// Package apply carries out a plan against a target: order, batches, workers, retries, journal, resume.
package apply
