package sql

import (
	"fmt"
	"os"
	"testing"
)

// TestMain runs the writer that TestKilled kills, or the tests; then it ends the server that they used.
func TestMain(m *testing.M) {
	if dir := os.Getenv("PLUMB_TEST_WRITER"); dir != "" {
		writeForEver(dir)
	}
	code := m.Run()
	if started.s != nil {
		if err := started.s.Stop(); err != nil {
			fmt.Println(err)
			code = max(code, 1)
		}
	}
	os.Exit(code)
}
