package wire

import (
	"context"
	"io"
	"net"
	"testing"
	"time"

	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/session"
)

// FuzzConversation sends any bytes: the connection ends, and so does the server.
func FuzzConversation(f *testing.F) {
	startup := "\x00\x00\x00\x10\x00\x03\x00\x00user\x00a\x00\x00"
	f.Add([]byte("\x00\x00\x00\x08\x04\xd2\x16\x2f"))
	f.Add([]byte("\x00\x00\x00\x10\x04\xd2\x16\x2e\x00\x00\x00\x01\x00\x00\x00\x02"))
	f.Add([]byte(startup + "Q\x00\x00\x00\x0dselect 1\x00"))
	f.Add([]byte(startup + "P\x00\x00\x00\x0a\x00x\x00\x00\x00B\x00\x00\x00\x0c\x00\x00\x00\x00\x00\x00\x00\x00E\x00\x00\x00\x09\x00\x00\x00\x00\x00S\x00\x00\x00\x04X\x00\x00\x00\x04"))
	f.Add([]byte(startup + "Q\x00\x00\x00\x09copy\x00d\x00\x00\x00\x05xc\x00\x00\x00\x04"))
	f.Fuzz(func(t *testing.T, sent []byte) {
		server := New(Config{Handler: fakeHandler{}, Authenticator: trusting{}, MaxMessageBytes: 1 << 20})
		client, side := net.Pipe()
		_ = client.SetDeadline(time.Now().Add(10 * time.Second))
		server.admit(context.Background(), side)
		go func() { _, _ = io.Copy(io.Discard, client) }()
		_, _ = client.Write(sent)
		_ = client.Close()
		server.done.Wait()
		if n := server.Connections(); n != 0 {
			t.Fatalf("%d connections are left", n)
		}
	})
}

// FuzzDecode takes any bytes for each message's body: fields or 08P01, no panic.
func FuzzDecode(f *testing.F) {
	f.Add([]byte("a\x00b\x00\x00\x01\x00\x00\x00\x17"))
	f.Add([]byte("\x00\x00\x00\x01\x00\x01\x00\x01\x00\x00\x00\x01x\x00\x00"))
	f.Fuzz(func(t *testing.T, body []byte) {
		_, parse := decodeParse(body)
		bound, bind := decodeBind(body)
		_, _, target := decodeTarget(body)
		_, limit, execute := decodeExecute(body)
		_, text := decodeText(body)
		_, _, sasl := decodeSASLInitial(body)
		for _, err := range []error{parse, bind, target, execute, text, sasl} {
			if err != nil && pgerr.Code(err) != pgerr.ProtocolViolation {
				t.Errorf("%v", err)
			}
		}
		if limit < 0 || len(bound.params) > len(body) {
			t.Errorf("limit %d, %d parameters in %d bytes", limit, len(bound.params), len(body))
		}
	})
}

type trusting struct{}

func (trusting) Method(string, string, string) (AuthMethod, error) { return AuthTrust, nil }
func (trusting) Verifier(string) (v Verifier, ok bool)             { return v, false }

// fakeHandler answers everything with nothing, except "copy", which reads.
type fakeHandler struct{}

func (fakeHandler) Open(context.Context, session.Startup) (session.Session, error) {
	return fakeSession{}, nil
}

type fakeSession struct{}

func (fakeSession) Parameters() [][2]string { return [][2]string{{"server_version", "15.0"}} }

func (fakeSession) Query(_ context.Context, text string, out session.Out) error {
	if text != "copy" {
		return out.Empty()
	}
	in, err := out.CopyIn(false, 1)
	for err == nil {
		_, err = in.Next()
	}
	if err != io.EOF {
		return err
	}
	return out.Complete("COPY 0")
}
func (fakeSession) Parse(context.Context, string, string, []uint32) error { return nil }

func (fakeSession) Bind(context.Context, string, string, []int16, [][]byte, []int16) error {
	return nil
}

func (fakeSession) DescribeStatement(context.Context, string) ([]uint32, []session.Field, error) {
	return nil, nil, nil
}

func (fakeSession) DescribePortal(context.Context, string) ([]session.Field, error) { return nil, nil }

func (fakeSession) Execute(_ context.Context, _ string, _ int, out session.Out) (bool, error) {
	return false, out.Empty()
}
func (fakeSession) CloseStatement(context.Context, string) error { return nil }
func (fakeSession) ClosePortal(context.Context, string) error    { return nil }
func (fakeSession) Sync(context.Context, bool) error             { return nil }
func (fakeSession) Fail()                                        {}
func (fakeSession) TransactionStatus() byte                      { return 'I' }
func (fakeSession) Cancel()                                      {}
func (fakeSession) Close()                                       {}
