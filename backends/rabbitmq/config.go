package rabbitmq

import (
	"fmt"
	"net/url"
	"path"
	"strings"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/payload"
)

// Config is a broker, or a cluster behind one address.
type Config struct {
	// AMQPURL is amqp://user:password@host:port/vhost, or amqps:// for TLS.
	AMQPURL backends.DSN `json:"amqp_url"`
	// Vhost goes before the URL's.
	Vhost string `json:"vhost,omitempty"`
	// ConsumerTag begins the tags of consumers and is the connections' name, which the
	// broker shows to its operators.
	ConsumerTag string `json:"consumer_tag,omitempty"`
	// BatchConfig bounds what one SELECT holds back of a queue. Streams are read whole.
	BatchConfig BatchConfig `json:"batch_config"`
	// StreamURL is rabbitmq-stream://user:password@host:port/vhost; missing parts are
	// those of amqp_url.
	StreamURL backends.DSN `json:"stream_url,omitempty"`
	// StreamPort is for when there is no stream_url: 5552, or 5551 with TLS.
	StreamPort int `json:"stream_port,omitempty"`
	// StreamFollowAdvertised connects to the hosts that brokers advertise, instead of to
	// the stream_url whatever they say.
	StreamFollowAdvertised bool `json:"stream_follow_advertised,omitempty"`
	// ManagementURL is http://user:password@host:port of the management API, which lists
	// queues; without a user it is amqp_url's.
	ManagementURL backends.DSN `json:"management_url,omitempty"`
	// TLS is for connections whose URLs ask for it.
	TLS *TLS `json:"tls,omitempty"`
	// PayloadFormat holds for tables that have none of their own.
	PayloadFormat payload.Format `json:"payload_format,omitempty"`
	// SchemaRegistryURL is a registry of Confluent's protocol, or several by commas.
	SchemaRegistryURL string `json:"schema_registry_url,omitempty"`
	// SchemaRegistryBasicAuth is user:password.
	SchemaRegistryBasicAuth backends.Secret `json:"schema_registry_basic_auth,omitempty"`
	// ConnectTimeoutS bounds making a connection, and how long a write waits while the
	// broker takes none.
	ConnectTimeoutS int `json:"connect_timeout_s,omitempty"`
	// Tables says what the broker does not.
	Tables []QueueOptions `json:"tables,omitempty"`
}

// BatchConfig bounds one peek.
type BatchConfig struct {
	MaxMessages int64 `json:"max_messages,omitempty"`
	MaxBytes    int64 `json:"max_bytes,omitempty"` // of bodies
	WindowMS    int64 `json:"window_ms,omitempty"` // in all
	IdleMS      int64 `json:"idle_ms,omitempty"`   // without a message
}

// TLS is in PEM; ${file:path} reads a file.
type TLS struct {
	CA         backends.Secret `json:"ca,omitempty"` // the system's when missing
	Cert       backends.Secret `json:"cert,omitempty"`
	Key        backends.Secret `json:"key,omitempty"`
	ServerName string          `json:"server_name,omitempty"`
	// InsecureSkipVerify trusts any broker.
	InsecureSkipVerify bool `json:"insecure_skip_verify,omitempty"`
}

// The kinds of queues.
const (
	classic = "classic"
	quorum  = "quorum"
	streamQ = "stream"
)

// QueueOptions is one table, or several by a pattern.
type QueueOptions struct {
	// Name is the table's: the queue's, or a glob that several match.
	Name string `json:"name"`
	// Queue is the queue's name when it is not the table's.
	Queue string `json:"queue,omitempty"`
	payload.Options
	// Type is classic, quorum or stream, for brokers that do not let this user find out.
	Type string `json:"type,omitempty"`
	// NoDeliveryLimit says that a quorum queue has no delivery limit, where no
	// management_url can show it.
	NoDeliveryLimit bool `json:"no_delivery_limit,omitempty"`
	// Start is where a SELECT of a stream begins: first (the default), last, an offset, or
	// a time, by when the broker stored messages.
	Start string `json:"start,omitempty"`
	// Exchange and RoutingKey are where INSERT publishes to; by default straight to the
	// queue.
	Exchange   string `json:"exchange,omitempty"`
	RoutingKey string `json:"routing_key,omitempty"`
	// DeliveryMode is persistent (the default) or transient.
	DeliveryMode string `json:"delivery_mode,omitempty"`
	// TimestampsOrdered says that messages of a stream have times which never go back and
	// are not ahead of the broker's clock.
	TimestampsOrdered bool `json:"timestamps_ordered,omitempty"`
}

// NewConfig has the defaults.
func NewConfig() *Config {
	return &Config{ConnectTimeoutS: 10, BatchConfig: BatchConfig{MaxMessages: 1000, MaxBytes: 16 << 20, WindowMS: 5000, IdleMS: 2000}}
}

// Kind implements backends.Config.
func (*Config) Kind() backends.Kind { return backends.KindRabbitMQ }

// RenamedKeys implements backends.Renamer.
func (*Config) RenamedKeys() map[string]string {
	return map[string]string{"url": "amqp_url", "dsn": "amqp_url", "queues": "tables", "virtual_host": "vhost", "management": "management_url"}
}

type faults struct{ list []backends.Fault }

func (v *faults) add(path, format string, args ...any) {
	v.list = append(v.list, backends.Fault{Path: path, Message: fmt.Sprintf(format, args...)})
}

// Validate implements backends.Config.
func (c *Config) Validate() []backends.Fault {
	var v faults
	v.url("amqp_url", c.AMQPURL, "amqp", "amqps")
	v.url("stream_url", c.StreamURL, "rabbitmq-stream", "rabbitmq-stream+tls")
	v.url("management_url", c.ManagementURL, "http", "https")
	if c.AMQPURL.IsZero() {
		v.add("amqp_url", "is missing; it is amqp://user:password@host:port/vhost")
	}
	if !c.StreamURL.IsZero() && c.StreamPort != 0 {
		v.add("stream_port", "stands in stream_url already")
	}
	if c.StreamPort < 0 || c.StreamPort > 65535 {
		v.add("stream_port", "is no port")
	}
	c.TLS.validate(&v)
	options := payload.Options{PayloadFormat: c.PayloadFormat}
	v.payload(options.Validate(""))
	v.list = append(v.list, c.SchemaRegistryBasicAuth.Fault("schema_registry_basic_auth")...)
	if c.ConnectTimeoutS <= 0 {
		v.add("connect_timeout_s", "must be 1 or more")
	}
	for _, bound := range []struct {
		name  string
		value int64
	}{{"max_messages", c.BatchConfig.MaxMessages}, {"max_bytes", c.BatchConfig.MaxBytes}, {"window_ms", c.BatchConfig.WindowMS}, {"idle_ms", c.BatchConfig.IdleMS}} {
		if bound.value <= 0 {
			v.add("batch_config."+bound.name, "must be 1 or more: what a SELECT takes of a queue is kept from others, and in memory")
		}
	}
	for i := range c.Tables {
		c.Tables[i].validate(&v, c, fmt.Sprintf("tables[%d].", i))
	}
	return v.list
}

func (v *faults) payload(list []payload.Fault) {
	for _, f := range list {
		v.add(f.Path, "%s", f.Message)
	}
}

func (v *faults) url(path string, d backends.DSN, schemes ...string) {
	v.list = append(v.list, d.Fault(path)...)
	if d.IsZero() {
		return
	}
	text := d.String()
	for _, s := range schemes {
		if strings.HasPrefix(text, s+"://") || strings.HasPrefix(text, "${") {
			return
		}
	}
	v.add(path, "must be a URL that begins with %s://", strings.Join(schemes, ":// or "))
}

func (t *TLS) validate(v *faults) {
	if t == nil {
		return
	}
	v.list = append(v.list, t.CA.Fault("tls.ca")...)
	v.list = append(v.list, t.Cert.Fault("tls.cert")...)
	v.list = append(v.list, t.Key.Fault("tls.key")...)
	if t.Cert.IsZero() != t.Key.IsZero() {
		v.add("tls.key", "and cert belong together; give both or neither")
	}
}

func (t *QueueOptions) validate(v *faults, c *Config, at string) {
	if t.Name == "" {
		v.add(at+"name", "is missing; it is the queue's")
	}
	if _, err := path.Match(t.Name, ""); err != nil {
		v.add(at+"name", "is no pattern: %v", err)
	}
	if t.Queue != "" && isPattern(t.Name) {
		v.add(at+"queue", "a pattern of tables can not be one queue")
	}
	options := t.payload(c)
	v.payload(options.Validate(at))
	switch t.Type {
	case "", classic, quorum, streamQ:
	default:
		v.add(at+"type", "unknown %q; there are classic, quorum, stream", t.Type)
	}
	if _, err := parseStart(t.Start); err != nil {
		v.add(at+"start", "%v", err)
	}
	if t.RoutingKey != "" && t.Exchange == "" {
		v.add(at+"routing_key", "needs an exchange; without one INSERT publishes straight to the queue")
	}
	if m := t.DeliveryMode; m != "" && m != "persistent" && m != "transient" {
		v.add(at+"delivery_mode", "unknown %q; there are persistent and transient", m)
	}
}

// payload are the options with the server's format.
func (t *QueueOptions) payload(c *Config) payload.Options {
	options := t.Options
	if options.PayloadFormat == "" {
		options.PayloadFormat = c.PayloadFormat
	}
	return options
}

// vhost is the virtual host of a URL: / when it names none.
func vhost(u *url.URL) string {
	if name := strings.TrimPrefix(u.Path, "/"); name != "" {
		return name
	}
	return "/"
}

func isPattern(name string) bool { return strings.ContainsAny(name, `*?[\`) }

// Spec is the kind's line in a list of kinds.
func Spec() backends.KindSpec {
	return backends.KindSpec{
		Kind: backends.KindRabbitMQ,
		New:  func() backends.Config { return NewConfig() },
		Open: func(cfg backends.Config, env backends.Env) (backends.Backend, error) {
			return Open(cfg.(*Config), env), nil
		},
	}
}
