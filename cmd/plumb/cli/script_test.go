package cli_test

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/plumbline-sync/plumbline/adapters"
	"github.com/plumbline-sync/plumbline/cmd/plumb/cli"
)

var update = flag.Bool("update", false, "rewrite the expected output in scripts")

// TestMain lets scripts and documents run this very test binary as plumb.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"plumb": func() {
			os.Exit(cli.Run(context.Background(), os.Args[1:], adapters.All(), os.Stdin, os.Stdout, os.Stderr))
		},
	})
}

// shared writes the files of testdata/base.txtar that a script does not have itself.
func shared(file, dir string) error {
	base, err := txtar.ParseFile(file)
	if err != nil {
		return err
	}
	for _, f := range base.Files {
		name := filepath.Join(dir, f.Name)
		if _, serr := os.Stat(name); serr != nil && err == nil {
			err = writeText(name, string(f.Data))
		}
	}
	return err
}

// TestScripts runs the scenarios of the command line; each script's first word is its subcommand.
func TestScripts(t *testing.T) {
	examples, err := filepath.Abs("../../../examples")
	if err != nil {
		t.Fatal(err)
	}
	baseFile, err := filepath.Abs("testdata/base.txtar")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		Cmds:                map[string]func(*testscript.TestScript, bool, []string){"normal": normal},
		Setup: func(e *testscript.Env) error {
			e.Setenv("EXAMPLES", examples)
			e.Setenv("HOME", e.WorkDir)
			e.Setenv("TZ", "UTC")
			e.Setenv("GORACE", os.Getenv("GORACE"))
			e.Setenv("PLUMB_STATE", "")
			return shared(baseFile, e.WorkDir)
		},
	})
}
