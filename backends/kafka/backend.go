package kafka

import (
	"context"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/payload"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/registry"
	"github.com/sqlgateway/gateway/translate"
)

// Backend reads and writes topics of a cluster.
type Backend struct {
	config  Config
	env     backends.Env
	schemas *registry.Client // nil without a registry

	mu        sync.Mutex
	closed    bool
	client    *kgo.Client
	topics    map[string]*topic
	producers []*producer // idle
	made      int         // producers made, for their ids
}

var (
	_ backends.Backend      = (*Backend)(nil)
	_ backends.Partitioner  = (*Backend)(nil)
	_ backends.Statistician = (*Backend)(nil)
	_ backends.Writer       = (*Backend)(nil)
)

// Open makes a backend and connects to nothing.
func Open(config *Config, env backends.Env) *Backend {
	b := &Backend{config: *config, env: env.WithDefaults(), topics: map[string]*topic{}}
	if config.SchemaRegistryURL != "" {
		b.schemas = registry.New(func(ctx context.Context) (registry.Settings, error) {
			return b.config.registrySettings(ctx, b.env.Secrets)
		})
	}
	return b
}

// Kind implements backends.Backend.
func (b *Backend) Kind() backends.Kind { return backends.KindKafka }

// Config implements backends.Backend.
func (b *Backend) Config() backends.Config { c := b.config; return &c }

// Dialect implements backends.Backend: brokers take no queries.
func (b *Backend) Dialect(context.Context) (*translate.Dialect, error) { return nil, nil }

// ConnectionInfo implements backends.Backend.
func (b *Backend) ConnectionInfo() backends.ConnectionInfo {
	info := backends.ConnectionInfo{Kind: backends.KindKafka, Address: strings.Join(b.config.servers(), ","), Product: "Kafka"}
	switch a := b.config.Auth; {
	case a.SASLPlain != nil:
		info.User = a.SASLPlain.Username
	case a.SASLScram != nil:
		info.User = a.SASLScram.Username
	}
	return info
}

// connect gives the client that all reads share. It makes no connection itself.
func (b *Backend) connect(ctx context.Context) (*kgo.Client, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return nil, errClosed()
	}
	if b.client != nil {
		return b.client, nil
	}
	options, err := b.config.clientOptions(ctx, b.env.Secrets)
	if err != nil {
		return nil, err
	}
	if b.client, err = kgo.NewClient(options...); err != nil {
		return nil, pgerr.New(pgerr.FdwUnableToEstablishConnection, "Kafka: %v", err)
	}
	return b.client, nil
}

func errClosed() error {
	return pgerr.New(pgerr.ConnectionFailure, "the connection to Kafka is closed")
}

func (b *Backend) admin(ctx context.Context) (*kadm.Client, error) {
	client, err := b.connect(ctx)
	if err != nil {
		return nil, err
	}
	return kadm.NewClient(client), nil
}

// Ping implements backends.Backend: a broker answers, and the registry when there is one.
func (b *Backend) Ping(ctx context.Context) error {
	client, err := b.connect(ctx)
	if err != nil {
		return err
	}
	if err := client.Ping(ctx); err != nil {
		if err = errorOf("connecting", err); pgerr.Code(err) == pgerr.ConnectionFailure {
			e := *pgerr.From(err)
			e.Code = pgerr.FdwUnableToEstablishConnection
			return &e
		}
		return err
	}
	if b.schemas != nil {
		return b.schemas.Ping(ctx)
	}
	return nil
}

// everything is the schema of all topics.
const everything = "topics"

// Schemas implements backends.Backend. A pattern, as in orders.*, is a schema too.
func (b *Backend) Schemas(context.Context) ([]string, error) { return []string{everything}, nil }

// Tables implements backends.Backend: the topics that are not the brokers' own, under
// the names that the config gives them.
func (b *Backend) Tables(ctx context.Context, schema string) ([]backends.TableName, error) {
	pattern := schema
	switch {
	case schema == "" || schema == everything:
		pattern = "*"
	case !isPattern(schema):
		return nil, nil
	}
	admin, err := b.admin(ctx)
	if err != nil {
		return nil, err
	}
	found, err := admin.ListTopics(ctx)
	if err != nil {
		return nil, errorOf("listing the topics", err)
	}
	seen := map[string]bool{}
	renamed := map[string]bool{}
	for i := range b.config.Tables {
		if t := &b.config.Tables[i]; t.Topic != "" && found.Has(t.Topic) {
			seen[t.Name] = true
			renamed[t.Topic] = true
		}
	}
	for _, name := range found.Names() {
		if !internal(name) && !renamed[name] {
			seen[name] = true
		}
	}
	var names []backends.TableName
	for name := range seen {
		if ok, _ := path.Match(pattern, name); ok {
			names = append(names, backends.TableName{Schema: schema, Name: name})
		}
	}
	slices.SortFunc(names, func(a, b backends.TableName) int { return strings.Compare(a.Name, b.Name) })
	return names, nil
}

// internal says whether a topic is one of Kafka's or of the tools around it. Some of
// those are not marked so.
func internal(topic string) bool {
	return strings.HasPrefix(topic, "__") || topic == "_schemas"
}

// Close implements backends.Backend.
func (b *Backend) Close() error {
	b.mu.Lock()
	client, producers := b.client, b.producers
	b.closed, b.client, b.producers = true, nil, nil
	b.mu.Unlock()
	for _, p := range producers {
		p.client.Close()
	}
	if client != nil {
		client.Close()
	}
	if b.schemas != nil {
		b.schemas.Close()
	}
	return nil
}

// options are those of a table: the entry of its name, or of a pattern that fits.
func (b *Backend) options(name string) *TopicOptions {
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
	return &TopicOptions{Name: name}
}

// topic is a table as the config has it.
type topic struct {
	name    string // the table's
	topic   string
	options *TopicOptions
	value   *payload.Codec
	key     *payload.Codec // nil without key columns

	mu      sync.Mutex
	columns []column // as last described
}

// table finds a table; it asks nobody.
func (b *Backend) table(name backends.TableName) *topic {
	full := name.Name
	if s := name.Schema; s != "" && s != everything && s != "." && !isPattern(s) {
		full = s + "." + name.Name // a topic's name with a point in it, taken apart
	}
	full = full[strings.LastIndexByte(full, '/')+1:] // a path: schema/topic; no topic's name has a slash
	b.mu.Lock()
	defer b.mu.Unlock()
	if t := b.topics[full]; t != nil {
		return t
	}
	options := b.options(full)
	t := &topic{name: full, topic: full, options: options}
	if options.Topic != "" {
		t.topic = options.Topic
	}
	t.value = payload.New(options.payload(&b.config), b.schemas, t.topic+"-value")
	if len(options.KeyColumns) > 0 {
		t.key = payload.New(options.keyOptions(), b.schemas, t.topic+"-key")
	}
	b.topics[full] = t
	return t
}
