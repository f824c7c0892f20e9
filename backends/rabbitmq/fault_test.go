package rabbitmq

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/backends/backendtest"
	"github.com/sqlgateway/gateway/internal/pgerr"
)

// TestCutAmid cuts the connection in a write and in the read of a stream.
func TestCutAmid(t *testing.T) {
	create(t, "cut_write", nil)
	proxy := backendtest.NewProxy(t, broker(t).Host)
	u := *broker(t)
	u.Host = proxy.Address()
	config := configOf(t, text("cut_write"), text("cut_stream"))
	config.AMQPURL = backends.NewDSN(u.String())
	b := opened(t, config)
	var rows [][]string
	for _, body := range bodies(20_000) {
		rows = append(rows, []string{body})
	}
	if err := b.Ping(t.Context()); err != nil { // it keeps its connection
		t.Fatal(err)
	}
	proxy.CutAfter(150) // behind the answers that come before the confirmations
	_, err := insert(t, t.Context(), b, "cut_write", []string{"payload"}, rows...)
	if e := pgerr.From(err); e == nil || !strings.HasPrefix(e.Code, "08") || !strings.Contains(e.Detail, "were confirmed, and stay") {
		t.Errorf("a write that is cut: %v", err)
	}

	loadStream(t, "cut_stream", 200_000)
	streams := backendtest.NewProxy(t, streamHost(t))
	config.StreamURL = backends.NewDSN("rabbitmq-stream://guest:guest@" + streams.Address())
	b = opened(t, config)
	f := scan(t, b, "cut_stream", "payload")
	streams.CutAfter(1_000_000)
	if got, err := rowsOf(t.Context(), b, f); pgerr.Code(err) != pgerr.ConnectionFailure {
		t.Errorf("a stream that is cut: %d rows, %v", len(got), err)
	}
	if got := mustRows(t, b, f); len(got) != 200_000 {
		t.Errorf("%d rows", len(got))
	}
}

func streamHost(t testing.TB) string {
	port, _ := strconv.Atoi(broker(t).Port())
	return broker(t).Hostname() + ":" + strconv.Itoa(port+1)
}

// encrypted puts TLS in front of an address.
func encrypted(t *testing.T, target string, certificate tls.Certificate) string {
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{certificate}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = client.Close() }()
				server, err := net.Dial("tcp", target)
				if err != nil {
					return
				}
				go func() { _, _ = io.Copy(server, client); _ = server.Close() }()
				_, _ = io.Copy(client, server)
			}()
		}
	}()
	return listener.Addr().String()
}

// selfSigned is a certificate for 127.0.0.1, and its PEM.
func selfSigned(t *testing.T) (tls.Certificate, string) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

func TestTLS(t *testing.T) {
	certificate, ca := selfSigned(t)
	create(t, "tls_stream", amqp.Table{"x-queue-type": "stream"})
	config := configOf(t, text("tls_stream"))
	u, _ := url.Parse(broker(t).String())
	u.Scheme, u.Host = "amqps", encrypted(t, u.Host, certificate)
	config.AMQPURL, config.ManagementURL = backends.NewDSN(u.String()), backends.DSN{}
	config.StreamURL = backends.NewDSN("rabbitmq-stream+tls://guest:guest@" + encrypted(t, streamHost(t), certificate))
	err := opened(t, config).Ping(t.Context())
	if e := pgerr.From(err); e == nil || e.Code != pgerr.FdwUnableToEstablishConnection || !strings.Contains(e.Message, "certificate") {
		t.Errorf("a certificate of nobody: %v", err)
	}
	config.TLS = &TLS{CA: backends.NewSecret(ca)}
	b := opened(t, config)
	if n, err := insert(t, t.Context(), b, "tls_stream", []string{"payload"}, []string{"a"}, []string{"b"}); err != nil || n != 2 {
		t.Fatal(n, err)
	}
	if got := mustRows(t, b, scan(t, b, "tls_stream", "payload")); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("%q", got)
	}
}

// TestRefusedConnections holds what people see when a connection can not be made.
func TestRefusedConnections(t *testing.T) {
	for _, c := range []struct{ user, path, code string }{
		{"guest:wrong-secret", "", pgerr.InvalidPassword},
		{"guest:guest", "/no-such-vhost", pgerr.InvalidAuthorization},
	} {
		config := configOf(t)
		config.AMQPURL = backends.NewDSN("amqp://" + c.user + "@" + broker(t).Host + c.path)
		err := opened(t, config).Ping(t.Context())
		if e := pgerr.From(err); e == nil || e.Code != c.code || strings.Contains(e.Error(), "secret") {
			t.Errorf("%s%s: %v", c.user, c.path, err)
		}
	}
}

func TestValidate(t *testing.T) {
	bad := &Config{
		AMQPURL: backends.NewDSN("http://x"), StreamURL: backends.NewDSN("${env:S}"), StreamPort: 1, PayloadFormat: "xml", TLS: &TLS{Cert: backends.NewSecret("c")},
		Tables: []QueueOptions{{Name: "[", Type: "lazy", Start: "soon", RoutingKey: "k", DeliveryMode: "fast"}, {Name: "a*", Queue: "b"}},
	}
	var paths []string
	for _, f := range bad.Validate() {
		paths = append(paths, f.Path)
	}
	want := []string{
		"amqp_url", "stream_port", "tls.key", "payload_format", "connect_timeout_s", "batch_config.max_messages", "batch_config.max_bytes",
		"batch_config.window_ms", "batch_config.idle_ms", "tables[0].name", "tables[0].payload_format", "tables[0].type", "tables[0].start", "tables[0].routing_key",
		"tables[0].delivery_mode", "tables[1].queue", "tables[1].payload_format",
	}
	if !slices.Equal(paths, want) {
		t.Errorf("%q", paths)
	}
}
