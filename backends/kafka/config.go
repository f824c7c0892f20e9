package kafka

import (
	"fmt"
	"path"
	"strings"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/payload"
)

// Config is a cluster.
type Config struct {
	// BootstrapServers are host:port, separated by commas.
	BootstrapServers string `json:"bootstrap_servers"`
	// ClientID names this client in the brokers' logs.
	ClientID string `json:"client_id,omitempty"`
	// GroupID is the group whose committed offsets a table with start committed begins at.
	GroupID string `json:"group_id,omitempty"`
	// Auth is how the client shows who it is; nothing for no authentication.
	Auth Auth `json:"auth"`
	// TLS encrypts; nil does not, unless auth.tls is set.
	TLS *TLS `json:"tls,omitempty"`
	// PayloadFormat holds for tables that have none of their own.
	PayloadFormat payload.Format `json:"payload_format,omitempty"`
	// SchemaRegistryURL is a registry of Confluent's protocol, or several by commas.
	SchemaRegistryURL string `json:"schema_registry_url,omitempty"`
	// SchemaRegistryBasicAuth is user:password.
	SchemaRegistryBasicAuth backends.Secret `json:"schema_registry_basic_auth,omitempty"`
	SchemaRegistryTLS       *TLS            `json:"schema_registry_tls,omitempty"`
	// MessageKeyColumn is the column whose text is the key of written messages.
	MessageKeyColumn string `json:"message_key_column,omitempty"`
	// DeliverySemantics is what a write promises.
	DeliverySemantics DeliverySemantics `json:"delivery_semantics"`
	// BatchConfig bounds what one SELECT reads.
	BatchConfig BatchConfig `json:"batch_config"`
	// AutoOffsetReset is where a table with start committed begins when the group has
	// committed nothing: earliest (the default) or latest.
	AutoOffsetReset string `json:"auto_offset_reset,omitempty"`
	// ConnectTimeoutS bounds making a connection, and how long a broker that is away is
	// waited for.
	ConnectTimeoutS int `json:"connect_timeout_s,omitempty"`
	// Tables says what can not be seen in the topics.
	Tables []TopicOptions `json:"tables,omitempty"`
}

// Auth is one way of authentication.
type Auth struct {
	SASLPlain   *SASLPlain   `json:"sasl_plain,omitempty"`
	SASLScram   *SASLScram   `json:"sasl_scram,omitempty"`
	OAuthBearer *OAuthBearer `json:"oauthbearer,omitempty"`
	// TLS shows a client certificate.
	TLS    *TLS    `json:"tls,omitempty"`
	MSKIAM *MSKIAM `json:"msk_iam,omitempty"`
}

// SASLPlain is SASL PLAIN.
type SASLPlain struct {
	Username string          `json:"username"`
	Password backends.Secret `json:"password"`
}

// SASLScram is SASL SCRAM.
type SASLScram struct {
	Mechanism string          `json:"mechanism"` // SCRAM-SHA-256 or SCRAM-SHA-512
	Username  string          `json:"username"`
	Password  backends.Secret `json:"password"`
}

// OAuthBearer is SASL OAUTHBEARER: a token, or what gets one.
type OAuthBearer struct {
	Token backends.Secret `json:"token,omitempty"`
	// TokenURL gives tokens for a client's own credentials (RFC 6749, 4.4).
	TokenURL     string          `json:"token_url,omitempty"`
	ClientID     string          `json:"client_id,omitempty"`
	ClientSecret backends.Secret `json:"client_secret,omitempty"`
	Scope        string          `json:"scope,omitempty"`
}

// MSKIAM is SASL AWS_MSK_IAM. Without keys they come from where AWS's tools look.
type MSKIAM struct {
	Region          string          `json:"region"`
	AccessKeyID     string          `json:"access_key_id,omitempty"`
	SecretAccessKey backends.Secret `json:"secret_access_key,omitempty"`
	SessionToken    backends.Secret `json:"session_token,omitempty"`
}

// TLS is in PEM; ${file:path} reads a file.
type TLS struct {
	CA          backends.Secret `json:"ca,omitempty"` // the system's when missing
	Cert        backends.Secret `json:"cert,omitempty"`
	Key         backends.Secret `json:"key,omitempty"`
	KeyPassword backends.Secret `json:"key_password,omitempty"`
	ServerName  string          `json:"server_name,omitempty"`
	// InsecureSkipVerify trusts any broker.
	InsecureSkipVerify bool `json:"insecure_skip_verify,omitempty"`
}

// DeliverySemantics is one of two promises; neither is at_least_once.
type DeliverySemantics struct {
	AtLeastOnce *struct{}    `json:"at_least_once,omitempty"`
	ExactlyOnce *ExactlyOnce `json:"exactly_once,omitempty"`
}

// ExactlyOnce writes the rows of a statement in one transaction.
type ExactlyOnce struct {
	// TransactionalID is the beginning of the producers' ids; each process and each
	// concurrent write adds to it.
	TransactionalID string `json:"transactional_id"`
}

// BatchConfig bounds one SELECT; 0 is no bound.
type BatchConfig struct {
	MaxMessages int64 `json:"max_messages,omitempty"`
	MaxBytes    int64 `json:"max_bytes,omitempty"`
	WindowMS    int64 `json:"window_ms,omitempty"`
	// IdleMS is how long a broker may take to give what it says it has; default 30 s.
	IdleMS int64 `json:"idle_ms,omitempty"`
}

// TopicOptions is one table, or several by a pattern.
type TopicOptions struct {
	// Name is the table's: the topic's, or a glob that several match.
	Name string `json:"name"`
	// Topic is the topic's name when it is not the table's.
	Topic string `json:"topic,omitempty"`
	payload.Options
	// Start is where a SELECT begins: earliest (the default), latest, committed, an
	// offset, or a time.
	Start string `json:"start,omitempty"`
	// KeyFormat is text (the default), bytes, json or avro.
	KeyFormat payload.Format `json:"key_format,omitempty"`
	// KeyColumns are columns that come from the key.
	KeyColumns []payload.Column `json:"key_columns,omitempty"`
	// MessageKeyColumn is the server's, for this table.
	MessageKeyColumn string `json:"message_key_column,omitempty"`
	// Tombstones is rows (the default): NULL in all columns of the payload; or skip.
	Tombstones string `json:"tombstones,omitempty"`
	// TimestampsOrdered says that times never go back within a partition, so that a SELECT
	// may stop at the first later one.
	TimestampsOrdered bool `json:"timestamps_ordered,omitempty"`
}

// NewConfig has the defaults.
func NewConfig() *Config { return &Config{ConnectTimeoutS: 10} }

// Kind implements backends.Config.
func (*Config) Kind() backends.Kind { return backends.KindKafka }

// RenamedKeys implements backends.Renamer.
func (*Config) RenamedKeys() map[string]string {
	return map[string]string{
		"brokers": "bootstrap_servers", "seed_brokers": "bootstrap_servers", "group": "group_id", "schema_registry": "schema_registry_url",
		"auth.plain": "auth.sasl_plain", "auth.scram": "auth.sasl_scram", "topics": "tables", "key_column": "message_key_column",
	}
}

type faults struct{ list []backends.Fault }

func (v *faults) add(path, format string, args ...any) {
	v.list = append(v.list, backends.Fault{Path: path, Message: fmt.Sprintf(format, args...)})
}

func (v *faults) secret(path string, s backends.Secret) { v.list = append(v.list, s.Fault(path)...) }

// Validate implements backends.Config.
func (c *Config) Validate() []backends.Fault {
	var v faults
	if len(c.servers()) == 0 {
		v.add("bootstrap_servers", "is missing; it is host:port, or several separated by commas")
	}
	c.Auth.validate(&v)
	c.TLS.validate(&v, "tls.")
	if c.TLS != nil && c.Auth.TLS != nil {
		v.add("tls", "and auth.tls are both given; one of them has all keys of TLS")
	}
	switch c.PayloadFormat {
	case "", payload.JSON, payload.Raw, "raw_bytes", payload.Text, payload.Avro, payload.Protobuf:
	default:
		v.add("payload_format", "unknown %q; there are json, raw, text, avro, protobuf", c.PayloadFormat)
	}
	v.secret("schema_registry_basic_auth", c.SchemaRegistryBasicAuth)
	c.SchemaRegistryTLS.validate(&v, "schema_registry_tls.")
	if d := c.DeliverySemantics; d.ExactlyOnce != nil && d.AtLeastOnce != nil {
		v.add("delivery_semantics", "is at_least_once or exactly_once, not both")
	} else if d.ExactlyOnce != nil && d.ExactlyOnce.TransactionalID == "" {
		v.add("delivery_semantics.exactly_once.transactional_id", "is missing; it is the beginning of the producers' ids")
	}
	if r := c.AutoOffsetReset; r != "" && r != "earliest" && r != "latest" {
		v.add("auto_offset_reset", "unknown %q; there are earliest and latest", r)
	}
	if c.ConnectTimeoutS <= 0 {
		v.add("connect_timeout_s", "must be 1 or more")
	}
	if b := c.BatchConfig; b.MaxMessages < 0 || b.MaxBytes < 0 || b.WindowMS < 0 || b.IdleMS < 0 {
		v.add("batch_config", "its bounds must be 0, for none, or more")
	}
	for i := range c.Tables {
		c.Tables[i].validate(&v, c, fmt.Sprintf("tables[%d].", i))
	}
	return v.list
}

func (a *Auth) validate(v *faults) {
	ways := 0
	for _, given := range []bool{a.SASLPlain != nil, a.SASLScram != nil, a.OAuthBearer != nil, a.TLS != nil, a.MSKIAM != nil} {
		if given {
			ways++
		}
	}
	if ways > 1 {
		v.add("auth", "has several ways of authentication; give one of sasl_plain, sasl_scram, oauthbearer, tls, msk_iam")
	}
	if p := a.SASLPlain; p != nil {
		v.required("auth.sasl_plain.username", p.Username)
		v.secret("auth.sasl_plain.password", p.Password)
	}
	if s := a.SASLScram; s != nil {
		v.required("auth.sasl_scram.username", s.Username)
		v.secret("auth.sasl_scram.password", s.Password)
		if scramMechanism(s.Mechanism) == 0 {
			v.add("auth.sasl_scram.mechanism", "unknown %q; there are SCRAM-SHA-256 and SCRAM-SHA-512", s.Mechanism)
		}
	}
	if o := a.OAuthBearer; o != nil {
		v.secret("auth.oauthbearer.token", o.Token)
		v.secret("auth.oauthbearer.client_secret", o.ClientSecret)
		if o.Token.IsZero() == (o.TokenURL == "") {
			v.add("auth.oauthbearer", "needs a token, or a token_url that gives one")
		}
	}
	if m := a.MSKIAM; m != nil {
		v.required("auth.msk_iam.region", m.Region)
		v.secret("auth.msk_iam.secret_access_key", m.SecretAccessKey)
		v.secret("auth.msk_iam.session_token", m.SessionToken)
		if (m.AccessKeyID == "") != m.SecretAccessKey.IsZero() {
			v.add("auth.msk_iam", "needs both access_key_id and secret_access_key, or neither")
		}
	}
	a.TLS.validate(v, "auth.tls.")
	if a.TLS != nil && a.TLS.Cert.IsZero() {
		v.add("auth.tls.cert", "is missing; it is the client's certificate")
	}
}

func (v *faults) required(path, value string) {
	if value == "" {
		v.add(path, "is missing")
	}
}

// scramMechanism is 256 or 512, 0 for neither.
func scramMechanism(name string) int {
	switch strings.ToUpper(strings.TrimPrefix(strings.ToUpper(name), "SCRAM-SHA-")) {
	case "256", "SHA256", "SHA-256":
		return 256
	case "512", "SHA512", "SHA-512":
		return 512
	}
	return 0
}

func (t *TLS) validate(v *faults, path string) {
	if t == nil {
		return
	}
	for _, s := range []struct {
		name   string
		secret backends.Secret
	}{{"ca", t.CA}, {"cert", t.Cert}, {"key", t.Key}, {"key_password", t.KeyPassword}} {
		v.secret(path+s.name, s.secret)
	}
	if t.Cert.IsZero() != t.Key.IsZero() {
		v.add(path+"key", "and cert belong together; give both or neither")
	}
}

func (t *TopicOptions) validate(v *faults, c *Config, at string) {
	if t.Name == "" {
		v.add(at+"name", "is missing; it is the topic's")
	}
	if _, err := path.Match(t.Name, ""); err != nil {
		v.add(at+"name", "is no pattern: %v", err)
	}
	if t.Topic != "" && isPattern(t.Name) {
		v.add(at+"topic", "a pattern of tables can not be one topic")
	}
	options := t.payload(c)
	for _, f := range options.Validate(at) {
		v.add(f.Path, "%s", f.Message)
	}
	if _, err := parseStart(t.Start); err != nil {
		v.add(at+"start", "%v", err)
	} else if t.Start == "committed" && c.GroupID == "" {
		v.add(at+"start", "committed needs the server's group_id")
	}
	key := t.keyOptions()
	for _, f := range key.Validate("") {
		v.add(at+strings.Replace(strings.Replace(f.Path, "columns", "key_columns", 1), "payload_format", "key_format", 1), "%s", f.Message)
	}
	for i, k := range t.KeyColumns {
		for _, p := range t.Columns {
			if p.Name == k.Name {
				v.add(fmt.Sprintf("%skey_columns[%d].name", at, i), "column %q is declared twice", k.Name)
			}
		}
	}
	if t.Tombstones != "" && t.Tombstones != "rows" && t.Tombstones != "skip" {
		v.add(at+"tombstones", "unknown %q; there are rows and skip", t.Tombstones)
	}
}

// payload are the options with the server's format.
func (t *TopicOptions) payload(c *Config) payload.Options {
	options := t.Options
	if options.PayloadFormat == "" {
		options.PayloadFormat = c.PayloadFormat
	}
	return options
}

// keyOptions are those of the key columns.
func (t *TopicOptions) keyOptions() payload.Options {
	format := t.KeyFormat
	if format == "" || format == "bytes" {
		format = payload.Text
	}
	return payload.Options{PayloadFormat: format, Columns: t.KeyColumns, OnError: t.OnError}
}

func (c *Config) servers() []string {
	var list []string
	for _, s := range strings.Split(c.BootstrapServers, ",") {
		if s = strings.TrimSpace(s); s != "" {
			list = append(list, s)
		}
	}
	return list
}

func isPattern(name string) bool { return strings.ContainsAny(name, `*?[\`) }

// Spec is the kind's line in a list of kinds.
func Spec() backends.KindSpec {
	return backends.KindSpec{
		Kind: backends.KindKafka,
		New:  func() backends.Config { return NewConfig() },
		Open: func(cfg backends.Config, env backends.Env) (backends.Backend, error) {
			return Open(cfg.(*Config), env), nil
		},
	}
}
