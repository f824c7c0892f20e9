package faults_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/sqlgateway/gateway/wire"
)

// authority signs certificates.
type authority struct {
	t           *testing.T
	key         *ecdsa.PrivateKey
	certificate *x509.Certificate
	file        string // of the certificate, in PEM
}

func newAuthority(t *testing.T) *authority {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test authority"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	a := &authority{t: t, key: key, file: filepath.Join(t.TempDir(), "ca.pem")}
	if a.certificate, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(a.file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return a
}

// certify makes a server's certificate for a name or address.
func (a *authority) certify(name string, until time.Time) tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: until, KeyUsage: x509.KeyUsageDigitalSignature,
	}
	if ip := net.ParseIP(name); ip != nil {
		template.IPAddresses = []net.IP{ip}
	} else {
		template.DNSNames = []string{name}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, &key.PublicKey, a.key)
	if err != nil {
		a.t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// encrypted passes connections on to target after TLS on the client's side; without
// a certificate it declines TLS.
func encrypted(t *testing.T, target string, certificate *tls.Certificate) (address string) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var work sync.WaitGroup
	work.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			work.Go(func() { pass(conn, target, certificate) })
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		work.Wait()
	})
	return listener.Addr().String()
}

func pass(conn net.Conn, target string, certificate *tls.Certificate) {
	defer conn.Close()
	var request [8]byte
	if _, err := io.ReadFull(conn, request[:]); err != nil {
		return
	}
	if certificate == nil {
		_, _ = io.WriteString(conn, "N")
		_, _ = io.Copy(io.Discard, conn)
		return
	}
	_, _ = io.WriteString(conn, "S")
	client := tls.Server(conn, &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{*certificate}})
	if client.Handshake() != nil {
		return
	}
	server, err := net.Dial("tcp", target)
	if err != nil {
		return
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = io.Copy(server, client)
		_ = server.Close()
	}()
	_, _ = io.Copy(client, server)
	_ = client.Close()
	<-done
}

// TestSourceCertificates asks a source whose certificate is not to be trusted: the
// error says why, shows no password, and touches nobody else.
func TestSourceCertificates(t *testing.T) {
	s := start(t)
	ca, strangers := newAuthority(t), newAuthority(t)
	hour := time.Now().Add(time.Hour)
	config, err := pgconn.ParseConfig(s.direct)
	if err != nil {
		t.Fatal(err)
	}
	target := net.JoinHostPort(config.Host, fmt.Sprint(config.Port))
	certificate := func(c tls.Certificate) *tls.Certificate { return &c }
	cases := map[string]struct {
		certificate *tls.Certificate
		reason      string // "" when it works
	}{
		"good":    {certificate(ca.certify("127.0.0.1", hour)), ""},
		"late":    {certificate(ca.certify("127.0.0.1", time.Now().Add(-time.Hour))), "expired"},
		"other":   {certificate(ca.certify("elsewhere.example", hour)), "127.0.0.1 because"},
		"strange": {certificate(strangers.certify("127.0.0.1", hour)), "unknown authority"},
		"bare":    {nil, "TLS"},
	}
	texts := map[string]string{}
	for name, c := range cases {
		u, err := url.Parse(s.direct)
		if err != nil {
			t.Fatal(err)
		}
		u.Host = encrypted(t, target, c.certificate)
		u.User = url.UserPassword(u.User.Username(), "secret")
		u.RawQuery = url.Values{"sslmode": {"verify-full"}, "sslrootcert": {ca.file}}.Encode()
		texts[name] = fmt.Sprintf(`{"kind": "postgres", "dsn": %q}`, u)
	}
	d := s.without("")
	for name, server := range s.define(texts, nil).Servers {
		d.Servers[name], d.Schemas[name] = server, s.definition.Schemas["pg"]
		mount := d.Schemas[name]
		mount.Server = name
		d.Schemas[name] = mount
	}
	s.reload(d)
	conn := s.connect()
	defer conn.Close(context.Background())
	for name, c := range cases {
		err := count(conn, name+".numbers")
		if c.reason == "" {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		problem := wantCode(t, err, "08", "HV")
		if !strings.Contains(problem.Message+problem.Detail, c.reason) {
			t.Errorf("%s: %s (%s) does not say %q", name, problem.Message, problem.Detail, c.reason)
		}
		checkSecret(t, problem)
	}
	s.healthy()
	s.reload(s.definition)
}

// TestRequireTLS refuses clients without encryption, and is not harmed by those that
// are bad at it.
func TestRequireTLS(t *testing.T) {
	ca := newAuthority(t)
	certificate := ca.certify("127.0.0.1", time.Now().Add(time.Hour))
	s := start(t, func(c *wire.Config) {
		c.RequireTLS, c.StartupTimeout = true, 2*time.Second
		c.TLS = &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return &certificate, nil }}
	})
	_, err := pgx.Connect(context.Background(), s.url("app", "sslmode=disable"))
	if problem := wantCode(t, err, "28000"); !strings.Contains(problem.Hint, "sslmode") {
		t.Errorf("%s (%s)", problem.Message, problem.Hint)
	}
	verified := s.url("app", "sslmode=verify-full&sslrootcert="+url.QueryEscape(ca.file))
	check := func(what string) {
		conn, err := pgx.Connect(context.Background(), verified)
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		defer conn.Close(context.Background())
		if err := count(conn, "lite.numbers"); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	check("with TLS")
	for _, sent := range []string{"", "\x16", "\x16\x03\x01\x02\x00\x01", "GET / HTTP/1.0\r\n\r\n", strings.Repeat("\xff", 20000)} {
		s.badHandshake(sent)
	}
	check("beside bad handshakes")
	// Its certificate expires: clients that look refuse it, and the next one is taken up.
	fresh := certificate
	certificate = ca.certify("127.0.0.1", time.Now().Add(-time.Minute))
	if _, err := pgx.Connect(context.Background(), verified); err == nil || !strings.Contains(err.Error(), "expired") {
		t.Errorf("an expired certificate: %v", err)
	}
	certificate = fresh
	check("with a certificate that is good again")
}

// badHandshake asks for TLS and then speaks anything else.
func (s *site) badHandshake(sent string) {
	s.t.Helper()
	conn, err := net.Dial("tcp", s.address)
	if err != nil {
		s.t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(patience))
	_, _ = io.WriteString(conn, "\x00\x00\x00\x08\x04\xd2\x16\x2f")
	if _, err := io.ReadFull(conn, make([]byte, 1)); err != nil {
		s.t.Fatal(err)
	}
	_, _ = io.WriteString(conn, sent)
	if _, err := io.Copy(io.Discard, conn); isTimeout(err) {
		s.t.Errorf("after a handshake of %d bytes the connection stays open", len(sent))
	}
}
