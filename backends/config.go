package backends

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/sqlgateway/gateway/internal/eventloop"
)

// Config is what makes a Backend: the tagged union of the kinds' configs. Each is a
// pointer to a struct of the kind's folder whose JSON tags are the configuration's
// keys. It holds no live state, so it travels to peers.
type Config interface {
	Kind() Kind
	// Validate reports every fault of the values, with paths relative to the config
	// ("dsn", "read.csv.delimiter"). It looks at nothing outside the config.
	Validate() []Fault
}

// Renamer is implemented by configs some of whose keys go by other names elsewhere
// or went by them before; an unknown key found here is reported with its new name.
type Renamer interface {
	RenamedKeys() map[string]string
}

// Fault is one thing wrong in a config.
type Fault struct {
	Path    string // dotted, "" for the config itself
	Message string // what is wrong, and what to write instead
}

// String is the path and the message.
func (f Fault) String() string {
	if f.Path == "" {
		return f.Message
	}
	return f.Path + ": " + f.Message
}

// ConfigError is every fault of a config.
type ConfigError struct{ Faults []Fault }

// Error lists the faults, separated by "; ".
func (e *ConfigError) Error() string {
	texts := make([]string, len(e.Faults))
	for i, f := range e.Faults {
		texts[i] = f.String()
	}
	return strings.Join(texts, "; ")
}

// KindSpec is one kind of backend that a program has.
type KindSpec struct {
	Kind Kind
	// New is the kind's config with its defaults: a pointer to a struct.
	New func() Config
	// Open makes a backend and connects to nothing. It is nil for a kind that this
	// build leaves out but whose configs it still reads.
	Open func(Config, Env) (Backend, error)
}

// Env is what a backend gets from the process that opens it.
type Env struct {
	// Secrets resolves the config's references when a connection opens; nil is
	// ProcessSecrets.
	Secrets Resolver
	// Logger is nil for none.
	Logger *slog.Logger
	// Allocator makes the Arrow memory of readers; nil is Arrow's default.
	Allocator memory.Allocator
	// Folder is what relative file names start from; "" is the working directory.
	Folder string
	// Loop watches the sockets of sources that can do with it; nil leaves all to Go.
	Loop *eventloop.Loop
}

// WithDefaults fills the fields that are not set.
func (e Env) WithDefaults() Env {
	if e.Secrets == nil {
		e.Secrets = ProcessSecrets
	}
	if e.Logger == nil {
		e.Logger = slog.New(slog.DiscardHandler)
	}
	if e.Allocator == nil {
		e.Allocator = memory.DefaultAllocator
	}
	return e
}

// ParseConfig reads a config in JSON: an object whose "kind" says which of kinds
// it is. Keys that the kind does not have, values of the wrong type and faults
// that Validate finds are all reported, together, as a *ConfigError.
func ParseConfig(data []byte, kinds []KindSpec) (Config, error) {
	spec, fault := kindOf(data, kinds)
	if fault != nil {
		return nil, &ConfigError{Faults: []Fault{*fault}}
	}
	cfg := spec.New()
	faults := decodeStrict(data, cfg)
	if len(faults) == 0 {
		faults = cfg.Validate()
	}
	if len(faults) > 0 {
		return nil, &ConfigError{Faults: faults}
	}
	return cfg, nil
}

// MarshalConfig is a config's canonical JSON. Unlike every other print of it, this
// one keeps secrets: references verbatim, and inline values too.
func MarshalConfig(cfg Config) ([]byte, error) {
	body, err := encodeRevealed(cfg)
	if err != nil {
		return nil, fmt.Errorf("encoding a %s config: %w", cfg.Kind(), err)
	}
	kind, err := json.Marshal(string(cfg.Kind()))
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	out.WriteString(`{"kind":`)
	out.Write(kind)
	if len(body) > len("{}") {
		out.WriteByte(',')
	}
	out.Write(body[1:])
	return out.Bytes(), nil
}

// Open makes the backend of a config. It connects to nothing.
func Open(cfg Config, kinds []KindSpec, env Env) (Backend, error) {
	spec := findKind(cfg.Kind(), kinds)
	if spec == nil || spec.Open == nil {
		return nil, fmt.Errorf("opening a %s backend: this kind is not in this build", cfg.Kind())
	}
	if faults := cfg.Validate(); len(faults) > 0 {
		return nil, fmt.Errorf("opening a %s backend: %w", cfg.Kind(), &ConfigError{Faults: faults})
	}
	backend, err := spec.Open(cfg, env.WithDefaults())
	if err != nil {
		return nil, fmt.Errorf("opening a %s backend: %w", cfg.Kind(), err)
	}
	return backend, nil
}

func findKind(kind Kind, kinds []KindSpec) *KindSpec {
	for i := range kinds {
		if kinds[i].Kind == kind {
			return &kinds[i]
		}
	}
	return nil
}

func kindOf(data []byte, kinds []KindSpec) (*KindSpec, *Fault) {
	var tag struct {
		Kind *string `json:"kind"`
	}
	if err := json.Unmarshal(data, &tag); err != nil {
		return nil, &Fault{Message: "a config is a JSON object with a text \"kind\": " + err.Error()}
	}
	if tag.Kind == nil {
		return nil, &Fault{Path: "kind", Message: "is missing; the kinds are " + kindNames(kinds)}
	}
	spec := findKind(ParseKind(*tag.Kind), kinds)
	if spec == nil {
		return nil, &Fault{Path: "kind", Message: fmt.Sprintf("unknown kind %q; the kinds are %s", *tag.Kind, kindNames(kinds))}
	}
	return spec, nil
}

func kindNames(kinds []KindSpec) string {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = string(k.Kind)
	}
	return strings.Join(names, ", ")
}
