package rabbitmq

import (
	"context"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/payload"
	"github.com/sqlgateway/gateway/internal/registry"
	"github.com/sqlgateway/gateway/translate"
)

// Backend reads and writes the queues of a vhost.
type Backend struct {
	config  Config
	env     backends.Env
	schemas *registry.Client // nil without a registry
	life    context.Context  // ends with Close
	die     context.CancelFunc

	watchers sync.WaitGroup // of connections, and of what goes on after a read was given up

	mu     sync.Mutex
	closed bool
	idle   []*conn
	http   *http.Client
	queues map[string]*queue
}

var (
	_ backends.Backend      = (*Backend)(nil)
	_ backends.Statistician = (*Backend)(nil)
	_ backends.Writer       = (*Backend)(nil)
)

// Open makes a backend and connects to nothing.
func Open(config *Config, env backends.Env) *Backend {
	b := &Backend{config: *config, env: env.WithDefaults(), queues: map[string]*queue{}}
	b.life, b.die = context.WithCancel(context.Background())
	if config.SchemaRegistryURL != "" {
		b.schemas = registry.New(b.registrySettings)
	}
	return b
}

func (b *Backend) registrySettings(ctx context.Context) (registry.Settings, error) {
	s := registry.Settings{Timeout: b.config.timeout()}
	for _, url := range strings.Split(b.config.SchemaRegistryURL, ",") {
		s.URLs = append(s.URLs, strings.TrimSpace(url))
	}
	if b.config.SchemaRegistryBasicAuth.IsZero() {
		return s, nil
	}
	text, err := b.config.SchemaRegistryBasicAuth.Resolve(ctx, b.env.Secrets)
	s.User, s.Password, _ = strings.Cut(text, ":")
	return s, err
}

// Kind implements backends.Backend.
func (b *Backend) Kind() backends.Kind { return backends.KindRabbitMQ }

// Config implements backends.Backend.
func (b *Backend) Config() backends.Config { c := b.config; return &c }

// Dialect implements backends.Backend: brokers take no queries.
func (b *Backend) Dialect(context.Context) (*translate.Dialect, error) { return nil, nil }

// ConnectionInfo implements backends.Backend.
func (b *Backend) ConnectionInfo() backends.ConnectionInfo {
	info := backends.ConnectionInfo{Kind: backends.KindRabbitMQ, Product: "RabbitMQ", Database: b.config.Vhost}
	// References are not resolved for this, and what they hide stays hidden.
	_, rest, _ := strings.Cut(b.config.AMQPURL.String(), "://")
	authority, where, _ := strings.Cut(rest, "/")
	if at := strings.LastIndexByte(authority, '@'); at >= 0 {
		user, _, _ := strings.Cut(authority[:at], ":")
		info.User, authority = user, authority[at+1:]
	}
	info.Address = authority
	if info.Database == "" {
		where, _, _ = strings.Cut(where, "?")
		if info.Database, _ = url.PathUnescape(where); info.Database == "" {
			info.Database = "/"
		}
	}
	return info
}

// Ping implements backends.Backend: the broker answers a new connection, and the
// registry when there is one.
func (b *Backend) Ping(ctx context.Context) error {
	err := b.with(ctx, func(c *conn) error {
		ch, err := c.Channel()
		if err == nil {
			err = ch.Close()
		}
		return c.fault(ctx, "asking", err)
	})
	if err != nil {
		return err
	}
	if b.schemas != nil {
		return b.schemas.Ping(ctx)
	}
	return nil
}

// everything is the schema of all queues.
const everything = "queues"

// Schemas implements backends.Backend. A pattern, as in orders.*, is a schema too.
func (b *Backend) Schemas(context.Context) ([]string, error) { return []string{everything}, nil }

// Tables implements backends.Backend: the queues that the management API lists and those
// of the config. AMQP itself lists none.
func (b *Backend) Tables(ctx context.Context, schema string) ([]backends.TableName, error) {
	pattern := schema
	switch {
	case schema == "" || schema == everything:
		pattern = "*"
	case !isPattern(schema):
		return nil, nil
	}
	var found []string
	if !b.config.ManagementURL.IsZero() {
		var err error
		if found, err = b.list(ctx); err != nil {
			return nil, err
		}
	}
	names := b.named(found)
	var tables []backends.TableName
	for _, name := range names {
		if ok, _ := path.Match(pattern, name); ok || pattern == "*" {
			tables = append(tables, backends.TableName{Schema: schema, Name: name})
		}
	}
	return tables, nil
}

// named are the tables of queues, under the names that the config gives them, sorted.
func (b *Backend) named(found []string) []string {
	listed := !b.config.ManagementURL.IsZero()
	seen, renamed := map[string]bool{}, map[string]bool{}
	for i := range b.config.Tables {
		t := &b.config.Tables[i]
		name := t.Queue
		if name == "" {
			name = t.Name
		}
		if isPattern(t.Name) || listed && !slices.Contains(found, name) {
			continue
		}
		seen[t.Name] = true
		renamed[name] = name != t.Name
	}
	for _, name := range found {
		if !renamed[name] {
			seen[name] = true
		}
	}
	names := make([]string, 0, len(seen))
	for name := range seen {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Close implements backends.Backend.
func (b *Backend) Close() error {
	b.die()
	b.mu.Lock()
	idle, web := b.idle, b.http
	b.closed, b.idle, b.http = true, nil, nil
	b.mu.Unlock()
	for _, c := range idle {
		c.end()
	}
	if web != nil {
		web.CloseIdleConnections()
	}
	if b.schemas != nil {
		b.schemas.Close()
	}
	b.watchers.Wait()
	return nil
}

// options are those of a table: the entry of its name, or of a pattern that fits.
func (b *Backend) options(name string) *QueueOptions {
	for i := range b.config.Tables {
		if t := &b.config.Tables[i]; t.Name == name {
			return t
		}
	}
	for i := range b.config.Tables {
		t := &b.config.Tables[i]
		if ok, _ := path.Match(t.Name, name); ok {
			return t
		}
	}
	return &QueueOptions{Name: name}
}

// queue is a table as the config has it.
type queue struct {
	name    string // the table's
	queue   string
	options *QueueOptions
	codec   *payload.Codec

	// turn is held by the one who peeks: two at a time would see half of it each.
	turn chan struct{}
	// returned is how many messages the last peek gave back, and when: a broker counts
	// them with some delay.
	returned   int64
	returnedAt time.Time

	mu      sync.Mutex
	columns []column // as last described
}

// table finds a table; it asks nobody.
func (b *Backend) table(name backends.TableName) *queue {
	full := name.Name
	if s := name.Schema; s != "" && s != everything && s != "." && !isPattern(s) {
		full = s + "." + name.Name // a queue's name with a point in it, taken apart
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if q := b.queues[full]; q != nil {
		return q
	}
	options := b.options(full)
	q := &queue{name: full, queue: full, options: options, turn: make(chan struct{}, 1)}
	if options.Queue != "" {
		q.queue = options.Queue
	}
	q.codec = payload.New(options.payload(&b.config), b.schemas, q.queue+"-value")
	b.queues[full] = q
	return q
}
