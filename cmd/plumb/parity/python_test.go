package parity

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/plumbline-sync/plumbline/shared/plan"
)

// python is one process that answers cases, one after the other, from any goroutine.
type python struct {
	mu  sync.Mutex
	in  io.Writer
	out *bufio.Reader
}

// answer is what DiffSync makes of a case.
type answer struct {
	Error                 string // what it raised; the rest is what there was until then
	Summary               [5]int64
	Elements              int // len(diff)
	Dict                  json.RawMessage
	Str                   string
	Source, Target, After json.RawMessage // exports: of both sides before, of the target after the sync
	Log                   [][4]string     // action, model, unique id and status of what sync did
}

func (a *answer) summary() plan.Summary {
	return plan.Summary{Create: a.Summary[0], Update: a.Summary[1], Delete: a.Summary[2], NoChange: a.Summary[3], Skip: a.Summary[4]}
}

// startPython starts DiffSync; where it is not installed the test is skipped. The process ends with the test.
func startPython(t testing.TB) *python {
	t.Helper()
	found, err := filepath.Glob("../../../.tools/diffsync-*/bin/python")
	if err != nil || len(found) == 0 {
		t.Skip("DiffSync is not installed: make tools (it needs python3)")
	}
	cmd := exec.Command(found[len(found)-1], "-u", "testdata/cases.py")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("DiffSync ended: %v", err)
		}
	})
	return &python{in: in, out: bufio.NewReaderSize(out, 1<<20)}
}

// ask sends a case and waits for its answer.
func (p *python) ask(t testing.TB, k *kase) *answer {
	t.Helper()
	text, err := json.Marshal(k)
	if err != nil {
		t.Fatal(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, err := p.in.Write(append(text, '\n')); err != nil {
		t.Fatalf("ask DiffSync: %v", err)
	}
	line, err := p.out.ReadBytes('\n')
	if err != nil {
		t.Fatalf("DiffSync has no answer: %v\n%s", err, k)
	}
	var a answer
	if err := json.Unmarshal(line, &a); err != nil {
		t.Fatalf("%v in %s", err, line)
	}
	return &a
}
