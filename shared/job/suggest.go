package job

// Nearest returns the one of the names that was probably meant by got, "" where none is near.
func Nearest(got string, names []string) string { return nearest(got, names) }
