// Package measure takes a step's duration, its memory, and the CPU time of the process.
//
// What the numbers are:
//
//   - Peak is the most memory that the process had resident (its own and shared pages, as the operating system counts them) at a moment of the step. Memory.How says since when:
//     "reset": since the step began, exactly: Linux keeps the peak and let us reset it (/proc/self/clear_refs).
//     "sampled": since the step began, looked at every 10 milliseconds, because the peak could not be reset: a shorter one is missed.
//     "process": since the process began or the peak was last reset. So it is where another step runs in the process at the same time (Memory.Shared), and on systems other than Linux;
//     there the number is what Go's runtime has obtained from the system, which is not always resident.
//   - End, with profiling, is the memory that is resident when the step has ended and what it no longer needs was given back: what it leaves behind.
//   - HeapPeak, with profiling, is the most that objects on the Go heap took, living or not yet collected, looked at every 10 milliseconds.
//
// Peak and End count the whole process: the program itself, which is some 20 MB before any step, is in them.
package measure
