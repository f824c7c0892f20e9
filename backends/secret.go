package backends

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"reflect"
	"strings"
)

// Redacted is what a secret prints as.
const Redacted = "[redacted]"

// Secret is a text of a config that people must not see. It is inline, or holds
// references, ${env:NAME} or ${file:path}, which the process that opens the
// connection resolves. A literal "${" is written "$${".
//
// It prints as [redacted] under every verb and in JSON; only MarshalConfig keeps it.
type Secret struct{ text string }

// NewSecret is a secret as a config would hold it.
func NewSecret(text string) Secret { return Secret{text: text} }

// IsZero says that there is none.
func (s Secret) IsZero() bool { return s.text == "" }

// Inline says that a part of the value itself stands in the config.
func (s Secret) Inline() bool {
	for _, part := range splitReferences(s.text) {
		if part.reference == nil && part.literal != "" {
			return true
		}
	}
	return false
}

// Fault checks the references' form; nil when all is well.
func (s Secret) Fault(path string) []Fault { return referenceFaults(s.text, path) }

// Resolve gives the value, every reference replaced.
func (s Secret) Resolve(ctx context.Context, secrets Resolver) (string, error) {
	return resolveText(ctx, s.text, secrets, nil)
}

// String is [redacted], or "" for none.
func (s Secret) String() string {
	if s.text == "" {
		return ""
	}
	return Redacted
}

// GoString implements fmt.GoStringer.
func (s Secret) GoString() string { return s.String() }

// Format redacts under every verb, %d and %x included.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// MarshalJSON is [redacted]: JSON made by anything but MarshalConfig is for people.
func (s Secret) MarshalJSON() ([]byte, error) { return json.Marshal(s.String()) }

// MarshalText is [redacted] too: YAML and slog use it.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalJSON reads a JSON string.
func (s *Secret) UnmarshalJSON(data []byte) error { return unmarshalSecret(data, &s.text) }

func (s Secret) reveal() string { return s.text }

// unmarshalSecret decodes a text without repeating it in the error.
func unmarshalSecret(data []byte, text *string) error {
	if json.Unmarshal(data, text) != nil {
		return fmt.Errorf("must be a text")
	}
	return nil
}

// Reference is one ${scheme:name} of a Secret.
type Reference struct{ Scheme, Name string }

// Resolver gives the value that a reference stands for.
type Resolver func(ctx context.Context, ref Reference) (string, error)

// ProcessSecrets resolves env references from the environment and file references
// from files, without the newline at a file's end.
func ProcessSecrets(_ context.Context, ref Reference) (string, error) {
	switch ref.Scheme {
	case "env":
		value, ok := os.LookupEnv(ref.Name)
		if !ok {
			return "", fmt.Errorf("resolving ${env:%s}: the environment variable is not set", ref.Name)
		}
		return value, nil
	case "file":
		data, err := os.ReadFile(ref.Name)
		if err != nil {
			return "", fmt.Errorf("resolving ${file:%s}: %w", ref.Name, err)
		}
		return strings.TrimRight(string(data), "\r\n"), nil
	default:
		return "", fmt.Errorf("resolving ${%s:%s}: a reference is ${env:NAME} or ${file:path}", ref.Scheme, ref.Name)
	}
}

// secretPart is a literal or a reference of a text.
type secretPart struct {
	literal   string
	reference *Reference
}

// splitReferences cuts a text at its references. A "${" that is never closed is
// literal here; referenceFaults reports it.
func splitReferences(text string) []secretPart {
	var parts []secretPart
	literal := ""
	for text != "" {
		start := strings.Index(text, "${")
		if start < 0 {
			break
		}
		if start > 0 && text[start-1] == '$' {
			literal += text[:start-1] + "${"
			text = text[start+2:]
			continue
		}
		end := strings.IndexByte(text[start:], '}')
		if end < 0 {
			break
		}
		scheme, name, _ := strings.Cut(text[start+2:start+end], ":")
		if literal += text[:start]; literal != "" {
			parts = append(parts, secretPart{literal: literal})
		}
		parts = append(parts, secretPart{reference: &Reference{Scheme: scheme, Name: name}})
		literal, text = "", text[start+end+1:]
	}
	if literal += text; literal != "" {
		parts = append(parts, secretPart{literal: literal})
	}
	return parts
}

func referenceFaults(text, path string) []Fault {
	var faults []Fault
	for _, part := range splitReferences(text) {
		r := part.reference
		if r != nil && (r.Name == "" || r.Scheme != "env" && r.Scheme != "file") {
			faults = append(faults, Fault{Path: path, Message: "a reference is ${env:NAME} or ${file:path}; a literal ${ is written $${"})
		}
	}
	return faults
}

// resolveText replaces the references of a text. escape, if not nil, fits a value
// into the text around it; a text that is one reference alone is not escaped.
func resolveText(ctx context.Context, text string, secrets Resolver, escape func(string) string) (string, error) {
	parts := splitReferences(text)
	var out strings.Builder
	for _, part := range parts {
		value := part.literal
		if part.reference != nil {
			resolved, err := secrets(ctx, *part.reference)
			if err != nil {
				return "", err
			}
			if value = resolved; escape != nil && len(parts) > 1 {
				value = escape(resolved)
			}
		}
		out.WriteString(value)
	}
	return out.String(), nil
}

// InlineSecrets lists the paths of a config's secrets that stand in it inline. They
// work; whoever loads a config warns of them.
func InlineSecrets(cfg Config) []Fault {
	var faults []Fault
	walkSecrets(reflect.ValueOf(cfg), "", func(path string, inline bool) {
		if inline {
			faults = append(faults, Fault{Path: path, Message: "the secret stands in the config itself; write ${env:NAME} or ${file:path} instead"})
		}
	})
	return faults
}

func walkSecrets(v reflect.Value, path string, visit func(path string, inline bool)) {
	if v.Kind() == reflect.Pointer {
		if !v.IsNil() {
			walkSecrets(v.Elem(), path, visit)
		}
		return
	}
	if v.CanInterface() {
		if secret, ok := v.Interface().(interface{ Inline() bool }); ok {
			visit(path, secret.Inline())
			return
		}
	}
	switch v.Kind() {
	case reflect.Struct:
		for _, f := range jsonFields(v.Type()) {
			walkSecrets(v.FieldByIndex(f.index), join(path, f.name), visit)
		}
	case reflect.Slice:
		for i := range v.Len() {
			walkSecrets(v.Index(i), fmt.Sprintf("%s[%d]", path, i), visit)
		}
	}
}
