package sql

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// pgAddress is what a URL of PostgreSQL says.
type pgAddress struct {
	host, port, user, password, database string
	sslmode                              string // "": the default
	searchPath                           string // "": the server's
}

// pgPort is where PostgreSQL listens unless it is told otherwise.
const pgPort = "5432"

// isPostgres reports whether a URL names a PostgreSQL database.
func isPostgres(url string) bool {
	scheme, _, _ := strings.Cut(url, ":")
	return strings.EqualFold(scheme, "postgres") || strings.EqualFold(scheme, "postgresql")
}

// splitPostgres takes a URL apart. What stands before the last @ is user and password, so that a password may hold any sign but a % that is no escape of one.
// The error never holds the URL, parts of it that may be secret, or what cannot be told from such.
func splitPostgres(text string) (pgAddress, error) {
	const want = "url: want postgres://USER:PASSWORD@HOST/DATABASE" // #nosec G101 -- it says where a password goes
	a := pgAddress{port: pgPort}
	_, rest, ok := strings.Cut(text, "://")
	if !ok {
		return a, fmt.Errorf("%s (got no //)", want)
	}
	login, rest, ok := cutLast(rest, "@")
	if !ok {
		return a, fmt.Errorf("%s (got no user)", want)
	}
	a.user, a.password, _ = strings.Cut(login, ":")
	for _, s := range []*string{&a.user, &a.password} {
		if plain, err := url.PathUnescape(*s); err == nil {
			*s = plain
		}
	}
	rest, options, _ := strings.Cut(rest, "?")
	place, database, _ := strings.Cut(rest, "/")
	database, err := url.PathUnescape(database)
	a.database = database
	a.host = place
	if at := strings.LastIndexByte(place, ':'); at > strings.LastIndexByte(place, ']') {
		a.host, a.port = place[:at], place[at+1:]
	}
	a.host = strings.TrimSuffix(strings.TrimPrefix(a.host, "["), "]")
	n, perr := strconv.ParseUint(a.port, 10, 16)
	switch {
	case a.user == "":
		return a, fmt.Errorf("%s (got no user)", want)
	case a.host == "":
		return a, fmt.Errorf("%s (got no host)", want)
	case strings.Contains(place, ","):
		return a, fmt.Errorf("%s (got several hosts)", want)
	case perr != nil || n == 0:
		return a, fmt.Errorf("%s (got a port that is no number up to 65535)", want)
	case a.database == "" || err != nil:
		return a, fmt.Errorf("%s (got no database)", want)
	case strings.ContainsRune(a.user+a.password+a.host+a.database, 0):
		return a, fmt.Errorf("%s (got a NUL)", want)
	}
	a.port = strconv.FormatUint(n, 10)
	return a, a.options(options)
}

// options reads what stands behind the question mark.
func (a *pgAddress) options(text string) error {
	q, err := url.ParseQuery(text)
	if err != nil {
		return errors.New("url: want NAME=VALUE behind the question mark, with & between several")
	}
	for name, vs := range q {
		switch name {
		case "sslmode":
			a.sslmode = vs[0]
			if !slices.Contains(sslmodes(), a.sslmode) {
				return fmt.Errorf("url: sslmode is one of %s (got %q)", strings.Join(sslmodes(), ", "), a.sslmode)
			}
		case "search_path":
			a.searchPath = vs[0]
		default:
			return fmt.Errorf("url: the options of a PostgreSQL URL are sslmode and search_path (got %q)", name)
		}
	}
	return nil
}

// sslmodes returns the modes of TLS, by the names that PostgreSQL's own programs have for them. The first two also do without.
func sslmodes() []string {
	return []string{"disable", "prefer", "require", "verify-ca", "verify-full"}
}

// verifies reports whether a mode looks at who signed the server's certificate.
func verifies(sslmode string) bool { return strings.HasPrefix(sslmode, "verify-") }

// String returns the address for people: HOST/DATABASE, the port where it is not the usual one.
func (a *pgAddress) String() string {
	host := a.host
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if a.port != pgPort {
		host += ":" + a.port
	}
	return host + "/" + a.database
}

// lockName returns one name for the spellings of an address: letters, a dot at the end, the port left out, the names of this machine. What a name server says is not asked:
// then a lock would be another when that changes.
func (a *pgAddress) lockName() string {
	host := strings.ToLower(strings.TrimSuffix(a.host, "."))
	if ip, err := netip.ParseAddr(host); err == nil {
		host = ip.Unmap().String()
		if ip.IsLoopback() {
			host = "localhost"
		}
	}
	return "postgres:" + host + ":" + a.port + "/" + a.database
}

// cutLast cuts at the last place where sep stands.
func cutLast(s, sep string) (before, after string, found bool) {
	if at := strings.LastIndex(s, sep); at >= 0 {
		return s[:at], s[at+len(sep):], true
	}
	return "", s, false
}
