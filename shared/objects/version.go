package objects

import (
	"context"
	"fmt"
	"os"

	"github.com/plumbline-sync/plumbline/shared/fault"
)

// Versioned is a Reader that tells what it reads from whatever else stands under the name at another time.
type Versioned interface {
	Reader
	// Version is never empty, and another where the bytes are others.
	Version() string
}

// Replacer is a Store in which an object is replaced only while it is what the caller saw.
type Replacer interface {
	// CreateOver is Create, but Commit is Conflict where the object is no longer of the version that a Versioned told; "": where there is one by now;
	// UnknownOutcome where it may be replaced or not.
	CreateOver(ctx context.Context, name, version string) (Writer, error)
}

var (
	_ Replacer  = (*Folder)(nil)
	_ Replacer  = (*prefixed)(nil)
	_ Versioned = (*folderReader)(nil)
)

// Version implements Versioned: size, time and number of the file.
func (r *folderReader) Version() string { return r.version }

func fileVersion(info os.FileInfo) string {
	return fmt.Sprintf("%d-%d-%d", info.Size(), info.ModTime().UnixNano(), inode(info))
}

// CreateOver implements Replacer. Another process that commits between the last look and the renaming of the file goes unseen where a version is given.
func (f *Folder) CreateOver(ctx context.Context, name, version string) (Writer, error) {
	if err := check(ctx, name); err != nil {
		return nil, err
	}
	w, err := f.begin(ctx, name)
	if err != nil {
		return nil, err
	}
	return &folderReplacement{w, version}, nil
}

// folderReplacement is a folderWriter that looks before it commits.
type folderReplacement struct {
	*folderWriter
	over string
}

func (w *folderReplacement) Commit() error {
	if w.over == "" {
		return w.commitNew()
	}
	info, err := os.Stat(w.folder.path(w.name))
	if err != nil || fileVersion(info) != w.over {
		w.Abort()
		return fault.Errorf(fault.Conflict, "store object %q in %q: it was replaced meanwhile", w.name, w.folder.dir)
	}
	return w.folderWriter.Commit()
}

func (p *prefixed) CreateOver(ctx context.Context, name, version string) (Writer, error) {
	r, ok := p.store.(Replacer)
	if !ok {
		return nil, fault.Errorf(fault.Internal, "store object %q: the store cannot tell versions", p.prefix+name)
	}
	return r.CreateOver(ctx, p.prefix+name, version)
}
