package sql

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/secret"
)

// Config are the keys of a side with `adapter: sql`.
type Config struct {
	URL    secret.Text `json:"url" required:"true" clear:"true" doc:"the database: sqlite:FILE, relative to the job file, or sqlite:///absolute/FILE; may hold references to secrets"`
	Schema string      `json:"schema,omitempty" doc:"a file of SQL statements that make the tables; sync runs it once where the database file does not exist yet"`
}

// ModelConfig are the adapter's own keys of a model in `map:`.
type ModelConfig struct {
	Table string `json:"table,omitempty" doc:"the table, or on a source a view, that holds the model; by default the one named as the model, with or without an s"`
	Query string `json:"query,omitempty" doc:"a SELECT statement that yields the model's rows (source only)"`
	Key   string `json:"key,omitempty" doc:"the column that identifies a row of a query or view, where key_of of other models points to it or loads shall be resumable"`
}

// Validate returns what is wrong with the config as the job file has it; it looks at no environment, disk or network.
func (c *Config) Validate() []error {
	if c.URL.IsZero() || len(c.URL.Refs()) > 0 {
		return nil // required is checked by the job, a reference once it is resolved
	}
	if _, err := splitURL(c.URL.Reference()); err != nil {
		return []error{err}
	}
	return nil
}

// Validate returns what is wrong with the keys of one model.
func (c *ModelConfig) Validate() []error {
	if c.Table != "" && c.Query != "" {
		return []error{fmt.Errorf("query: a model has a table or a query, not both (got table %q)", c.Table)}
	}
	return nil
}

// splitURL returns the file that a URL of the config names, as it stands there. The error never holds the URL beyond its scheme: it may be secret.
func splitURL(url string) (file string, err error) {
	scheme, rest, ok := strings.Cut(url, ":")
	switch {
	case !ok || len(scheme) == 1:
		return "", fmt.Errorf("url: want sqlite:FILE (got no scheme)")
	case strings.EqualFold(scheme, "postgres"), strings.EqualFold(scheme, "postgresql"):
		return "", fmt.Errorf("url: PostgreSQL is not there yet; want sqlite:FILE (got scheme %q)", scheme)
	case !strings.EqualFold(scheme, "sqlite"):
		return "", fmt.Errorf("url: want sqlite:FILE (got scheme %q)", scheme)
	}
	if strings.HasPrefix(rest, "//") {
		if !strings.HasPrefix(rest, "///") {
			return "", fmt.Errorf("url: want sqlite:FILE or sqlite:///absolute/FILE (got a host)")
		}
		rest = rest[2:]
	}
	switch {
	case strings.Trim(rest, "/") == "":
		return "", fmt.Errorf("url: want sqlite:FILE (got no file)")
	case strings.HasPrefix(rest, ":memory:"):
		return "", fmt.Errorf("url: a database in memory is gone with the command that made it; want sqlite:FILE (got :memory:)")
	case strings.ContainsAny(rest, "\x00?"):
		return "", fmt.Errorf("url: want sqlite:FILE without options (got a question mark)")
	}
	return filepath.FromSlash(rest), nil
}

// place returns the absolute path of the database that the config names; relative ones start in dir.
func (c *Config) place(dir string) (string, error) {
	url, err := c.URL.Reveal()
	if err != nil {
		return "", err
	}
	file, err := splitURL(url)
	if err != nil {
		return "", fault.Wrap(fault.Invalid, err)
	}
	return within(dir, file), nil
}

func within(dir, file string) string {
	if filepath.IsAbs(file) {
		return filepath.Clean(file)
	}
	return filepath.Join(dir, file)
}
