package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/parser"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/backends/all"
	"github.com/sqlgateway/gateway/catalog"
	"github.com/sqlgateway/gateway/exec/setting"
	"github.com/sqlgateway/gateway/translate"
	"github.com/sqlgateway/gateway/wire"
)

// config is the configuration file. YAML is read, and therefore JSON too. Its
// comments are the manual.
type config struct {
	// Listen is where clients connect: host:port. Default 127.0.0.1:7432.
	Listen string `json:"listen"`
	// Database is the name clients connect to. Default gateway.
	Database string     `json:"database"`
	Auth     authConfig `json:"auth"`
	TLS      tlsConfig  `json:"tls"`
	// DefaultServer is where CREATE TABLE without a mapped schema goes.
	DefaultServer string `json:"default_server"`
	// Servers are the sources, by name: a kind and the kind's own keys.
	Servers map[string]json.RawMessage `json:"servers"`
	// Schemas mount whole remote schemas.
	Schemas map[string]json.RawMessage `json:"schemas"`
	// Tables map single tables, by schema.table.
	Tables map[string]json.RawMessage `json:"tables"`
	// Settings are defaults of sessions, such as TimeZone and gateway.pushdown.
	Settings map[string]settingValue `json:"settings"`
	// MaxConnections refuses further clients. Default 1000.
	MaxConnections int `json:"max_connections"`
	// MemoryLimit is what all statements together may hold: "2GB". Default 2GB.
	MemoryLimit string `json:"memory_limit"`
	// TempDir takes what does not fit in memory. Default the system's.
	TempDir string `json:"temp_dir"`
	// Workers is the number of cores for work in the gateway. Default all.
	Workers int `json:"workers"`
	// MetadataTimeout bounds one question to a source about its tables. Default 10s.
	MetadataTimeout string `json:"metadata_timeout"`
	// MetadataAge is how long such an answer is believed. Default 1m.
	MetadataAge string           `json:"metadata_age"`
	Operations  operationsConfig `json:"operations"`
}

type authConfig struct {
	// Method is trust or scram-sha-256.
	Method string `json:"method"`
	// Users maps names to SCRAM-SHA-256 verifiers (gateway hash-password makes them).
	Users map[string]string `json:"users"`
	// TrustRemote says for the second time that trust is meant, also for clients from
	// other machines.
	TrustRemote bool `json:"trust_remote"`
}

type tlsConfig struct {
	// Certificate and Key are PEM files. They are read again when they change.
	Certificate string `json:"certificate"`
	Key         string `json:"key"`
	// Required refuses clients that do not encrypt.
	Required bool `json:"required"`
}

type operationsConfig struct {
	// Listen serves /healthz, /readyz and /metrics: host:port. Default nowhere.
	Listen string `json:"listen"`
}

// mountConfig is one entry of schemas.
type mountConfig struct {
	Server string `json:"server"`
	// Remote is the schema's name at the server.
	Remote string `json:"remote"`
}

// tableConfig is one entry of tables.
type tableConfig struct {
	Server string `json:"server"`
	// Remote is schema.table at the server.
	Remote string `json:"remote"`
	// Path is the file, folder or glob, for sources of files.
	Path string `json:"path"`
	// Keys identify a row.
	Keys []string `json:"keys"`
}

// settingValue takes numbers and booleans for text.
type settingValue string

// UnmarshalJSON implements json.Unmarshaler.
func (v *settingValue) UnmarshalJSON(data []byte) error {
	var text string
	if json.Unmarshal(data, &text) == nil {
		*v = settingValue(text)
		return nil
	}
	if s := string(data); s != "null" && !strings.ContainsAny(s, "{[") {
		*v = settingValue(s)
		return nil
	}
	return errors.New("must be a text, a number or a boolean")
}

// loaded is a configuration that has been read and checked.
type loaded struct {
	config      config
	definition  *catalog.Definition
	verifiers   map[string]wire.Verifier
	memoryLimit int64
	timeout     time.Duration
	age         time.Duration
	text        []byte   // of the file
	folder      string   // of the file, where relative names start
	warnings    []string // such as secrets written out
}

// loadConfig reads and checks a configuration file, reporting every fault.
func loadConfig(path string) (*loaded, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading the configuration: %w", err)
	}
	return parseConfig(path, data)
}

func parseConfig(path string, data []byte) (*loaded, error) {
	file, err := parser.ParseBytes(data, 0)
	if err != nil {
		return nil, syntaxFault(path, err)
	}
	asJSON, err := yaml.YAMLToJSON(data)
	if err != nil {
		return nil, syntaxFault(path, err)
	}
	l := &loaded{folder: filepath.Dir(path), text: data}
	c := &checker{loaded: l}
	if trimmed := strings.TrimSpace(string(asJSON)); trimmed == "" || trimmed == "null" {
		asJSON = []byte("{}")
	}
	c.add(backends.DecodeStrict(asJSON, &l.config)...)
	c.check()
	if len(c.faults) == 0 {
		return l, nil
	}
	return nil, locate(path, file, c.faults)
}

// checker gathers faults.
type checker struct {
	*loaded
	faults []backends.Fault
}

func (c *checker) add(faults ...backends.Fault) { c.faults = append(c.faults, faults...) }

func (c *checker) fault(path, format string, args ...any) {
	c.add(backends.Fault{Path: path, Message: fmt.Sprintf(format, args...)})
}

func (c *checker) check() {
	cfg := &c.config
	if cfg.Listen == "" {
		cfg.Listen = "127.0.0.1:7432"
	}
	if cfg.Database == "" {
		cfg.Database = "gateway"
	}
	c.checkAddress("listen", cfg.Listen)
	if cfg.Operations.Listen != "" {
		c.checkAddress("operations.listen", cfg.Operations.Listen)
	}
	c.checkAuth()
	if (cfg.TLS.Certificate == "") != (cfg.TLS.Key == "") {
		c.fault("tls", "certificate and key go together")
	}
	if cfg.TLS.Required && cfg.TLS.Certificate == "" {
		c.fault("tls.required", "needs a certificate and a key")
	}
	c.notNegative("max_connections", cfg.MaxConnections)
	c.notNegative("workers", cfg.Workers)
	c.memoryLimit = c.bytes("memory_limit", cfg.MemoryLimit)
	c.timeout = c.duration("metadata_timeout", cfg.MetadataTimeout)
	c.age = c.duration("metadata_age", cfg.MetadataAge)
	c.checkSettings()
	c.checkCatalog()
}

func (c *checker) notNegative(path string, n int) {
	if n < 0 {
		c.fault(path, "must be 1 or more, or 0 for the default")
	}
}

func (c *checker) checkAddress(path, address string) {
	if _, port, err := net.SplitHostPort(address); err != nil || port == "" {
		c.fault(path, "must be host:port, such as 127.0.0.1:7432")
	}
}

func (c *checker) checkAuth() {
	auth := &c.config.Auth
	switch wire.AuthMethod(auth.Method) {
	case wire.AuthTrust:
		if c.config.trustsStrangers() {
			c.fault("auth.method", "trust lets anybody in, and listen is not the loopback: use scram-sha-256, or say it twice with auth.trust_remote: true")
		}
	case wire.AuthSCRAM:
		if len(auth.Users) == 0 {
			c.fault("auth.users", "scram-sha-256 needs users; make a verifier with: gateway hash-password")
		}
	case "":
		c.fault("auth.method", "is missing: scram-sha-256, or trust on the loopback")
	default:
		c.fault("auth.method", "unknown method %q: scram-sha-256 or trust", auth.Method)
	}
	c.verifiers = map[string]wire.Verifier{}
	for name, text := range auth.Users {
		v, err := wire.ParseVerifier(text)
		if err != nil {
			c.fault("auth.users."+name, "%s", err)
		}
		c.verifiers[name] = v
	}
}

// trustsStrangers says whether clients of other machines get in unasked, and nobody
// said for the second time that they may.
func (c *config) trustsStrangers() bool {
	return wire.AuthMethod(c.Auth.Method) == wire.AuthTrust && !c.Auth.TrustRemote && !loopback(c.Listen)
}

// loopback says whether an address can be reached from this machine only.
func loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func (c *checker) bytes(path, text string) int64 {
	if text == "" {
		return 0
	}
	units := []struct {
		suffix string
		factor int64
	}{{"TB", 1 << 40}, {"GB", 1 << 30}, {"MB", 1 << 20}, {"kB", 1 << 10}, {"B", 1}}
	for _, u := range units {
		if digits, ok := strings.CutSuffix(text, u.suffix); ok {
			if n, err := strconv.ParseInt(strings.TrimSpace(digits), 10, 64); err == nil && n > 0 && n < 1<<62/u.factor {
				return n * u.factor
			}
		}
	}
	c.fault(path, "must be a number with B, kB, MB, GB or TB, such as 2GB")
	return 0
}

func (c *checker) duration(path, text string) time.Duration {
	if text == "" {
		return 0
	}
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		c.fault(path, "must be a duration, such as 10s or 1m")
		return 0
	}
	return d
}

func (c *checker) checkSettings() {
	for name, value := range c.config.Settings {
		if _, err := setting.New(map[string]string{name: string(value)}, nil, ""); err != nil {
			c.fault("settings."+name, "%s", messageOf(err))
		}
	}
}

func (c *checker) checkCatalog() {
	d := &catalog.Definition{
		Database: c.config.Database, DefaultServer: c.config.DefaultServer,
		Servers: map[string]backends.Config{}, Schemas: map[string]catalog.Mount{}, Tables: map[string]catalog.Mapping{},
	}
	for _, name := range slices.Sorted(maps.Keys(c.config.Servers)) {
		cfg, err := backends.ParseConfig(c.config.Servers[name], all.Kinds())
		if err != nil {
			c.addConfigError("servers."+name, err)
			d.Servers[name] = nil // so that what refers to it is not a fault too
			continue
		}
		d.Servers[name] = cfg
		for _, secret := range backends.InlineSecrets(cfg) {
			secret.Path = joinPath("servers."+name, secret.Path)
			c.warnings = append(c.warnings, secret.String())
		}
	}
	for name, raw := range c.config.Schemas {
		var m mountConfig
		c.section("schemas."+name, raw, &m)
		d.Schemas[name] = catalog.Mount(m)
	}
	for name, raw := range c.config.Tables {
		d.Tables[name] = c.table(name, raw)
	}
	c.add(d.Validate()...)
	c.definition = d
}

func (c *checker) table(name string, raw json.RawMessage) catalog.Mapping {
	var t tableConfig
	path := "tables." + name
	c.section(path, raw, &t)
	m := catalog.Mapping{Server: t.Server, Keys: t.Keys}
	switch {
	case t.Path != "" && t.Remote != "":
		c.fault(path, "path and remote exclude each other")
	case t.Path != "":
		m.Remote = translate.RemoteName{Name: t.Path}
	case t.Remote != "":
		schema, table, ok := strings.Cut(t.Remote, ".")
		if !ok {
			schema, table = "", t.Remote
		}
		m.Remote = translate.RemoteName{Schema: schema, Name: table}
	default:
		c.fault(path, "needs a path (for files) or a remote schema.table")
	}
	return m
}

// joinPath puts a path below another.
func joinPath(path, below string) string {
	if below == "" || below[0] == '[' {
		return path + below
	}
	return path + "." + below
}

// section decodes one entry of a map strictly.
func (c *checker) section(path string, raw json.RawMessage, target any) {
	for _, f := range backends.DecodeStrict(raw, target) {
		f.Path = joinPath(path, f.Path)
		c.add(f)
	}
}

func (c *checker) addConfigError(path string, err error) {
	var faults *backends.ConfigError
	if !errors.As(err, &faults) {
		c.fault(path, "%s", err)
		return
	}
	for _, f := range faults.Faults {
		f.Path = joinPath(path, f.Path)
		c.add(f)
	}
}
