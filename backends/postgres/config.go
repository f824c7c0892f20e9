package postgres

import (
	"github.com/sqlgateway/gateway/backends"
)

// Config is a database of a PostgreSQL server.
type Config struct {
	// DSN is the connection string, as a URL (postgres://user:${env:PW}@host/db) or in
	// libpq's keyword form.
	DSN backends.DSN `json:"dsn"`
	// MaxConnections bounds the server connections open at once; clients beyond it wait.
	MaxConnections int `json:"max_connections"`
	// IdleTimeoutS closes connections that nobody used for that many seconds.
	IdleTimeoutS int `json:"idle_timeout_s"`
	// ConnectTimeoutS bounds making one connection, in seconds.
	ConnectTimeoutS int `json:"connect_timeout_s"`
	// StatementCache is the number of statements kept prepared on each connection.
	StatementCache int `json:"statement_cache"`
}

// NewConfig has the defaults.
func NewConfig() *Config {
	return &Config{MaxConnections: 20, IdleTimeoutS: 300, ConnectTimeoutS: 10, StatementCache: 256}
}

// Kind implements backends.Config.
func (*Config) Kind() backends.Kind { return backends.KindPostgres }

// RenamedKeys implements backends.Renamer.
func (*Config) RenamedKeys() map[string]string {
	return map[string]string{"url": "dsn", "connection_string": "dsn", "pool_size": "max_connections"}
}

// Validate implements backends.Config.
func (c *Config) Validate() []backends.Fault {
	faults := c.DSN.Fault("dsn")
	if c.DSN.IsZero() {
		faults = append(faults, backends.Fault{Path: "dsn", Message: "is missing; it is postgres://user:${env:PASSWORD}@host/database"})
	}
	for _, least := range []struct {
		path       string
		value, min int
	}{
		{"max_connections", c.MaxConnections, 1},
		{"idle_timeout_s", c.IdleTimeoutS, 1},
		{"connect_timeout_s", c.ConnectTimeoutS, 1},
		{"statement_cache", c.StatementCache, 0},
	} {
		if least.value < least.min {
			faults = append(faults, backends.Fault{Path: least.path, Message: "is too small"})
		}
	}
	return faults
}

// Spec is the kind's line in a list of kinds.
func Spec() backends.KindSpec {
	return backends.KindSpec{
		Kind: backends.KindPostgres,
		New:  func() backends.Config { return NewConfig() },
		Open: func(cfg backends.Config, env backends.Env) (backends.Backend, error) {
			return Open(cfg.(*Config), env), nil
		},
	}
}
