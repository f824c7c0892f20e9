package main

import (
	"context"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"
)

// settleTime is how long the file must have been quiet before it is read: editors
// and orchestrators write in several steps.
const settleTime = 200 * time.Millisecond

// watch reloads the configuration when its file changes, until ctx ends. It watches
// the folder: Kubernetes swaps a link, editors rename.
func (g *gateway) watch(ctx context.Context, path string) {
	watcher, err := fsnotify.NewWatcher()
	if err == nil {
		err = watcher.Add(filepath.Dir(path))
	}
	if err != nil {
		g.logger.WarnContext(ctx, "changes of the configuration file will not be seen", "error", err)
		return
	}
	g.work.Go(func() {
		defer watcher.Close()
		g.follow(ctx, watcher, path)
	})
}

func (g *gateway) follow(ctx context.Context, watcher *fsnotify.Watcher, path string) {
	settled := time.NewTimer(time.Hour)
	settled.Stop()
	defer settled.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case _, ok := <-watcher.Events:
			if !ok {
				return
			}
			settled.Reset(settleTime)
		case err := <-watcher.Errors:
			g.logger.WarnContext(ctx, "watching the configuration file", "error", err)
		case <-settled.C:
			g.reload(ctx, path)
		}
	}
}

// reload puts a changed configuration in force: users, servers, schemas and tables.
// A faulty one changes nothing.
func (g *gateway) reload(ctx context.Context, path string) {
	l, err := loadConfig(path)
	if err == nil {
		err = g.catalog.Reload(l.definition)
	}
	if err != nil {
		g.logger.ErrorContext(ctx, "the changed configuration has faults and is not used", "error", err)
		return
	}
	g.users.set(l)
	g.logger.InfoContext(ctx, "configuration reloaded", "servers", len(l.definition.Servers))
}
