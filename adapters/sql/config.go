package sql

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/plumbline-sync/plumbline/shared/secret"
)

// Config are the keys of a side with `adapter: sql`.
type Config struct {
	URL              secret.Text   `json:"url" required:"true" clear:"true" doc:"the database: postgres://USER:PASSWORD@HOST:PORT/DATABASE?sslmode=..; sqlite:FILE, relative to the job file, or sqlite:///absolute/FILE; may hold references to secrets"`
	Schema           string        `json:"schema,omitempty" doc:"(SQLite) a file of SQL statements that make the tables; sync runs it once where the database file does not exist yet"`
	CAFile           string        `json:"ca_file,omitempty" doc:"(PostgreSQL) a file of certificates, or s3://BUCKET/KEY, that one of must have signed the server's; makes sslmode verify-full unless the URL says otherwise"`
	StatementTimeout time.Duration `json:"statement_timeout,omitempty" doc:"(PostgreSQL) how long a statement may take; 5m unless it is given"`
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
	url := c.URL.Reference()
	if isPostgres(url) {
		a, err := splitPostgres(url)
		if err == nil {
			err = c.fits(&a)
		}
		if err != nil {
			return []error{err}
		}
		return nil
	}
	if _, err := splitURL(url); err != nil {
		return []error{err}
	}
	if err := c.fits(nil); err != nil {
		return []error{err}
	}
	return nil
}

// fits says which key is not one of the database's kind; address is PostgreSQL's, nil for a file.
func (c *Config) fits(address *pgAddress) error {
	switch {
	case address == nil && c.CAFile != "":
		return fmt.Errorf("ca_file: only a server has a certificate, SQLite is a file (got %q)", c.CAFile)
	case address == nil && c.StatementTimeout != 0:
		return fmt.Errorf("statement_timeout: it is for PostgreSQL; for SQLite there is none (got %q)", c.StatementTimeout)
	case address != nil && c.Schema != "":
		return fmt.Errorf("schema: tables of a PostgreSQL database are made by who owns it, as by psql -f (got %q)", c.Schema)
	case address != nil && c.CAFile != "" && address.sslmode != "" && !verifies(address.sslmode):
		return fmt.Errorf("ca_file: sslmode %s does not look at it; want verify-ca or verify-full", address.sslmode)
	case address != nil && c.StatementTimeout != 0 && (c.StatementTimeout < time.Millisecond || c.StatementTimeout > 24*time.Hour):
		return fmt.Errorf("statement_timeout: want 1ms to 24h (got %q)", c.StatementTimeout)
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
		return "", fmt.Errorf("url: want postgres://.. or sqlite:FILE (got no scheme)")
	case !strings.EqualFold(scheme, "sqlite"):
		return "", fmt.Errorf("url: want postgres://.. or sqlite:FILE (got scheme %q)", scheme)
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

func within(dir, file string) string {
	if filepath.IsAbs(file) {
		return filepath.Clean(file)
	}
	return filepath.Join(dir, file)
}
