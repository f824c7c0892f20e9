package sqlite

import (
	"strings"

	"github.com/sqlgateway/gateway/backends"
)

// Config is a SQLite database.
type Config struct {
	// Location is the database file, or :memory: for one that lives as long as the
	// backend and is its own. A relative name starts from the folder of the configuration.
	Location string `json:"location"`
	// ReadOnly opens the file for reading alone; it must then exist.
	ReadOnly bool `json:"read_only,omitempty"`
	// BusyTimeoutMS is how long a statement waits for another's lock, in milliseconds.
	BusyTimeoutMS int `json:"busy_timeout_ms"`
	// MaxConnections bounds the connections open at once.
	MaxConnections int `json:"max_connections"`
}

// memory is the location of a database without a file.
const memory = ":memory:"

// NewConfig has the defaults.
func NewConfig() *Config { return &Config{BusyTimeoutMS: 5000, MaxConnections: 16} }

// Kind implements backends.Config.
func (*Config) Kind() backends.Kind { return backends.KindSQLite }

// RenamedKeys implements backends.Renamer.
func (*Config) RenamedKeys() map[string]string {
	return map[string]string{"path": "location", "url": "location", "file": "location", "dsn": "location"}
}

// Validate implements backends.Config.
func (c *Config) Validate() []backends.Fault {
	var faults []backends.Fault
	fault := func(path, message string) {
		faults = append(faults, backends.Fault{Path: path, Message: message})
	}
	switch {
	case c.Location == "":
		fault("location", "is missing; it is a file or :memory:")
	case strings.ContainsRune(c.Location, 0):
		fault("location", "holds a zero byte")
	case c.Location == memory && c.ReadOnly:
		fault("read_only", "a database in memory can not be read-only: nothing could fill it")
	}
	if c.BusyTimeoutMS < 0 {
		fault("busy_timeout_ms", "must be 0 or more")
	}
	if c.MaxConnections < 1 {
		fault("max_connections", "must be 1 or more")
	}
	return faults
}

// Spec is the kind's line in a list of kinds.
func Spec() backends.KindSpec {
	return backends.KindSpec{
		Kind: backends.KindSQLite,
		New:  func() backends.Config { return NewConfig() },
		Open: func(cfg backends.Config, env backends.Env) (backends.Backend, error) {
			return Open(cfg.(*Config), env), nil
		},
	}
}
