package faulttest

import (
	"os"
	"syscall"
	"testing"
)

// SmallDisk returns a folder with a file system of its own, of a size as "1m", for a test that fills it; both end with the test, which is skipped where nothing may be mounted.
func SmallDisk(t testing.TB, size string) string {
	t.Helper()
	dir := t.TempDir()
	if os.Getuid() != 0 {
		t.Skip("only root may mount the small file system that this fills")
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
		t.Skipf("the small file system that this fills cannot be mounted here: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	return dir
}
