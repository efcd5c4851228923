package cli_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/plumbline-sync/plumbline/adapters/sql/pgtest"
	"github.com/plumbline-sync/plumbline/shared/faulttest"
)

// canary is a secret that sings wherever it turns up: with all that makes trouble in URLs, JSON, shells and messages.
const canary = `c4nary+S1ngs/"lOud"?&x=é%41 end`

// spellings are the ways in which a text would turn up.
func spellings(secret string) map[string]string {
	js, _ := json.Marshal(secret)
	js = js[1 : len(js)-1]
	all := map[string]string{
		"plain": secret, "for a URL's query": url.QueryEscape(secret), "for a URL's path": url.PathEscape(secret), "for a URL's user": url.UserPassword("", secret).String()[1:],
		"JSON": string(js), "quoted": fmt.Sprintf("%q", secret), "hexadecimal": fmt.Sprintf("%x", secret), "the beginning": secret[:12],
	}
	for shift := range 3 { // base64 reads otherwise at each place
		text := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("x", shift) + secret))
		all[fmt.Sprint("base64 ", shift)] = strings.TrimRight(text, "=")[4 : len(text)-6]
	}
	return all
}

// silent fails where a text holds the secret in any spelling.
func silent(t *testing.T, where string, text []byte) {
	t.Helper()
	for how, s := range spellings(canary) {
		if i := bytes.Index(text, []byte(s)); i >= 0 {
			t.Errorf("%s holds the secret (%s): %q", where, how, text[max(0, i-60):min(len(text), i+len(s)+20)])
		}
	}
}

// silentFolder looks at every byte of every file, of compressed ones as they are and unpacked, and at their names.
func silentFolder(t *testing.T, dir string) (files int) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		silent(t, "a file's name", []byte(path))
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files++
		silent(t, path, text)
		if z, err := zstd.NewReader(bytes.NewReader(text)); err == nil {
			plain, _ := io.ReadAll(z) // what is no such file gives nothing
			z.Close()
			silent(t, path+", unpacked", plain)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// silentProcess looks at what others see of a process in their list of processes, and what a core file may be named after: its command line, its program, the names of its threads.
// False where it is gone.
func silentProcess(t *testing.T, pid int) bool {
	t.Helper()
	proc := fmt.Sprintf("/proc/%d/", pid)
	line, err := os.ReadFile(proc + "cmdline")
	if err != nil {
		return false
	}
	silent(t, "a command line", line)
	if exe, err := os.Readlink(proc + "exe"); err == nil {
		silent(t, "a program's name", []byte(exe))
	}
	threads, _ := filepath.Glob(proc + "task/*/comm") // some may be gone
	for _, name := range threads {
		text, _ := os.ReadFile(name) //nolint:gosec // of the process
		silent(t, "a thread's name", text)
	}
	return true
}

// crash has a sync crash while it holds the secret, such that the system writes a core file, whose content is the process's memory, and looks at the names of all files. It removes the core files, and returns their names.
func crash(t *testing.T, dir, secret string, line *faulttest.Line) (cores []string) {
	t.Helper()
	line.Delay(20 * time.Millisecond)
	defer line.Mend()
	cmd := exec.Command("sh", "-c", "ulimit -c unlimited; exec plumb plan job.yaml")
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "PLUMB_CANARY="+secret, "GOTRACEBACK=crash")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	passed := line.Passed()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(time.Minute); line.Passed() < passed+500 && time.Now().Before(end); { // it talks to the server
		silentProcess(t, cmd.Process.Pid)
	}
	if err := cmd.Process.Signal(syscall.SIGABRT); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err == nil || !strings.Contains(out.String(), "SIGABRT") {
		t.Errorf("it did not crash: %v: %s", err, last(out.String(), 300))
	}
	silent(t, "a crash", out.Bytes())
	found, err := filepath.Glob(filepath.Join(dir, "*core*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range found {
		cores = append(cores, filepath.Base(name))
		silent(t, "a core file's name", []byte(name))
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
	return cores
}

const canaryJob = `
source: {adapter: file, path: ./devices.csv}
target: {adapter: sql, url: "postgres://canary:${env:PLUMB_CANARY}@%s/%s?sslmode=disable"}
models:
  device: {identifiers: [name], attributes: [role]}
policy: sync
`

// TestCanary gives a job a secret, right and wrong, lets runs end well and in all kinds of trouble, and looks for it everywhere: it is in no snapshot, plan, journal, log,
// record, message, command line of a process, or name of a file.
func TestCanary(t *testing.T) {
	server := pgtest.Run(t)
	db := server.Database(t)
	quoted := "'" + strings.ReplaceAll(canary, "'", "''") + "'"
	server.Exec(t, db, "CREATE ROLE canary LOGIN PASSWORD "+quoted+"; CREATE TABLE device (name text PRIMARY KEY, role text CHECK (role <> 'bad')); GRANT ALL ON device TO canary")
	t.Cleanup(func() { server.Exec(t, db, "DROP OWNED BY canary; DROP ROLE canary") })
	line := faulttest.TCP(t, server.Address)
	dir := t.TempDir()
	write := func(name, text string) { writeFile(t, filepath.Join(dir, name), text) }
	write("job.yaml", fmt.Sprintf(canaryJob, line.Address, db))
	write("nowhere.yaml", fmt.Sprintf(canaryJob, "127.0.0.1:1", db))
	write("missing.yaml", fmt.Sprintf(canaryJob, line.Address, "none"))
	write("mangled.yaml", strings.Replace(fmt.Sprintf(canaryJob, line.Address, db), "@127", "@@127:x", 1))
	write("scheme.yaml", strings.Replace(fmt.Sprintf(canaryJob, line.Address, db), "postgres://canary:", "", 1))
	write("devices.csv", "name,role\na,leaf\nb,bad\nc,leaf\n")

	ended := map[int]int{}
	try := func(secret string, args ...string) {
		t.Helper()
		cmd := exec.Command("plumb", args...) //nolint:gosec // our own arguments
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "PLUMB_CANARY="+secret, "GOTRACEBACK=all")
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &out
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		watched := make(chan struct{})
		stop := make(chan struct{})
		go func() { // the command lines of the process, as long as it lives
			defer close(watched)
			for {
				if !silentProcess(t, cmd.Process.Pid) {
					return
				}
				select {
				case <-stop:
					return
				default:
				}
			}
		}()
		_ = cmd.Wait() // how it ends is looked at below
		close(stop)
		<-watched
		ended[cmd.ProcessState.ExitCode()]++
		silent(t, strings.Join(args, " "), out.Bytes())
		t.Logf("plumb %s: %d: %s", strings.Join(args, " "), cmd.ProcessState.ExitCode(), last(out.String(), 200))
	}
	wrong := canary + "!"
	all := url.UserPassword("", canary).String()[1:]
	for _, secret := range []string{canary, all, wrong} {
		for _, args := range []string{
			"check job.yaml", "plan job.yaml", "plan job.yaml -o json", "sync job.yaml --yes", "sync nowhere.yaml --yes", "sync missing.yaml --yes", "sync mangled.yaml --yes",
			"sync scheme.yaml --yes", "load job.yaml target", "load job.yaml target -o json",
		} {
			try(secret, strings.Fields(args)...)
		}
	}
	for at := range 5 {
		line.CutAfter(int64(200+900*at), -1)
		try(all, "plan", "job.yaml")
		line.Mend()
	}
	cores := crash(t, dir, all, line)
	t.Logf("core files: %v", cores)
	server.Exec(t, db, "REVOKE ALL ON device FROM canary")
	try(all, "sync", "job.yaml", "--yes")
	for _, args := range []string{"runs", "runs -o json", "runs -n 100 -o json", "show last", "show last -o json", "show last log", "show last steps", "show last changes", "show last journal", "show last findings", "jobs", "jobs -o json"} {
		try(canary, strings.Fields(args)...)
	}
	if ended[0] == 0 || ended[1] == 0 || ended[3] == 0 {
		t.Errorf("exit codes %v: want some that worked, some that failed, and some that were partial", ended)
	}
	if files := silentFolder(t, dir); files < 50 {
		t.Errorf("only %d files were looked at", files)
	}
}
