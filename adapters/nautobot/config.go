package nautobot

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/record"
	"github.com/plumbline-sync/plumbline/shared/secret"
)

// Config are the keys of a side with `adapter: nautobot`.
type Config struct {
	URL         secret.Text   `json:"url" required:"true" clear:"true" doc:"the address of Nautobot, https://HOST or with a path behind it"`
	Token       secret.Text   `json:"token" required:"true" doc:"an API token of it, as a reference: ${env:PLUMB_NAUTOBOT_TOKEN}"`
	CAFile      string        `json:"ca_file,omitempty" doc:"a file of certificates to trust beside the system's, relative to the job file"`
	Proxy       secret.Text   `json:"proxy,omitzero" clear:"true" doc:"the address of a proxy; by default what HTTPS_PROXY says"`
	Connections int           `json:"connections,omitempty" doc:"the most requests at a time, 8 by default; how many Nautobot bears is found by itself"`
	PerSecond   float64       `json:"requests_per_second,omitempty" doc:"the most requests in a second; no limit by default"`
	Timeout     time.Duration `json:"timeout,omitempty" doc:"how long one request may take, 2m by default"`
	Page        int           `json:"page,omitempty" doc:"how many records are loaded by one request, 1000 by default"`
	Changed     string        `json:"changed,omitempty" enum:"refuse,overwrite" doc:"what becomes of an update or delete whose record changed in Nautobot after it was loaded: refuse (the default) or overwrite"`
	Mark        string        `json:"mark,omitempty" doc:"the name of a tag that every record gets that is created or updated (target only)"`
	OnlyMarked  bool          `json:"delete_only_marked,omitempty" doc:"records without the mark are never deleted (target only)"`
}

// ModelConfig are the adapter's own keys of a model in `map:`.
type ModelConfig struct {
	Kind     string         `json:"kind,omitempty" doc:"Nautobot's kind, such as location or device_type; by default the one named as the model"`
	Endpoint string         `json:"endpoint,omitempty" doc:"for a kind that Plumbline does not know: where its REST API is below /api/, such as plugins/bgp/peerings"`
	Key      []string       `json:"key,omitempty" doc:"the paths that identify an object of the kind where other kinds refer to it, such as [name] or [device.name, name]"`
	GraphQL  string         `json:"graphql,omitempty" doc:"the name of the kind's list in GraphQL; by default the last part of the endpoint"`
	Filter   map[string]any `json:"filter,omitempty" doc:"only objects that Nautobot's own filters let through, such as {location_type: Site}"`
	Set      map[string]any `json:"set,omitempty" doc:"what every object that is created gets beside the model's fields, under Nautobot's names, such as {status: Active} (target only)"`
}

func newConfig() *Config {
	return &Config{Connections: 8, Timeout: 2 * time.Minute, Page: 1000, Changed: "refuse"}
}

// Validate returns what is wrong with the config as the job file has it; it looks at no environment, disk or network.
func (c *Config) Validate() []error {
	var errs []error
	if !c.URL.IsZero() && len(c.URL.Refs()) == 0 {
		if _, err := address(c.URL.Reference()); err != nil {
			errs = append(errs, err)
		}
	}
	if !c.Proxy.IsZero() && len(c.Proxy.Refs()) == 0 {
		if u, err := url.Parse(c.Proxy.Reference()); err != nil || u.Host == "" {
			errs = append(errs, fmt.Errorf("proxy: want http://HOST:PORT (got something else)"))
		}
	}
	if c.Connections < 1 || c.Connections > 32 {
		errs = append(errs, fmt.Errorf("connections: want 1 to 32 (got %d)", c.Connections))
	}
	if c.PerSecond < 0 {
		errs = append(errs, fmt.Errorf("requests_per_second: want a number above 0 (got %g)", c.PerSecond))
	}
	if c.Timeout < time.Second {
		errs = append(errs, fmt.Errorf("timeout: want at least 1s (got %s)", c.Timeout))
	}
	if c.Page < 1 || c.Page > 1000 {
		errs = append(errs, fmt.Errorf("page: want 1 to 1000 (got %d)", c.Page))
	}
	if c.OnlyMarked && c.Mark == "" {
		errs = append(errs, fmt.Errorf("delete_only_marked: which mark; name a tag with mark: (got true)"))
	}
	return errs
}

// Validate returns what is wrong with the keys of one model.
func (c *ModelConfig) Validate() []error {
	var errs []error
	if c.Kind != "" && c.Endpoint != "" {
		errs = append(errs, fmt.Errorf("endpoint: a model has a kind that is known, or an endpoint, not both (got kind %q)", c.Kind))
	}
	if c.Kind != "" && !slices.ContainsFunc(kinds, func(k kind) bool { return k.name == c.Kind }) {
		errs = append(errs, fmt.Errorf("kind: it is not known; give its endpoint and key instead (got %q)", c.Kind))
	}
	if c.Endpoint != "" && (strings.Trim(c.Endpoint, "/") != c.Endpoint || strings.ContainsAny(c.Endpoint, "?#: ") || !strings.Contains(c.Endpoint, "/")) {
		errs = append(errs, fmt.Errorf("endpoint: want what stands between /api/ and the last slash, such as dcim/devices (got %q)", c.Endpoint))
	}
	if c.GraphQL != "" && !isName(c.GraphQL) {
		errs = append(errs, fmt.Errorf("graphql: want the name of a list (got %q)", c.GraphQL))
	}
	for f, v := range c.Filter {
		if _, err := literal(v); !isName(f) || err != nil {
			errs = append(errs, fmt.Errorf("filter: want names of Nautobot's filters, each with a text, a number, a boolean or a list of them (got %s: %v)", f, v))
		}
	}
	for n, v := range c.Set {
		if _, err := record.Plain(v); err != nil {
			errs = append(errs, fmt.Errorf("set: want values of JSON (got %s: %w)", n, err))
		}
	}
	for _, p := range c.Key {
		for s := range strings.SplitSeq(p, ".") {
			if !isName(s) {
				errs = append(errs, fmt.Errorf("key: want paths such as name or device.name (got %q)", p))
				break
			}
		}
	}
	return errs
}

// isName reports whether a text can be a name in GraphQL.
func isName(s string) bool {
	for i, r := range s {
		if r != '_' && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return s != "" && !strings.HasPrefix(s, "__")
}

// address reads a URL of Nautobot. The error never holds what may be secret in it.
func address(s string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimSpace(s))
	switch {
	case err != nil:
		return nil, fmt.Errorf("url: want https://HOST (got something that is no address)")
	case u.Scheme != "https" && u.Scheme != "http" || u.Host == "":
		return nil, fmt.Errorf("url: want https://HOST (got scheme %q)", u.Scheme)
	case u.User != nil:
		return nil, fmt.Errorf("url: want https://HOST without a user; the token says who it is (got a user)")
	case u.RawQuery != "" || u.Fragment != "":
		return nil, fmt.Errorf("url: want https://HOST without a query (got %q)", u.RawQuery+u.Fragment)
	}
	u.Path = strings.TrimSuffix(strings.TrimRight(u.Path, "/"), "/api")
	return u, nil
}

// place returns the address, its references resolved.
func (c *Config) place() (*url.URL, error) {
	s, err := c.URL.Reveal()
	if err != nil {
		return nil, err
	}
	u, err := address(s)
	return u, fault.Wrap(fault.Invalid, err)
}
