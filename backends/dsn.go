package backends

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"strings"
)

// DSN is a connection string, as a URL or in the driver's own form, whose password
// people must not see. Like Secret it may hold references, and prints redacted,
// but with all that is not secret left readable.
type DSN struct{ text string }

// NewDSN is a DSN as a config would hold it.
func NewDSN(text string) DSN { return DSN{text: text} }

// IsZero says that there is none.
func (d DSN) IsZero() bool { return d.text == "" }

// Fault checks the references' form; nil when all is well.
func (d DSN) Fault(path string) []Fault { return referenceFaults(d.text, path) }

// Inline says that a password itself stands in the config.
func (d DSN) Inline() bool {
	for _, secret := range d.secretRanges() {
		if NewSecret(d.text[secret[0]:secret[1]]).Inline() {
			return true
		}
	}
	return false
}

// IsURL says that the text begins with scheme://.
func (d DSN) IsURL() bool { return urlScheme.MatchString(d.text) }

// Resolve gives the connection string, every reference replaced. Values put into
// a URL are percent-encoded, those put into a keyword=value string are escaped for
// it, so a password may hold any character.
func (d DSN) Resolve(ctx context.Context, secrets Resolver) (string, error) {
	escape := func(s string) string { return s }
	switch {
	case d.IsURL():
		escape = escapeForURL
	case keywordForm.MatchString(d.text):
		escape = escapeForKeyword
	}
	return resolveText(ctx, d.text, secrets, escape)
}

// escapeForURL fits a value into a URL's user information, path or query.
func escapeForURL(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

// escapeForKeyword fits a value into a libpq keyword string, in quotes or without.
func escapeForKeyword(s string) string {
	return strings.NewReplacer(`\`, `\\`, `'`, `\'`, " ", `\ `).Replace(s)
}

// String is the text with its passwords redacted.
func (d DSN) String() string {
	var out strings.Builder
	end := 0
	for _, secret := range d.secretRanges() {
		if secret[0] < end {
			continue
		}
		out.WriteString(d.text[end:secret[0]])
		out.WriteString(Redacted)
		end = secret[1]
	}
	out.WriteString(d.text[end:])
	return out.String()
}

// GoString implements fmt.GoStringer.
func (d DSN) GoString() string { return d.String() }

// Format redacts under every verb.
func (d DSN) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, d.String()) }

// MarshalJSON is the redacted text: JSON made by anything but MarshalConfig is for
// people.
func (d DSN) MarshalJSON() ([]byte, error) { return json.Marshal(d.String()) }

// MarshalText is the redacted text.
func (d DSN) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalJSON reads a JSON string.
func (d *DSN) UnmarshalJSON(data []byte) error { return unmarshalSecret(data, &d.text) }

func (d DSN) reveal() string { return d.text }

var (
	urlScheme   = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*://`)
	keywordForm = regexp.MustCompile(`^\s*[A-Za-z_]+\s*=`)
	// secretKeys are the parameters of the drivers that hold secrets.
	secretKeys = regexp.MustCompile(`(?i)[A-Za-z_]*(?:password|passwd|pwd|secret|token|key)\s*=\s*('(?:[^'\\]|\\.)*'?|(?:\$\{[^}]*\}|\\.|[^\s&])+)`)
)

// secretRanges finds the passwords: between the first ":" and the last "@" of the
// user information, and the values of secret parameters.
func (d DSN) secretRanges() [][2]int {
	var ranges [][2]int
	rest := 0
	if scheme := urlScheme.FindStringIndex(d.text); scheme != nil {
		rest = scheme[1]
	}
	// References may hold any character, @ and : included. The last "@" of all is
	// taken, since a password may hold "/" and "?" too: rather too much is hidden.
	masked := maskReferences(d.text)
	if at := strings.LastIndexByte(masked, '@'); at > rest && !keywordForm.MatchString(d.text) {
		if colon := strings.IndexByte(masked[rest:at], ':'); colon >= 0 {
			ranges = append(ranges, [2]int{rest + colon + 1, at})
		}
	}
	for _, m := range secretKeys.FindAllStringSubmatchIndex(d.text, -1) {
		ranges = append(ranges, [2]int{m[2], m[3]})
	}
	return ranges
}

// maskReferences blanks the references of a text, keeping its length.
func maskReferences(text string) string {
	return references.ReplaceAllStringFunc(text, func(r string) string { return strings.Repeat("x", len(r)) })
}

var references = regexp.MustCompile(`\$\{[^}]*\}`)
