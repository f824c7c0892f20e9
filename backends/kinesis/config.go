package kinesis

import (
	"fmt"
	"net/url"
	"path"
	"regexp"
	"strings"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/payload"
)

// Config is the streams of an account in a region.
type Config struct {
	// StreamName restricts the server to one stream; without it all are tables.
	StreamName string `json:"stream_name,omitempty"`
	// Region is AWS's; without it what AWS's tools would take.
	Region string `json:"region,omitempty"`
	// Endpoint is a URL, for VPC endpoints and emulators.
	Endpoint string `json:"endpoint,omitempty"`
	// StaticCredentials are keys; without them they come from where AWS's tools look.
	StaticCredentials *StaticCredentials `json:"static_credentials,omitempty"`
	// PayloadFormat holds for tables that have none of their own.
	PayloadFormat payload.Format `json:"payload_format,omitempty"`
	// PartitionKeyColumn is the column whose text is the partition key of written records.
	PartitionKeyColumn string `json:"partition_key_column,omitempty"`
	// BatchConfig says how records are asked for.
	BatchConfig BatchConfig `json:"batch_config"`
	// ConnectTimeoutS bounds making a connection.
	ConnectTimeoutS int `json:"connect_timeout_s,omitempty"`
	// Tables says what can not be seen in the streams.
	Tables []StreamOptions `json:"tables,omitempty"`
}

// StaticCredentials are an access key.
type StaticCredentials struct {
	AccessKeyID     string          `json:"access_key_id"`
	SecretAccessKey backends.Secret `json:"secret_access_key"`
	SessionToken    backends.Secret `json:"session_token,omitempty"`
}

// BatchConfig says how records are asked for. None of it ends a SELECT early.
type BatchConfig struct {
	// MaxRecords is what one call of GetRecords asks for, at most 10000.
	MaxRecords int32 `json:"max_records,omitempty"`
	// MaxBytes is how much of what has come may wait for the statement.
	MaxBytes int64 `json:"max_bytes,omitempty"`
	// MaxEmptyPolls is how many empty answers at a shard's tip end it.
	MaxEmptyPolls int `json:"max_empty_polls,omitempty"`
	// IdleMS is the pause after an empty answer.
	IdleMS int64 `json:"idle_ms,omitempty"`
}

// StreamOptions is one table, or several by a pattern.
type StreamOptions struct {
	// Name is the table's: the stream's, or a glob that several match.
	Name string `json:"name"`
	// Stream is the stream's name when it is not the table's.
	Stream string `json:"stream,omitempty"`
	payload.Options
	// Start is where a SELECT begins: trim_horizon (the default, also earliest), latest, or
	// a time.
	Start string `json:"start,omitempty"`
	// PartitionKeyColumn is the server's, for this table.
	PartitionKeyColumn string `json:"partition_key_column,omitempty"`
	// KeepAggregated leaves records of the Kinesis Producer Library as they are.
	KeepAggregated bool `json:"keep_aggregated,omitempty"`
}

// mostRecords is the most that one GetRecords gives. It is the default too: a shard allows
// five calls a second, so that asking for less is slower.
const mostRecords = 10000

// NewConfig has the defaults.
func NewConfig() *Config {
	return &Config{
		ConnectTimeoutS: 10,
		BatchConfig:     BatchConfig{MaxRecords: mostRecords, MaxBytes: 16 << 20, MaxEmptyPolls: 1, IdleMS: 250},
	}
}

// Kind implements backends.Config.
func (*Config) Kind() backends.Kind { return backends.KindKinesis }

// RenamedKeys implements backends.Renamer.
func (*Config) RenamedKeys() map[string]string {
	return map[string]string{
		"stream": "stream_name", "credentials": "static_credentials", "endpoint_url": "endpoint", "streams": "tables",
		"static_credentials.access_key": "static_credentials.access_key_id", "static_credentials.secret_key": "static_credentials.secret_access_key",
	}
}

type faults struct{ list []backends.Fault }

func (v *faults) add(path, format string, args ...any) {
	v.list = append(v.list, backends.Fault{Path: path, Message: fmt.Sprintf(format, args...)})
}

// streamName is what the service takes for a stream's name.
var streamName = regexp.MustCompile(`^[a-zA-Z0-9_.-]{1,128}$`)

// Validate implements backends.Config.
func (c *Config) Validate() []backends.Fault {
	var v faults
	if c.StreamName != "" && !streamName.MatchString(c.StreamName) {
		v.add("stream_name", "%q is no name of a stream: letters, digits, underscores, points and hyphens, at most 128", c.StreamName)
	}
	if u, err := url.Parse(c.Endpoint); c.Endpoint != "" && (err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https") {
		v.add("endpoint", "must be a URL that begins with http:// or https://")
	}
	if s := c.StaticCredentials; s != nil {
		s.validate(&v)
	}
	switch c.PayloadFormat {
	case "", payload.JSON, payload.Raw, "raw_bytes", payload.Text, payload.Avro, payload.Protobuf:
	default:
		v.add("payload_format", "unknown %q; there are json, raw, text, avro, protobuf", c.PayloadFormat)
	}
	c.BatchConfig.validate(&v)
	if c.ConnectTimeoutS <= 0 {
		v.add("connect_timeout_s", "must be 1 or more")
	}
	for i := range c.Tables {
		c.Tables[i].validate(&v, c, fmt.Sprintf("tables[%d].", i))
	}
	return v.list
}

func (s *StaticCredentials) validate(v *faults) {
	if s.AccessKeyID == "" {
		v.add("static_credentials.access_key_id", "is missing")
	}
	if s.SecretAccessKey.IsZero() {
		v.add("static_credentials.secret_access_key", "is missing")
	}
	v.list = append(v.list, s.SecretAccessKey.Fault("static_credentials.secret_access_key")...)
	v.list = append(v.list, s.SessionToken.Fault("static_credentials.session_token")...)
}

func (c *BatchConfig) validate(v *faults) {
	if c.MaxRecords < 1 || c.MaxRecords > mostRecords {
		v.add("batch_config.max_records", "must be 1 to %d", mostRecords)
	}
	if c.MaxBytes < 1 {
		v.add("batch_config.max_bytes", "must be 1 or more")
	}
	if c.MaxEmptyPolls < 1 {
		v.add("batch_config.max_empty_polls", "must be 1 or more")
	}
	if c.IdleMS < 0 {
		v.add("batch_config.idle_ms", "must be 0 or more")
	}
}

func (t *StreamOptions) validate(v *faults, c *Config, at string) {
	if t.Name == "" {
		v.add(at+"name", "is missing; it is the stream's")
	}
	if _, err := path.Match(t.Name, ""); err != nil {
		v.add(at+"name", "is no pattern: %v", err)
	}
	if t.Stream != "" && isPattern(t.Name) {
		v.add(at+"stream", "a pattern of tables can not be one stream")
	}
	options := t.payload(c)
	for _, f := range options.Validate(at) {
		v.add(f.Path, "%s", f.Message)
	}
	if _, err := parseStart(t.Start); err != nil {
		v.add(at+"start", "%v", err)
	}
}

// payload are the options with the server's format.
func (t *StreamOptions) payload(c *Config) payload.Options {
	options := t.Options
	if options.PayloadFormat == "" {
		options.PayloadFormat = c.PayloadFormat
	}
	return options
}

func isPattern(name string) bool { return strings.ContainsAny(name, `*?[\`) }

// Spec is the kind's line in a list of kinds.
func Spec() backends.KindSpec {
	return backends.KindSpec{
		Kind: backends.KindKinesis,
		New:  func() backends.Config { return NewConfig() },
		Open: func(cfg backends.Config, env backends.Env) (backends.Backend, error) {
			return Open(cfg.(*Config), env), nil
		},
	}
}
