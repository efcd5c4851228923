package job

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/plumbline-sync/plumbline/shared/fault"
)

// Find returns the path of the job file that jobArg means: the path of a file, or the name of a job in dir (NAME.yaml, NAME.yml, or the file whose `job:` says it).
// NotFound names the nearest job there is; two files of one name are Conflict.
func Find(dir, jobArg string) (file string, err error) {
	if jobArg == "" || control(jobArg) {
		return "", fault.Errorf(fault.Invalid, "find job %s: want the name of a job or the path of a job file", quote(jobArg))
	}
	if strings.ContainsAny(jobArg, `/\`) || isJobFile(jobArg) {
		st, err := os.Stat(jobArg)
		switch {
		case err == nil && st.IsDir():
			return "", fault.Errorf(fault.Invalid, "find job %q: that is a folder; name a job file in it", jobArg)
		case err == nil:
			return jobArg, nil
		case strings.ContainsAny(jobArg, `/\`):
			return "", fault.Errorf(fault.NotFound, "find job %q: no such file", jobArg)
		}
	}
	files, err := Files(dir)
	if err != nil {
		return "", err
	}
	var names, hits []string
	for _, f := range files {
		name := nameIn(f)
		names = append(names, name)
		if name == jobArg || filepath.Base(f) == jobArg {
			hits = append(hits, f)
		}
	}
	switch {
	case len(hits) == 1:
		return hits[0], nil
	case len(hits) > 1:
		return "", fault.Errorf(fault.Conflict, "find job %q: %s and %s both have that name; give one of them another by job: NAME", jobArg, hits[0], hits[1])
	case len(files) == 0:
		return "", fault.Errorf(fault.NotFound, "find job %q: there are no job files in %q", jobArg, dir)
	}
	return "", fault.Errorf(fault.NotFound, "find job %q: no such job in %q%s", jobArg, dir, instead(jobArg, names))
}

// Files returns the paths of the job files in dir (*.yaml, *.yml), sorted; none where there is no such folder.
func Files(dir string) ([]string, error) {
	es, err := os.ReadDir(dir)
	if os.IsNotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fault.Errorf(fault.Invalid, "list jobs: %w", err)
	}
	var files []string
	for _, e := range es {
		if f := filepath.Join(dir, e.Name()); isJobFile(e.Name()) && !strings.HasPrefix(e.Name(), ".") {
			if st, err := os.Stat(f); err == nil && st.Mode().IsRegular() {
				files = append(files, f)
			}
		}
	}
	slices.Sort(files)
	return files, nil
}

func isJobFile(name string) bool {
	ext := filepath.Ext(name)
	return ext == ".yaml" || ext == ".yml"
}

// nameIn returns the name of the job in a file, also of one that has problems.
func nameIn(file string) string {
	src, err := os.ReadFile(file)
	if err == nil {
		if root := tree(src, func(place, string, string, ...any) {}); root != nil {
			if e := root.get("job"); e != nil && e.val.shape == shapeText && e.val.text != "" {
				return e.val.text
			}
		}
	}
	return baseName(file)
}
