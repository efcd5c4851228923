package main

import "os"

// peakOf returns 0: it is not told here.
func peakOf(*os.ProcessState) int64 { return 0 }
