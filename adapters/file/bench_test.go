package file

import (
	"bufio"
	"context"
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"testing"

	"github.com/plumbline-sync/plumbline/shared/adapter"
)

// BenchmarkLoad reads 100,000 devices of about 350 bytes.
func BenchmarkLoad(b *testing.B) {
	const n = 100_000
	ms := models("device: name | asset_tag, comments, mgmt_ip, platform, rack, role, serial, status, tags, units @ site")
	for _, format := range []string{"ndjson", "json", "csv"} {
		b.Run(format, func(b *testing.B) {
			dir := b.TempDir()
			f, err := os.Create(filepath.Join(dir, "device."+format))
			if err != nil {
				b.Fatal(err)
			}
			w := bufio.NewWriter(f)
			r := rand.New(rand.NewSource(1))
			line, begin, between, end := `{"name":"dev-%06d","site":"site-%04d","asset_tag":"A%09d","comments":"rack and stack by the field team, second visit","mgmt_ip":"10.%d.1.7/24","platform":"ios-xe","rack":"r-%03d","role":"leaf","serial":"FDO%08X","status":"active","tags":["prod","core","%d"],"units":%d,"x_last_seen":"2024-05-01T12:00:00Z","x_owner":"network engineering"}`, "", "\n", "\n"
			switch format {
			case "json":
				begin, between, end = "[\n", ",\n", "\n]\n"
			case "csv":
				begin = "name,site,asset_tag,comments,mgmt_ip,platform,rack,role,serial,status,tags,units,x_last_seen,x_owner\n"
				line = `dev-%06d,site-%04d,A%09d,"rack and stack by the field team, second visit",10.%d.1.7/24,ios-xe,r-%03d,leaf,FDO%08X,active,prod;core;%d,%d,2024-05-01T12:00:00Z,network engineering`
			}
			_, _ = w.WriteString(begin)
			for i := range n {
				if i > 0 {
					_, _ = w.WriteString(between)
				}
				_, _ = fmt.Fprintf(w, line, r.Intn(n*10), r.Intn(1000), r.Intn(1e9), r.Intn(256), r.Intn(300), r.Uint32(), r.Intn(9), r.Intn(40))
			}
			_, _ = w.WriteString(end)
			if err := w.Flush(); err != nil {
				b.Fatal(err)
			}
			size, _ := f.Seek(0, 2)
			_ = f.Close()
			s := side(b, dir, "source", &Config{Path: "device." + format}, ms...)
			b.SetBytes(size)
			b.ReportAllocs()
			for b.Loop() {
				count := 0
				for _, err := range s.Load(context.Background(), adapter.Request{Models: ms}) {
					if err != nil {
						b.Fatal(err)
					}
					count++
				}
				if count != n {
					b.Fatal(count)
				}
			}
		})
	}
}
