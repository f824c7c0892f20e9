package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"
)

// settleTime is how long the file must have been quiet before it is read: editors
// and orchestrators write in several steps.
const settleTime = 200 * time.Millisecond

// reloadable are the keys that a running gateway takes up; the others need a restart.
var reloadable = map[string]bool{"auth": true, "default_server": true, "servers": true, "schemas": true, "tables": true}

// follower reloads the configuration when its file changes.
type follower struct {
	gateway *gateway
	path    string
	// text is the file as last read. Databases may lie in the same folder, so that most
	// events are of other files.
	text    []byte
	watcher *fsnotify.Watcher
}

// watch follows the configuration file until ctx ends. It watches the folder:
// Kubernetes swaps a link, editors rename.
func (g *gateway) watch(ctx context.Context, path string) {
	watcher, err := fsnotify.NewWatcher()
	if err == nil {
		err = watcher.Add(filepath.Dir(path))
	}
	if err != nil {
		g.logger.WarnContext(ctx, "changes of the configuration file will not be seen", "error", err)
		return
	}
	f := &follower{gateway: g, path: path, text: g.loaded.text, watcher: watcher}
	g.work.Go(func() {
		defer watcher.Close()
		f.follow(ctx)
	})
}

func (f *follower) follow(ctx context.Context) {
	settled := time.NewTimer(time.Hour)
	settled.Stop()
	defer settled.Stop()
	waiting := false
	for {
		select {
		case <-ctx.Done():
			return
		case event, ok := <-f.watcher.Events:
			if !ok {
				return
			}
			// A busy neighbour must not put the reading off for ever.
			if !waiting || filepath.Base(event.Name) == filepath.Base(f.path) {
				settled.Reset(settleTime)
				waiting = true
			}
		case err := <-f.watcher.Errors:
			f.gateway.logger.WarnContext(ctx, "watching the configuration file", "error", err)
		case <-settled.C:
			waiting = false
			f.reload(ctx)
		}
	}
}

// reload puts a changed configuration in force: users, servers, schemas and tables.
// A faulty one changes nothing.
func (f *follower) reload(ctx context.Context) {
	text, err := os.ReadFile(f.path)
	if err != nil || bytes.Equal(text, f.text) {
		return // while a file is replaced it may be missing; another event follows
	}
	f.text = text
	g := f.gateway
	l, err := parseConfig(f.path, text)
	if err == nil {
		err = g.replace(l)
	}
	if err != nil {
		g.logger.ErrorContext(ctx, "the changed configuration has faults and is not used", "error", err)
		return
	}
	for _, w := range l.warnings {
		g.logger.WarnContext(ctx, w)
	}
	if keys := needRestart(&g.loaded.config, &l.config); len(keys) > 0 {
		g.logger.WarnContext(ctx, "some changes take effect at the next start", "keys", strings.Join(keys, ", "))
	}
	g.logger.InfoContext(ctx, "configuration reloaded", "servers", len(l.definition.Servers))
}

// replace puts a checked configuration in force.
func (g *gateway) replace(l *loaded) error {
	inForce := l.config
	inForce.Listen = g.loaded.config.Listen
	if inForce.trustsStrangers() {
		return errors.New("auth.method trust lets anybody in, and the gateway does not listen on the loopback")
	}
	l.definition.Database = g.loaded.config.Database
	if err := g.catalog.Reload(l.definition); err != nil {
		return err
	}
	g.users.set(l)
	return nil
}

// needRestart names the changed keys that a running gateway does not take up. The
// address may have come from the command line and is left out.
func needRestart(before, after *config) (keys []string) {
	a, b := reflect.ValueOf(before).Elem(), reflect.ValueOf(after).Elem()
	for i := range a.NumField() {
		key := a.Type().Field(i).Tag.Get("json")
		if key != "listen" && !reloadable[key] && !reflect.DeepEqual(a.Field(i).Interface(), b.Field(i).Interface()) {
			keys = append(keys, key)
		}
	}
	return keys
}
