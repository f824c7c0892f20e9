package operator

import (
	"os"
	"sync"
)

// tempDir is a query's folder for spilled files, made when first needed.
type tempDir struct {
	mu     sync.Mutex
	parent string
	path   string
}

// create makes a new file. It is unlinked with the folder when the query ends.
func (t *tempDir) create() (*os.File, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.path == "" {
		path, err := os.MkdirTemp(t.parent, "gateway-spill-")
		if err != nil {
			return nil, fileError("could not create temporary directory", err)
		}
		t.path = path
	}
	f, err := os.CreateTemp(t.path, "rows-")
	if err != nil {
		return nil, fileError("could not create temporary file", err)
	}
	return f, nil
}

func (t *tempDir) remove() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.path != "" {
		_ = os.RemoveAll(t.path) // nothing more can be done about what is left
		t.path = ""
	}
}
