package rules

import (
	"fmt"
	"os/exec"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// layers are the folders from low to high: a package imports packages of lower layers only. A folder stands for those below it too, the longest name wins.
func layers() [][]string {
	return [][]string{
		{"shared/fault", "shared/record", "shared/words", "shared/signed", "shared/servertest", "shared/faulttest"}, // words that everything uses; one request; what tests of any layer start
		{"shared/secret", "shared/objects", "shared/spill", "shared/expression"},                                    // texts, streams, sorting and computing, which know no job
		{"shared/job", "shared/run", "shared/snapshot"},                                                             // what a user writes, what a run leaves
		{"shared/adapter", "shared/measure", "shared/finding"},
		{"shared/mapping", "shared/plan", "shared/adapter/typed"},
		{"shared/load", "shared/apply"},
		{"shared/step"},
		{"shared/step/aws", "shared/step/lambda", "shared/schedule"}, // steps called from elsewhere, steps served; when they are called
		{"shared/dashboard"},
		{"adapters"},
		{"cmd", "functions", "statemachine"},
		{"examples"}, // programs of one's own call the command line
	}
}

// bans are imports that no layer allows, each with its reason. From and to are folders or modules; a trailing "/..." means what is below, too.
func bans() []struct{ from, to, reason string } {
	return []struct{ from, to, reason string }{
		{"shared/...", "adapters/...", "the engine knows interfaces only: the mains pass the registry in"},
		{"shared/...", "cmd/...", "nothing below a main knows it"},
		{"shared/job/...", "shared/adapter/...", "a job file is read with what the caller's catalog says of adapters: adapters import the job, not the other way"},
		{"shared/snapshot/...", "shared/job/...", "a snapshot holds values as they came: rules of a job never change what is stored"},
		{"shared/plan/...", "shared/adapter/...", "a plan follows from two snapshots alone: what the target says comes in as functions"},
		{"adapters/...", "shared/step/...", "an adapter knows records, not runs"},
		{"adapters/...", "shared/plan/...", "an adapter knows records, not runs"},
		{"adapters/...", "shared/apply/...", "an adapter knows records, not runs"},
		{"adapters/...", "shared/run/...", "an adapter knows records, not runs"},
		{"adapters/...", "shared/snapshot/...", "an adapter knows records, not runs"},
		{"adapters/...", "modernc.org/...", "a function has no file to open, and starts faster without SQLite: who needs it links it (cmd, by shared/run/sqlite)"},
		{"functions/...", "shared/run/sqlite/...", "a function has no file to open, and starts faster without SQLite"},
		{"functions/...", "shared/plan/...", "functions call steps only, so that the laptop does the same"},
		{"functions/...", "shared/apply/...", "functions call steps only, so that the laptop does the same"},
		{"functions/...", "html/template", "a function serves no pages, and html/template costs it 10 MB"},
		{"functions/...", "shared/dashboard/...", "a function serves no pages, and html/template costs it 10 MB"},
		{"functions/...", "shared/load/...", "functions call steps only, so that the laptop does the same"},
		{"...", "io/ioutil", "os and io have it"},
		{"...", "math/rand", "math/rand/v2 has it, seeded"},
		{"shared/...", "log", "lines go through log/slog into the run's log"},
		{"adapters/...", "log", "lines go through log/slog into the run's log"},
		{"...", "github.com/stretchr/testify/...", "tests compare with cmp.Diff"},
		{"...", "github.com/golang/mock/...", "fakes rather than mocks"},
		{"...", "go.uber.org/mock/...", "fakes rather than mocks"},
		{"...", "github.com/aws/aws-sdk-go/...", "version 1 of the SDK is no longer kept"},
	}
}

// awsHomes are the packages that may import the AWS SDK: elsewhere everything runs on a laptop without it.
func awsHomes() []string {
	return []string{"shared/signed", "shared/objects/s3", "shared/run/dynamodb", "shared/secret/aws", "shared/step/aws", "shared/step/lambda", "functions", "statemachine", "cmd"}
}

func below(folder, pattern string) bool {
	if pattern == "..." {
		return true
	}
	up, all := strings.CutSuffix(pattern, "/...")
	return folder == up || all && strings.HasPrefix(folder, up+"/")
}

// layerOf returns the layer of a folder; -1 where it has none.
func layerOf(folder string) (layer int, home string) {
	layer = -1
	for n, names := range layers() {
		for _, name := range names {
			if below(folder, name+"/...") && len(name) > len(home) {
				layer, home = n, name
			}
		}
	}
	return layer, home
}

// isSuite says whether a package is only for tests, which may look at what they test.
func isSuite(folder string) bool { return strings.HasSuffix(path.Base(folder), "test") }

// eachImport calls f for each import of a file that is not a test.
func eachImport(t *testing.T, f func(from, to, at string)) {
	t.Helper()
	all := readTree(t)
	for _, s := range all.sources {
		if s.isTest {
			continue
		}
		for _, spec := range s.ast.Imports {
			to, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			f(s.folder(), strings.TrimPrefix(to, module), all.at(spec.Pos()))
		}
	}
}

func TestImportsPointOneWay(t *testing.T) {
	var up, homeless []string
	eachImport(t, func(from, to, at string) {
		if !strings.HasPrefix(to, "shared/") && !below(to, "adapters/...") && !below(to, "cmd/...") {
			return
		}
		low, lowHome := layerOf(to)
		high, highHome := layerOf(from)
		if low < 0 || high < 0 {
			homeless = append(homeless, fmt.Sprintf("%s: %s imports %s", at, from, to))
			return
		}
		if low >= high && lowHome != highHome && !isSuite(from) {
			up = append(up, fmt.Sprintf("%s: %s imports %s", at, from, to))
		}
	})
	broken(t, "imports point one way, from high layers to low ones (layers in imports_test.go): so that each package can be understood without those that use it", up)
	broken(t, "each package of ours has a layer in imports_test.go, so that somebody thought of where it belongs", homeless)
}

func TestImportsBanned(t *testing.T) {
	for _, ban := range bans() {
		var places []string
		eachImport(t, func(from, to, at string) {
			if below(from, ban.from) && below(to, ban.to) && !isSuite(from) {
				places = append(places, fmt.Sprintf("%s: %s imports %s", at, from, to))
			}
		})
		broken(t, ban.reason, places)
	}
}

// TestFunctionsServeNoPages looks at everything that a function links, by whatever way it comes in, built as the Makefile builds it.
func TestFunctionsServeNoPages(t *testing.T) {
	list := exec.CommandContext(t.Context(), "go", "list", "-deps", "-tags", "lambda.norpc", "-f", "{{.ImportPath}}", "./functions/...")
	list.Dir = root
	out, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	var places []string
	for dep := range strings.FieldsSeq(string(out)) {
		if dep == "html/template" || strings.HasPrefix(dep, module+"shared/dashboard") {
			places = append(places, dep)
		}
	}
	broken(t, "no function links the dashboard or html/template: it costs 10 MB, and cold starts", places)
}

func TestAdaptersStandAlone(t *testing.T) {
	var places []string
	eachImport(t, func(from, to, at string) {
		if below(from, "adapters/...") && from != "adapters" && !isSuite(from) && below(to, "adapters/...") && !below(to, ownAdapter(from)+"/...") {
			places = append(places, fmt.Sprintf("%s: %s imports %s", at, from, to))
		}
	})
	broken(t, "adapters never import each other: each can be read, changed and removed alone", places)
}

// ownAdapter returns the folder directly below adapters that a folder belongs to.
func ownAdapter(folder string) string {
	parts := strings.SplitN(folder, "/", 3)
	return strings.Join(parts[:min(2, len(parts))], "/")
}

func TestAWSHasItsPlaces(t *testing.T) {
	var places []string
	eachImport(t, func(from, to, at string) {
		aws := strings.HasPrefix(to, "github.com/aws/")
		allowed := slices.ContainsFunc(awsHomes(), func(home string) bool { return below(from, home+"/...") })
		if aws && !allowed {
			places = append(places, fmt.Sprintf("%s: %s imports %s", at, from, to))
		}
	})
	broken(t, "the AWS SDK stays in the packages listed in imports_test.go: everything else runs on a laptop without it, and starts faster", places)
}

// TestAdaptersAreInTheBundle: an adapter that nobody lists is an adapter that nobody can use.
func TestAdaptersAreInTheBundle(t *testing.T) {
	listed := make(map[string]bool)
	eachImport(t, func(from, to, _ string) {
		if from == "adapters" {
			listed[to] = true
		}
	})
	var places []string
	for folder := range readTree(t).folders() {
		if path.Dir(folder) == "adapters" && !isSuite(folder) && folder != "adapters/memory" && !listed[folder] {
			places = append(places, folder)
		}
	}
	broken(t, "every adapter is in adapters/all.go (memory is for tests)", places)
}
