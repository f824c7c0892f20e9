package main

import (
	"crypto/tls"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/sqlgateway/gateway/wire"
)

// users decides who may connect, by the configuration that is in force.
type users struct {
	mu        sync.RWMutex
	method    wire.AuthMethod
	verifiers map[string]wire.Verifier
}

func (u *users) set(l *loaded) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.method, u.verifiers = wire.AuthMethod(l.config.Auth.Method), l.verifiers
}

// Method implements wire.Authenticator.
func (u *users) Method(_, _, _ string) (wire.AuthMethod, error) {
	u.mu.RLock()
	defer u.mu.RUnlock()
	return u.method, nil
}

// Verifier implements wire.Authenticator.
func (u *users) Verifier(user string) (wire.Verifier, bool) {
	u.mu.RLock()
	defer u.mu.RUnlock()
	v, ok := u.verifiers[user]
	return v, ok
}

// certificateFiles is a certificate that is read again when its files change.
type certificateFiles struct {
	certificate, key string

	mu      sync.Mutex
	read    time.Time
	current *tls.Certificate
}

func (c *certificateFiles) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	changed := latest(c.certificate, c.key)
	if c.current != nil && !changed.After(c.read) {
		return c.current, nil
	}
	pair, err := tls.LoadX509KeyPair(c.certificate, c.key)
	if err != nil {
		if c.current != nil {
			return c.current, nil // half-written files: the old pair still serves
		}
		return nil, err
	}
	c.current, c.read = &pair, changed
	return c.current, nil
}

func latest(files ...string) (t time.Time) {
	for _, f := range files {
		if info, err := os.Stat(f); err == nil && info.ModTime().After(t) {
			t = info.ModTime()
		}
	}
	return t
}

// path makes a name of the configuration relative to its file's folder.
func (l *loaded) path(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(l.folder, name)
}
