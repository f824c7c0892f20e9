package mysql

import (
	"context"
	"errors"
	"net"
	"net/url"
	"strings"
	"time"

	driver "github.com/go-sql-driver/mysql"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/pgerr"
)

// parseDSN reads a connection string in either form.
func parseDSN(text string) (*driver.Config, error) {
	if !backends.NewDSN(text).IsURL() {
		return driver.ParseDSN(text)
	}
	u, err := url.Parse(text)
	if err != nil {
		return nil, errors.New("it is no URL")
	}
	// Only the parameters go through the driver's own form: a password may hold what
	// that has no escape for.
	cfg, err := driver.ParseDSN("/?" + u.RawQuery)
	if err != nil {
		return nil, err
	}
	cfg.User = u.User.Username()
	cfg.Passwd, _ = u.User.Password()
	cfg.Net, cfg.Addr, cfg.DBName = "tcp", u.Host, strings.TrimPrefix(u.Path, "/")
	if _, _, err := net.SplitHostPort(cfg.Addr); err != nil {
		cfg.Addr = net.JoinHostPort(strings.Trim(cfg.Addr, "[]"), "3306")
	}
	return cfg, nil
}

// connectionConfig resolves the DSN; only now are secrets known.
func (b *Backend) connectionConfig(ctx context.Context) (*driver.Config, error) {
	text, err := b.cfg.DSN.Resolve(ctx, b.env.Secrets)
	if err != nil {
		return nil, pgerr.New(pgerr.FdwUnableToEstablishConnection, "connecting to MySQL: %s", err)
	}
	cfg, err := parseDSN(text)
	if err != nil {
		// The parser's error may quote what it could not parse.
		return nil, pgerr.New(pgerr.FdwUnableToEstablishConnection, "connecting to MySQL: the dsn %q can not be read", b.cfg.DSN)
	}
	cfg.Timeout = time.Duration(b.cfg.ConnectTimeoutS) * time.Second
	cfg.ParseTime = false
	cfg.InterpolateParams = false
	cfg.MultiStatements = false
	// UPDATE counts the rows it found, as Postgres does, not those it changed.
	cfg.ClientFoundRows = true
	cfg.Logger = &driver.NopLogger{}
	return cfg, nil
}

// configuredInfo is what the DSN says without its references being resolved.
func configuredInfo(dsn backends.DSN) backends.ConnectionInfo {
	info := backends.ConnectionInfo{Kind: backends.KindMySQL}
	text := strings.NewReplacer(backends.Redacted, "x", "{", "", "}", "", "$", "").Replace(dsn.String())
	if cfg, err := parseDSN(text); err == nil {
		info.Address, info.User, info.Database = cfg.Addr, cfg.User, cfg.DBName
	}
	return info
}
