package job_test

import (
	"flag"
	"fmt"
	"slices"
	"time"

	"github.com/plumbline-sync/plumbline/shared/secret"
)

var update = flag.Bool("update", false, "write the golden files anew")

// catalog stands in for the registry of adapters.
type catalog struct{}

type fileConfig struct {
	Path     string   `json:"path" required:"true" doc:"a file, or a folder with a file for each model"`
	Format   string   `json:"format,omitempty" enum:"csv,json,ndjson" doc:"how the files are written"`
	Header   *bool    `json:"header,omitempty" doc:"whether the first line names the columns"`
	Columns  []string `json:"columns,omitempty" doc:"the columns' names"`
	csvStyle `doc:"not a key"`
}

type csvStyle struct {
	Delimiter string `json:"delimiter,omitempty" doc:"one character"`
}

func (c *fileConfig) Validate() []error {
	if len(c.Delimiter) > 1 {
		return []error{fmt.Errorf("delimiter: want one character (got %q)", c.Delimiter)}
	}
	return nil
}

type fileModel struct {
	File string `json:"file,omitempty" doc:"the model's file in the folder"`
}

type sqlConfig struct {
	URL secret.Text `json:"url" required:"true" clear:"true" doc:"the database"`
}

type sqlModel struct {
	Table string `json:"table,omitempty" doc:"the model's table"`
	Query string `json:"query,omitempty" doc:"a SELECT statement"`
}

func (m *sqlModel) Validate() []error {
	if m.Table != "" && m.Query != "" {
		return []error{fmt.Errorf("query: a model has a table or a query, not both (got table %q)", m.Table)}
	}
	return nil
}

type apiConfig struct {
	URL     string            `json:"url" required:"true" doc:"the address"`
	Token   secret.Text       `json:"token" required:"true" doc:"what lets us in"`
	Timeout time.Duration     `json:"timeout,omitempty" doc:"for one request"`
	Retries int               `json:"retries,omitempty" doc:"how often to try"`
	Page    uint8             `json:"page,omitempty" doc:"records a page"`
	Factor  float64           `json:"factor,omitempty" doc:"of the pause"`
	Headers map[string]string `json:"headers,omitempty" doc:"to send along"`
	TLS     struct {
		CA       string `json:"ca,omitempty" doc:"a file of certificates"`
		Insecure bool   `json:"insecure,omitempty" doc:"look at none"`
	} `json:"tls" doc:"how to trust"`
	Extra any `json:"extra,omitempty" doc:"anything"`
}

func (catalog) Names() []string { return []string{"api", "file", "sql"} }

// Describe knows a plant: rooms, and shelves in rooms.
func (catalog) Describe(name string, models map[string]any) map[string]string {
	if name != "api" {
		return nil
	}
	out := map[string]string{}
	if _, ok := models["room"]; ok {
		out["room"] = `{identifiers: [name], attributes: [{size: integer}, labels, note], rules: {labels: {compare: set}, note: {empty_is_null: true}}}`
	}
	if _, ok := models["shelf"]; ok {
		out["shelf"] = `{identifiers: [room, number], parent: {room: {name: room}}, attributes: [{height: number}], rules: {number: {type: integer}}}`
	}
	return out
}

func (catalog) Options(name string) (config, model any, fieldKeys []string, target, ok bool) {
	switch name {
	case "file":
		return &fileConfig{}, &fileModel{}, nil, true, true
	case "sql":
		return &sqlConfig{}, &sqlModel{}, []string{"column", "key_of"}, true, true
	case "api":
		return &apiConfig{Timeout: 30 * time.Second, Retries: 3}, nil, nil, false, true
	}
	return nil, nil, nil, false, slices.Contains(catalog{}.Names(), name)
}
