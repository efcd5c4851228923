package file

import (
	"context"
	"fmt"
	"io"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/record"
)

func isBad(err error) bool { return record.AsBad(err) != nil }

// Ping implements adapter.Pinger: every model's file is there, can be read and begins as it should.
func (f *files) Ping(ctx context.Context, models []*adapter.Model) ([]string, error) {
	ts, err := f.resolve(models)
	if err != nil {
		return nil, err
	}
	var lines []string
	var errs []error
	for _, g := range groups(ts) {
		line, err := f.ping(g)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		lines = append(lines, line)
	}
	return lines, joined(errs)
}

func (f *files) ping(g *group) (string, error) {
	if g.tables[0].absent {
		return g.show + ": is not there yet; sync makes it", nil
	}
	r, err := f.open(g, place{})
	if err != nil {
		return "", err
	}
	defer func() { _ = r.close() }()
	for range 100 {
		_, err := r.read()
		if err == io.EOF {
			break
		}
		if err != nil && !isBad(err) {
			return "", err
		}
	}
	st, err := g.on().stat(g.path)
	if err != nil {
		return "", fileError("open", g.show, err)
	}
	line := fmt.Sprintf("%s: %s, %d bytes", g.show, g.format, st.size)
	if n := f.estimate(g); n >= 0 {
		line += fmt.Sprintf(", about %d records", n)
	}
	return line, nil
}
