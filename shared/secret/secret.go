// Package secret holds references to secrets: resolved late, printed never.
package secret
