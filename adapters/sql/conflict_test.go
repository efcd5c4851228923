package sql

import (
	"slices"
	"strings"
	"testing"

	"github.com/plumbline-sync/plumbline/shared/adapter"
)

// sorted returns a refusal with its reasons in the order of their tables.
func sorted(refusal string) string {
	head, reasons, _ := strings.Cut(strings.TrimSpace(refusal), "conflict: ")
	parts := strings.Split(reasons, "; ")
	slices.SortFunc(parts, func(a, b string) int {
		return strings.Compare(a[strings.Index(a, "("):], b[strings.Index(b, "("):])
	})
	return head + "conflict: " + strings.Join(parts, "; ")
}

// An update of what other rows refer to is refused where it would empty a column of theirs: at the audit outside the job, at the write also inside, where the plan may deal with it before.
func TestUpdateWouldEmpty(t *testing.T) {
	onBoth(t, `CREATE TABLE sites (id integer PRIMARY KEY, name text UNIQUE, code text UNIQUE, region text);
CREATE TABLE notes (id integer PRIMARY KEY, site text REFERENCES sites (code) ON UPDATE SET NULL);
CREATE TABLE marks (id integer PRIMARY KEY, site text DEFAULT 'b' REFERENCES sites (code) ON UPDATE SET DEFAULT);
CREATE TABLE hosts (id integer PRIMARY KEY, name text UNIQUE, site text REFERENCES sites (code) ON UPDATE SET NULL);
CREATE TABLE racks (id integer PRIMARY KEY, site text REFERENCES sites (code) ON UPDATE CASCADE);
INSERT INTO sites VALUES (1, 'ams', 'a', 'x'), (2, 'ber', 'b', 'x'), (3, 'cph', 'c', 'x'), (4, 'dub', 'd', 'x');
INSERT INTO notes VALUES (1, 'a'), (2, 'a'); INSERT INTO marks VALUES (1, 'a'); INSERT INTO hosts VALUES (1, 'h', 'c'); INSERT INTO racks VALUES (1, 'd');`,
		"host: {fields: {site: {column: site, key_of: site}}}", `
site: {identifiers: [name], attributes: [code, region]}
host: {identifiers: [name], attributes: [site], rules: {site: {references: site}}}
`, func(t *testing.T, b *bench) {
			code := func(site, code string) *adapter.Change {
				return b.change(adapter.Update, "site", []any{site}, set("code", code))
			}
			outside := `conflict: it would change 1 row of table "marks", which the plan does not (marks.site ON UPDATE SET DEFAULT); it would change 2 rows of table "notes", which the plan does not (notes.site ON UPDATE SET NULL)`
			ams, cph, dub := code("ams", "a2"), code("cph", "c2"), code("dub", "d2")
			equal(t, "audit", sorted(coding(b.Audit(t.Context(), ams))), outside)
			region := b.change(adapter.Update, "site", []any{"ams"}, set("region", "y"))
			for _, c := range []*adapter.Change{cph, dub, region} {
				if err := b.Audit(t.Context(), c); err != nil {
					t.Errorf("%s: %v", c.Key, err)
				}
			}
			equal(t, "one write", sorted(b.apply(ams)), "site ams: "+outside)
			equal(t, "writes", without(b.apply(cph, code("ber", "b2"), dub)), `
site cph: conflict: it would change 1 row of table "hosts", which the plan does not (hosts.site ON UPDATE SET NULL)
site ber: done
site dub: done
`)
			equal(t, "another column", b.apply(region), "site ams: done {}")
			equal(t, "what refers", b.rows("SELECT site FROM notes UNION ALL SELECT site FROM marks UNION ALL SELECT site FROM hosts UNION ALL SELECT site FROM racks"), "\"a\"\n\"a\"\n\"a\"\n\"c\"\n\"d2\"")
		})
}
