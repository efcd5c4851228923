package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/plumbline-sync/plumbline/shared/job"
)

// Version returns Plumbline's version: the module's where it was installed as one, else the commit that it was built from.
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	version := "devel"
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision" && len(s.Value) >= 12:
			version += "-" + s.Value[:12]
		case s.Key == "vcs.modified" && s.Value == "true":
			version += "-modified"
		}
	}
	return version
}

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Long:  "version prints Plumbline's version, Go's, and what it was built for.\n" + exitHelp(exitDone),
		Args:  args(0, 0, "no arguments"),
		RunE: func(*cobra.Command, []string) error {
			if a.output == "json" {
				return a.json("version", map[string]string{"version": Version(), "go": runtime.Version(), "platform": runtime.GOOS + "/" + runtime.GOARCH})
			}
			fmt.Fprintf(a.out, "plumb %s %s %s/%s\n", Version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return nil
		},
	}
}

func (a *app) schemaCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of a job file",
		Long: "schema prints the JSON Schema of a job file with every adapter's options, for editors that complete and check:\n" +
			"  plumb schema > job.schema.json, and as the first line of a job file:  # yaml-language-server: $schema=job.schema.json\n" + exitHelp(exitDone, exitFailed),
		Args: args(0, 0, "no arguments"),
		RunE: func(*cobra.Command, []string) error {
			text, err := job.Schema(a.registry)
			if err != nil {
				return err
			}
			_, err = a.out.Write(text)
			return err
		},
	}
}
