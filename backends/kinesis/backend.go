package kinesis

import (
	"context"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/payload"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/translate"
)

// Backend reads and writes streams.
type Backend struct {
	config Config
	env    backends.Env
	http   *http.Client
	life   context.Context // ends with Close
	end    context.CancelFunc

	mu      sync.Mutex
	client  *kinesis.Client
	streams map[string]*stream
}

var (
	_ backends.Backend     = (*Backend)(nil)
	_ backends.Partitioner = (*Backend)(nil)
	_ backends.Writer      = (*Backend)(nil)
)

// Open makes a backend and connects to nothing.
func Open(config *Config, env backends.Env) *Backend {
	b := &Backend{
		config: *config, env: env.WithDefaults(), streams: map[string]*stream{},
		http: newHTTP(time.Duration(config.ConnectTimeoutS) * time.Second),
	}
	b.life, b.end = context.WithCancel(context.Background())
	return b
}

// Kind implements backends.Backend.
func (b *Backend) Kind() backends.Kind { return backends.KindKinesis }

// Config implements backends.Backend.
func (b *Backend) Config() backends.Config { c := b.config; return &c }

// Dialect implements backends.Backend: the service takes no queries.
func (b *Backend) Dialect(context.Context) (*translate.Dialect, error) { return nil, nil }

// ConnectionInfo implements backends.Backend.
func (b *Backend) ConnectionInfo() backends.ConnectionInfo {
	info := backends.ConnectionInfo{Kind: backends.KindKinesis, Address: "kinesis." + b.config.Region, Database: b.config.StreamName, Product: "Kinesis"}
	if u, err := url.Parse(b.config.Endpoint); err == nil && u.Host != "" {
		info.Address = u.Scheme + "://" + u.Host
	}
	if s := b.config.StaticCredentials; s != nil {
		info.User = s.AccessKeyID
	}
	return info
}

// Ping implements backends.Backend.
func (b *Backend) Ping(ctx context.Context) error {
	client, err := b.connect(ctx)
	if err != nil {
		return err
	}
	if b.config.StreamName != "" { // the right to list all streams may be missing
		_, err = client.DescribeStreamSummary(ctx, &kinesis.DescribeStreamSummaryInput{StreamName: &b.config.StreamName})
	} else {
		_, err = client.ListStreams(ctx, &kinesis.ListStreamsInput{Limit: aws.Int32(1)})
	}
	return b.errorOf(ctx, "connecting", err)
}

// everything is the schema of all streams.
const everything = "streams"

// Schemas implements backends.Backend. A pattern, as in orders-*, is a schema too.
func (b *Backend) Schemas(context.Context) ([]string, error) { return []string{everything}, nil }

// Tables implements backends.Backend: the streams, under the names that the config
// gives them.
func (b *Backend) Tables(ctx context.Context, schema string) ([]backends.TableName, error) {
	pattern := schema
	switch {
	case schema == "" || schema == everything:
		pattern = "*"
	case !isPattern(schema):
		return nil, nil
	}
	found, err := b.listStreams(ctx)
	if err != nil {
		return nil, err
	}
	seen, renamed := map[string]bool{}, map[string]bool{}
	for i := range b.config.Tables {
		if t := &b.config.Tables[i]; t.Stream != "" && slices.Contains(found, t.Stream) {
			seen[t.Name], renamed[t.Stream] = true, true
		}
	}
	for _, name := range found {
		if !renamed[name] {
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

// listStreams names the streams there are, or the one that the config allows.
func (b *Backend) listStreams(ctx context.Context) ([]string, error) {
	if b.config.StreamName != "" {
		return []string{b.config.StreamName}, nil
	}
	client, err := b.connect(ctx)
	if err != nil {
		return nil, err
	}
	var names []string
	pages := kinesis.NewListStreamsPaginator(client, &kinesis.ListStreamsInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, b.errorOf(ctx, "listing the streams", err)
		}
		names = append(names, page.StreamNames...)
	}
	return names, nil
}

// Close implements backends.Backend.
func (b *Backend) Close() error {
	b.end()
	b.http.CloseIdleConnections()
	return nil
}

// options are those of a table: the entry of its name, or of a pattern that fits.
func (b *Backend) options(name string) *StreamOptions {
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
	return &StreamOptions{Name: name}
}

// stream is a table as the config has it.
type stream struct {
	name    string // the stream's
	options *StreamOptions
	start   start
	codec   *payload.Codec

	mu      sync.Mutex
	columns []column  // as last described
	most    int       // bytes of a record
	met     time.Time // when most was asked for
}

// table finds a table; it asks nobody.
func (b *Backend) table(name backends.TableName) (*stream, error) {
	full := name.Name
	if s := name.Schema; s != "" && s != everything && s != "." && !isPattern(s) {
		full = s + "." + name.Name // a stream's name with a point in it, taken apart
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if s := b.streams[full]; s != nil {
		return s, nil
	}
	options := b.options(full)
	s := &stream{name: full, options: options}
	if options.Stream != "" {
		s.name = options.Stream
	}
	if only := b.config.StreamName; only != "" && s.name != only || !streamName.MatchString(s.name) {
		return nil, errNoStream(s.name)
	}
	var err error
	if s.start, err = parseStart(options.Start); err != nil {
		return nil, pgerr.Internal("the start of stream %s: %v", s.name, err)
	}
	s.codec = payload.New(options.payload(&b.config), nil, s.name)
	b.streams[full] = s
	return s, nil
}
