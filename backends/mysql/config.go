package mysql

import "github.com/sqlgateway/gateway/backends"

// Config is a MySQL or MariaDB server.
type Config struct {
	// DSN is the connection string, as a URL (mysql://user:${env:PW}@host/db) or in the
	// driver's form (user:${env:PW}@tcp(host:3306)/db).
	DSN backends.DSN `json:"dsn"`
	// MaxConnections bounds the server connections open at once; clients beyond it wait.
	MaxConnections int `json:"max_connections"`
	// IdleTimeoutS closes connections that nobody used for that many seconds.
	IdleTimeoutS int `json:"idle_timeout_s"`
	// ConnectTimeoutS bounds making one connection, in seconds.
	ConnectTimeoutS int `json:"connect_timeout_s"`
	// TinyInt1IsBool shows columns declared TINYINT(1) or BOOL as boolean. A value other
	// than 0 and 1 is then an error.
	TinyInt1IsBool bool `json:"tinyint1_is_bool,omitempty"`
}

// NewConfig has the defaults.
func NewConfig() *Config { return &Config{MaxConnections: 20, IdleTimeoutS: 300, ConnectTimeoutS: 10} }

// Kind implements backends.Config.
func (*Config) Kind() backends.Kind { return backends.KindMySQL }

// RenamedKeys implements backends.Renamer.
func (*Config) RenamedKeys() map[string]string {
	return map[string]string{"url": "dsn", "connection_string": "dsn", "pool_size": "max_connections"}
}

// Validate implements backends.Config.
func (c *Config) Validate() []backends.Fault {
	faults := c.DSN.Fault("dsn")
	if c.DSN.IsZero() {
		faults = append(faults, backends.Fault{Path: "dsn", Message: "is missing; it is mysql://user:${env:PASSWORD}@host/database"})
	}
	for _, positive := range []struct {
		path  string
		value int
	}{{"max_connections", c.MaxConnections}, {"idle_timeout_s", c.IdleTimeoutS}, {"connect_timeout_s", c.ConnectTimeoutS}} {
		if positive.value < 1 {
			faults = append(faults, backends.Fault{Path: positive.path, Message: "must be 1 or more"})
		}
	}
	return faults
}

// Spec is the kind's line in a list of kinds.
func Spec() backends.KindSpec {
	return backends.KindSpec{
		Kind: backends.KindMySQL,
		New:  func() backends.Config { return NewConfig() },
		Open: func(cfg backends.Config, env backends.Env) (backends.Backend, error) {
			return Open(cfg.(*Config), env), nil
		},
	}
}
