package kafka

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/sr"
	"github.com/twmb/franz-go/pkg/sr/srfake"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/pgerr"
)

func newRegistry(t testing.TB, subject, schema string) *srfake.Registry {
	fake := srfake.New()
	t.Cleanup(fake.Close)
	fake.SeedSchema(subject, 1, 1, sr.Schema{Schema: schema})
	return fake
}

func TestFetchFaults(t *testing.T) {
	fake := cluster(t)
	config := configOf(fake)
	create(t, config, "f", 1, nil)
	var list []*kgo.Record
	for i := range 5000 {
		list = append(list, message("f", 0, "", fmt.Sprint(i)))
	}
	produce(t, config, list...)
	b := opened(t, config)
	read := func() (int, error) {
		rows, _, err := scan(t.Context(), b, fragment(t, b, "f", []string{"payload"}))
		return len(rows), err
	}
	for _, c := range []struct {
		err  *kerr.Error
		code string // "" when the read goes on
	}{
		{kerr.NotLeaderForPartition, ""},
		{kerr.LeaderNotAvailable, ""},
		{kerr.RequestTimedOut, ""},
		{kerr.KafkaStorageError, ""},
		{kerr.TopicAuthorizationFailed, pgerr.InsufficientPrivilege},
		{kerr.UnknownTopicOrPartition, pgerr.UndefinedTable},
		{kerr.CorruptMessage, ""},
	} {
		fault := fake.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Fetch}, Topic: "f", Err: c.err, Count: 2})
		n, err := read()
		fault.Remove()
		if pgerr.Code(err) != c.code || err == nil && n != 5000 {
			t.Errorf("%s: %d rows, %v", c.err.Message, n, err)
		}
		if c.code == pgerr.InsufficientPrivilege && !strings.Contains(err.Error(), `topic "f", partition 0, offset 0`) {
			t.Errorf("%v names no place", err)
		}
	}
	// The other broker leads from now on.
	leader := fake.LeaderFor("f", 0)
	if err := fake.MoveTopicPartition("f", 0, 1-leader); err != nil {
		t.Fatal(err)
	}
	if n, err := read(); n != 5000 || err != nil {
		t.Errorf("after the leader moved: %d rows, %v", n, err)
	}
}

func TestBrokersGone(t *testing.T) {
	fake := cluster(t)
	config := configOf(fake)
	config.ConnectTimeoutS = 1
	create(t, config, "g", 1, nil)
	var list []*kgo.Record
	for i := range 90_000 {
		list = append(list, message("g", 0, "", fmt.Sprintf(`"%0100d"`, i)))
	}
	produce(t, config, list...)
	b := opened(t, config)
	r, err := b.Read(t.Context(), fragment(t, b, "g", []string{"payload"}))
	if err != nil || !r.Next() {
		t.Fatal(err)
	}
	fake.Close()
	start := time.Now()
	for r.Next() {
	}
	if code := pgerr.Code(r.Err()); code != pgerr.ConnectionFailure || !strings.Contains(r.Err().Error(), `topic "g", partition 0, offset `) {
		t.Errorf("brokers that go amid a read: %v", r.Err())
	}
	r.Release()
	if _, err := b.Describe(t.Context(), backends.TableName{Name: "g"}); pgerr.Code(err) != pgerr.ConnectionFailure {
		t.Errorf("brokers that are gone: %v", err)
	}
	if err := b.Ping(t.Context()); pgerr.Code(err) != pgerr.FdwUnableToEstablishConnection {
		t.Errorf("a ping of brokers that are gone: %v", err)
	}
	if took := time.Since(start); took > 15*time.Second {
		t.Errorf("giving up took %s", took)
	}
}

func TestDeletedWhileRead(t *testing.T) {
	fake := cluster(t)
	config := configOf(fake)
	create(t, config, "d", 1, nil)
	for range 20 {
		var list []*kgo.Record
		for i := range 2000 {
			list = append(list, message("d", 0, "", fmt.Sprintf(`"%0200d"`, i)))
		}
		produce(t, config, list...)
	}
	b := opened(t, config)
	f := fragment(t, b, "d", []string{"payload"})
	f.BatchRows = 100
	r, err := b.Read(t.Context(), f)
	if err != nil || !r.Next() {
		t.Fatal(err)
	}
	if err := fake.DeleteRecords("d", 0, 39_000); err != nil {
		t.Fatal(err)
	}
	for r.Next() {
	}
	if err := r.Err(); pgerr.Code(err) != pgerr.FdwError || !strings.Contains(err.Error(), "now begins at offset 39000") {
		t.Errorf("messages deleted amid a read: %v", err)
	}
	r.Release()
	if rows := mustScan(t, b, "d", []string{"_offset"}); len(rows) != 1000 {
		t.Errorf("%d rows of the rest", len(rows))
	}
	if r, err = b.Read(t.Context(), f); err != nil || !r.Next() {
		t.Fatal(err)
	}
	if err := fake.DeleteTopic("d"); err != nil {
		t.Fatal(err)
	}
	for r.Next() {
	}
	r.Release() // what is fetched already may end the read well
	if _, err := b.Read(t.Context(), f); pgerr.Code(err) != pgerr.UndefinedTable {
		t.Errorf("a deleted topic: %v", err)
	}
}

func TestWriteFaults(t *testing.T) {
	fake := cluster(t)
	config := configOf(fake)
	create(t, config, "p", 1, nil)
	b := opened(t, config)
	for _, c := range []struct {
		err  *kerr.Error
		code string
	}{{kerr.NotLeaderForPartition, ""}, {kerr.TopicAuthorizationFailed, pgerr.InsufficientPrivilege}, {kerr.MessageTooLarge, pgerr.ProgramLimitExceeded}} {
		fault := fake.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Topic: "p", Err: c.err, Count: 1})
		_, err := write(t, b, "p", []string{"payload"}, []any{`1`})
		fault.Remove()
		if pgerr.Code(err) != c.code {
			t.Errorf("%s: %v", c.err.Message, err)
		}
		if err != nil && !strings.Contains(pgerr.From(err).Detail, "and stay") {
			t.Errorf("%s: %q does not say what became of the rows", c.err.Message, pgerr.From(err).Detail)
		}
	}
	config.ConnectTimeoutS = 1
	away := opened(t, config)
	mustScan(t, away, "p", []string{"payload"})
	f := fragment(t, away, "p", []string{"payload"})
	fake.Close()
	if _, err := writeInto(t, away, f, []any{`1`}); pgerr.Code(err) != pgerr.ConnectionFailure {
		t.Errorf("brokers that are gone: %v", err)
	}
}

func TestAuthentication(t *testing.T) {
	fake := cluster(t, kfake.Superuser("PLAIN", user, password), kfake.Superuser("SCRAM-SHA-512", user, password))
	tokens := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if u, p, _ := r.BasicAuth(); u != "id" || p != "secret" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		fmt.Fprint(w, `{"access_token":"tok","expires_in":60}`)
	}))
	t.Cleanup(tokens.Close)
	good, bad := backends.NewSecret(password), backends.NewSecret("wrong-password")
	for _, c := range []struct {
		name string
		auth Auth
		code string
	}{
		{"plain", Auth{SASLPlain: &SASLPlain{user, good}}, ""},
		{"plain, wrong", Auth{SASLPlain: &SASLPlain{user, bad}}, pgerr.FdwUnableToEstablishConnection}, // kfake closes without a word
		{"512", Auth{SASLScram: &SASLScram{"SCRAM-SHA-512", user, good}}, ""},
		{"256, wrong", Auth{SASLScram: &SASLScram{"sha256", user, bad}}, pgerr.FdwUnableToEstablishConnection},
		{"none", Auth{}, pgerr.FdwUnableToEstablishConnection},
	} {
		config := configOf(fake)
		config.Auth, config.ConnectTimeoutS = c.auth, 2
		err := opened(t, config).Ping(t.Context())
		if code := pgerr.Code(err); code != c.code {
			t.Errorf("%s: %v", c.name, err)
		}
		if err != nil && strings.Contains(err.Error(), "wrong-password") {
			t.Errorf("%s: the secret shows: %v", c.name, err)
		}
	}
	bearer := OAuthBearer{TokenURL: tokens.URL, ClientID: "id", ClientSecret: backends.NewSecret("secret"), Scope: "kafka"}
	if token, err := bearer.token(t.Context(), backends.ProcessSecrets); token != "tok" || err != nil {
		t.Errorf("%q, %v", token, err)
	}
	bearer.ClientID = "other"
	if _, err := bearer.token(t.Context(), backends.ProcessSecrets); pgerr.Code(err) != pgerr.InvalidAuthorization {
		t.Errorf("%v", err)
	}
	keys, err := (&MSKIAM{Region: "eu-central-1", AccessKeyID: "AK", SecretAccessKey: good}).keys(t.Context(), backends.ProcessSecrets)
	if err != nil || keys.AccessKey != "AK" || keys.SecretKey != password {
		t.Errorf("%v, %v", keys.AccessKey, err)
	}
}

// certificates are a CA's, a server's and a client's, in PEM.
func certificates(t testing.TB) (ca, cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "tests"}, NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	cert = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	return cert, cert, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}))
}

func TestTLS(t *testing.T) {
	ca, cert, key := certificates(t)
	pair, err := tls.X509KeyPair([]byte(cert), []byte(key))
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM([]byte(ca))
	fake, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.TLS(&tls.Config{
		Certificates: []tls.Certificate{pair}, ClientCAs: pool, ClientAuth: tls.RequireAndVerifyClientCert, MinVersion: tls.VersionTLS12,
	}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(fake.Close)
	for name, c := range map[string]struct {
		set  func(*Config)
		good bool
	}{
		"mutual": {func(c *Config) {
			c.Auth.TLS = &TLS{CA: backends.NewSecret(ca), Cert: backends.NewSecret(cert), Key: backends.NewSecret(key)}
		}, true},
		"no certificate": {func(c *Config) { c.TLS = &TLS{CA: backends.NewSecret(ca)} }, false},
		"unknown CA":     {func(c *Config) { c.Auth.TLS = &TLS{Cert: backends.NewSecret(cert), Key: backends.NewSecret(key)} }, false},
		"no TLS":         {func(*Config) {}, false},
		"no PEM":         {func(c *Config) { c.TLS = &TLS{CA: backends.NewSecret("x")} }, false},
	} {
		config := NewConfig()
		config.BootstrapServers, config.ConnectTimeoutS = fake.ListenAddrs()[0], 1
		c.set(config)
		err := opened(t, config).Ping(t.Context())
		if code := pgerr.Code(err); c.good != (err == nil) || err != nil && code != pgerr.FdwUnableToEstablishConnection {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestExpanded(t *testing.T) {
	fake := cluster(t)
	config := configOf(fake)
	create(t, config, "x", 1, nil)
	produce(t, config, message("x", 0, "", "1"))
	b := opened(t, config)
	f := fragment(t, b, "x", []string{"payload"})
	parts, err := b.Partitions(t.Context(), f, 2)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := kadm.NewClient(client(t, config)).CreatePartitions(t.Context(), 3, "x"); err != nil {
		t.Fatal(err)
	}
	produce(t, config, message("x", 3, "", "2"))
	f.Partition = &parts.Parts[0]
	rows, _, err := scan(t.Context(), b, f)
	if err != nil {
		t.Fatal(err)
	}
	want(t, rows, "1")
	want(t, mustScan(t, b, "x", []string{"payload"}), "1", "2")
}

func TestValidate(t *testing.T) {
	for _, c := range []struct{ json, want string }{
		{`{}`, "bootstrap_servers"},
		{`{"bootstrap_servers":"a:1","auth":{"sasl_plain":{"username":"u"},"oauthbearer":{"token":"x"}}}`, "auth: has several"},
		{`{"bootstrap_servers":"a:1","auth":{"sasl_scram":{"mechanism":"MD5","username":"u"}}}`, "auth.sasl_scram.mechanism"},
		{`{"bootstrap_servers":"a:1","auth":{"msk_iam":{}}}`, "auth.msk_iam.region"},
		{`{"bootstrap_servers":"a:1","tls":{"cert":"x"}}`, "tls.key"},
		{`{"bootstrap_servers":"a:1","delivery_semantics":{"exactly_once":{}}}`, "transactional_id"},
		{`{"bootstrap_servers":"a:1","auto_offset_reset":"middle"}`, "auto_offset_reset"},
		{`{"bootstrap_servers":"a:1","tables":[{"name":"t","start":"soon"}]}`, "tables[0].start"},
		{`{"bootstrap_servers":"a:1","tables":[{"name":"t","start":"committed"}]}`, "group_id"},
		{`{"bootstrap_servers":"a:1","tables":[{"name":"t*","topic":"x"}]}`, "tables[0].topic"},
		{`{"bootstrap_servers":"a:1","tables":[{"name":"t","columns":[{"name":"a","type":"nope"}]}]}`, "tables[0].columns[0].type"},
		{`{"bootstrap_servers":"a:1","tables":[{"name":"t","columns":[{"name":"a","type":"int"}],"key_columns":[{"name":"a","type":"int"}]}]}`, "tables[0].key_columns[0].name"},
		{`{"bootstrap_servers":"a:1","topics":[]}`, `it is called "tables"`},
		{`{"bootstrap_servers":"a:1","tables":[{"name":"t","payload_format":"xml","tombstones":"keep"}]}`, "tables[0].tombstones"},
	} {
		_, err := backends.ParseConfig([]byte(strings.Replace(c.json, "{", `{"kind":"kafka",`, 1)), []backends.KindSpec{Spec()})
		var faults *backends.ConfigError
		if c.json == `{}` {
			_, err = backends.ParseConfig([]byte(`{"kind":"kafka"}`), []backends.KindSpec{Spec()})
		}
		if !errors.As(err, &faults) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", c.json, err, c.want)
		}
	}
}
