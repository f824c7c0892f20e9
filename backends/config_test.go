package backends_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/sqlgateway/gateway/backends"
)

type probeConfig struct {
	DSN    backends.DSN    `json:"dsn"`
	Token  backends.Secret `json:"token,omitempty"`
	Size   int             `json:"size"`
	Nested struct {
		Name string `json:"name,omitempty"`
	} `json:"nested"`
	Parts []struct {
		On bool `json:"on"`
	} `json:"parts,omitempty"`
}

func (*probeConfig) Kind() backends.Kind { return "my_kind" }
func (c *probeConfig) Validate() []backends.Fault {
	return append(c.DSN.Fault("dsn"), c.Token.Fault("token")...)
}
func (*probeConfig) RenamedKeys() map[string]string { return map[string]string{"url": "dsn"} }

var probeKinds = []backends.KindSpec{{Kind: "my_kind", New: func() backends.Config { return &probeConfig{Size: 7} }}}

func TestParseConfigReportsEveryFault(t *testing.T) {
	_, err := backends.ParseConfig([]byte(`{"kind":"my_kind","url":1,"size":"x","nested":{"nam":2},"parts":[{"on":true},{"off":1}]}`), probeKinds)
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{
		`nested.nam: unknown key; the keys here are name`, `parts[1].off: unknown key; the keys here are on`,
		`size: must be a whole number`, `url: unknown key; it is called "dsn"`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in %q", want, err)
		}
	}
	for input, want := range map[string]string{
		`[]`:                                   "a config is a JSON object",
		`{}`:                                   "kind: is missing; the kinds are my_kind",
		`{"kind":"odd"}`:                       `kind: unknown kind "odd"; the kinds are my_kind`,
		`{"kind":"my_kind","token":"${env:}"}`: "token: a reference is ${env:NAME}",
	} {
		if _, err := backends.ParseConfig([]byte(input), probeKinds); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", input, err, want)
		}
	}
}

func TestConfigKeepsSecretsAndPrintsNone(t *testing.T) {
	const text = `{"kind":"my_kind","dsn":"postgres://app:hunter2@db/sales?sslpassword=hunter3","token":"x${env:T}hunter4","size":7,"nested":{}}`
	cfg, err := backends.ParseConfig([]byte(text), probeKinds)
	if err != nil {
		t.Fatal(err)
	}
	back, err := backends.MarshalConfig(cfg)
	if err != nil || string(back) != text {
		t.Fatalf("got %s, %v", back, err)
	}
	people, _ := json.Marshal(cfg)
	p := cfg.(*probeConfig)
	for _, s := range []string{
		string(people), fmt.Sprintf("%v %+v %#v", cfg, cfg, cfg), fmt.Sprintf("%s %q %x %v", p.DSN, p.DSN, p.Token, *p),
		p.DSN.String(), p.Token.String(), fmt.Sprint(p.DSN),
	} {
		if strings.Contains(s, "hunter") || strings.Contains(s, fmt.Sprintf("%x", "hunter")) {
			t.Errorf("a secret shows in %s", s)
		}
	}
	if got := p.DSN.String(); got != "postgres://app:[redacted]@db/sales?sslpassword=[redacted]" {
		t.Errorf("dsn prints %s", got)
	}
	if n := len(backends.InlineSecrets(cfg)); n != 2 {
		t.Errorf("%d inline secrets", n)
	}
}

func TestDSN(t *testing.T) {
	secrets := func(_ context.Context, ref backends.Reference) (string, error) { return "p@ '/?" + ref.Name, nil }
	for _, c := range []struct{ text, printed, resolved string }{
		{"postgres://app:${env:PW}@db/x", "postgres://app:[redacted]@db/x", "postgres://app:p%40%20%27%2F%3FPW@db/x"},
		{"host=db password=${env:PW} user=u", "host=db password=[redacted] user=u", `host=db password=p@\ \'/?PW user=u`},
		{`host=db password='a b\'c' user=u`, "host=db password=[redacted] user=u", `host=db password='a b\'c' user=u`},
		{"root:a/b?c@d@tcp(h:1)/db", "root:[redacted]@tcp(h:1)/db", "root:a/b?c@d@tcp(h:1)/db"},
		{"root@tcp(h:1)/db", "root@tcp(h:1)/db", "root@tcp(h:1)/db"},
		{"postgres://u:$${x}@h/d", "postgres://u:[redacted]@h/d", "postgres://u:${x}@h/d"},
		{"${env:ALL}", "${env:ALL}", "p@ '/?ALL"},
	} {
		dsn := backends.NewDSN(c.text)
		resolved, err := dsn.Resolve(t.Context(), secrets)
		if dsn.String() != c.printed || resolved != c.resolved || err != nil {
			t.Errorf("%s: prints %s, resolves to %s, %v", c.text, dsn, resolved, err)
		}
	}
}
