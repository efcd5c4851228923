package lambda

import (
	"context"
	"fmt"
	"os"
	"path"
	"strings"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/objects"
	"github.com/plumbline-sync/plumbline/shared/step"
)

// jobs finds job files: jobs/NAME.yaml in the bucket, else the bundled one of that name.
type jobs struct {
	bucket objects.Store
	dir    string
}

var _ step.Jobs = jobs{}

// maxJob is the largest job file that is read.
const maxJob = 1 << 20

// Open implements step.Jobs. The file is named by where it was found: "s3:jobs/NAME.yaml" or "bundle:jobs/NAME.yaml".
func (j jobs) Open(ctx context.Context, name string) (step.JobFile, error) {
	if name == "" || strings.ContainsAny(name, "/\\") || strings.HasPrefix(name, ".") {
		return step.JobFile{}, fault.Errorf(fault.Invalid, "job %q: want the name of a job, without a path or an ending", name)
	}
	file := path.Join("jobs", name+".yaml")
	text, err := j.bucket.Get(ctx, file)
	where := "s3:"
	if fault.Is(err, fault.NotFound) {
		where = "bundle:"
		text, err = os.ReadFile(path.Join(j.dir, name+".yaml"))
		if os.IsNotExist(err) {
			return step.JobFile{}, fault.Errorf(fault.NotFound, "job %q: there is neither %s in the bucket nor one of that name in the bundle; plumb push puts one there", name, file)
		}
	}
	if err != nil {
		return step.JobFile{}, fmt.Errorf("read job %q: %w", name, err)
	}
	if len(text) > maxJob {
		return step.JobFile{}, fault.Errorf(fault.Invalid, "job %q: the file has more than 1 MiB", name)
	}
	return step.JobFile{File: where + file, Dir: "/" + path.Dir(file), Text: text}, nil
}
