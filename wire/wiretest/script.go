// Package wiretest runs scripts of protocol conversations: messages that a client
// sends, and the messages that come back. One script runs against a real PostgreSQL
// and against the gateway, and must read the same.
//
// It is for tests only. It understands no SQL, and checks nothing itself: the
// answers are text, for a golden file to compare.
package wiretest

import (
	"bufio"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"
)

// timeout bounds one command of a script.
const timeout = 30 * time.Second

// Target is the server under test.
type Target struct {
	Address, User, Database string
}

// Script is one conversation.
type Script struct {
	target   Target
	conn     net.Conn
	in       *bufio.Reader
	frontend *pgproto3.Frontend
	key      pgproto3.BackendKeyData
	ready    bool // start-up is over
}

// NewScript begins a conversation; nothing is sent yet.
func NewScript(target Target) *Script { return &Script{target: target} }

// Close ends the connection.
func (s *Script) Close() {
	if s.conn != nil {
		_ = s.conn.Close()
	}
}

// Run obeys one command and gives the answers, one a line:
//
//	open             connects and sends nothing
//	connect [k=v …]  connects and starts up; user and database have defaults
//	send [until=X]   sends the input's messages, one a line, and reads as many
//	                 ReadyForQuery as they ask for, or until message X, or the end
//	cancel [how]     sends a cancel request for this connection: once, with a wrong
//	                 key, or, for a statement that is running, until it answers
func (s *Script) Run(command string, arguments []string, input string) string {
	out := &strings.Builder{}
	var err error
	switch command {
	case "open":
		err = s.open()
	case "connect":
		err = s.connect(out, arguments)
	case "send":
		err = s.send(out, arguments, input)
	case "cancel":
		err = s.cancelAs(strings.Join(arguments, ""))
	default:
		err = fmt.Errorf("no such command: %s", command)
	}
	if err != nil {
		fmt.Fprintf(out, "! %s\n", err)
	}
	return out.String()
}

func (s *Script) open() error {
	s.Close()
	s.ready = false
	conn, err := net.DialTimeout("tcp", s.target.Address, timeout)
	if err != nil {
		return err
	}
	s.conn, s.in = conn, bufio.NewReader(conn)
	s.frontend = pgproto3.NewFrontend(s.in, conn)
	return conn.SetDeadline(time.Now().Add(timeout))
}

func (s *Script) connect(out io.Writer, arguments []string) error {
	if err := s.open(); err != nil {
		return err
	}
	parameters := map[string]string{"user": s.target.User, "database": s.target.Database}
	version := uint32(pgproto3.ProtocolVersion30)
	for _, a := range arguments {
		name, value, _ := strings.Cut(a, "=")
		switch {
		case name == "version":
			version = 0
			for _, part := range strings.SplitN(value, ".", 2) {
				var n uint32
				if _, err := fmt.Sscan(part, &n); err != nil {
					return err
				}
				version = version<<16 | n
			}
		case value == "":
			delete(parameters, name)
		default:
			parameters[name] = value
		}
	}
	if err := s.write(&pgproto3.StartupMessage{ProtocolVersion: version, Parameters: parameters}); err != nil {
		return err
	}
	return s.read(out, "", 1)
}

func (s *Script) write(message pgproto3.FrontendMessage) error {
	encoded, err := message.Encode(nil)
	if err != nil {
		return err
	}
	_, err = s.conn.Write(encoded)
	return err
}

func (s *Script) cancelAs(how string) error {
	if how != "running" {
		return s.cancel(how == "wrong")
	}
	// A request that overtakes its statement cancels nothing: ask again. One that
	// comes while it is planned spares its row description: wait first.
	time.Sleep(300 * time.Millisecond)
	for deadline := time.Now().Add(timeout); time.Now().Before(deadline); {
		if err := s.cancel(false); err != nil {
			return err
		}
		_ = s.conn.SetReadDeadline(time.Now().Add(300 * time.Millisecond))
		if _, err := s.in.Peek(1); err == nil {
			return nil
		}
	}
	return errors.New("no answer")
}

// cancel asks on a connection of its own, and waits until the server has closed it.
func (s *Script) cancel(wrong bool) error {
	conn, err := net.DialTimeout("tcp", s.target.Address, timeout)
	if err != nil {
		return err
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(timeout))
	key := binary.BigEndian.Uint32(s.key.SecretKey)
	if wrong {
		key++
	}
	packet := binary.BigEndian.AppendUint32(nil, 16)
	packet = binary.BigEndian.AppendUint32(packet, 80877102)
	packet = binary.BigEndian.AppendUint32(packet, s.key.ProcessID)
	if _, err := conn.Write(binary.BigEndian.AppendUint32(packet, key)); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, conn)
	return err
}

// send writes all of the input at once, so that it is pipelined, and reads.
func (s *Script) send(out io.Writer, arguments []string, input string) error {
	_ = s.conn.SetDeadline(time.Now().Add(timeout))
	var packet []byte
	ready, until := 0, ""
	for _, line := range strings.Split(strings.TrimSpace(input), "\n") {
		encoded, asks, err := encode(line)
		if err != nil {
			return fmt.Errorf("%s: %w", line, err)
		}
		packet = append(packet, encoded...)
		ready += asks
	}
	for _, a := range arguments {
		until = strings.TrimPrefix(a, "until=")
	}
	if _, err := s.conn.Write(packet); err != nil {
		return err
	}
	if until == "nothing" {
		return nil
	}
	return s.read(out, until, ready)
}

// encode makes one message of its line: a name and JSON, or raw and hexadecimal
// digits. asks is 1 if ReadyForQuery answers it.
func encode(line string) (packet []byte, asks int, err error) {
	name, body, _ := strings.Cut(line, " ")
	var m pgproto3.FrontendMessage
	switch name {
	case "raw":
		packet, err = hex.DecodeString(strings.ReplaceAll(body, " ", ""))
		return packet, 0, err
	case "Query":
		text := ""
		err = json.Unmarshal([]byte(body), &text)
		m, asks = &pgproto3.Query{String: text}, 1
	case "Parse":
		m, err = decoded(&pgproto3.Parse{}, body)
	case "Bind":
		m, err = decoded(&pgproto3.Bind{}, body)
	case "DescribeStatement":
		m = &pgproto3.Describe{ObjectType: 'S', Name: body}
	case "DescribePortal":
		m = &pgproto3.Describe{ObjectType: 'P', Name: body}
	case "Execute":
		m, err = decoded(&pgproto3.Execute{}, body)
	case "CloseStatement":
		m = &pgproto3.Close{ObjectType: 'S', Name: body}
	case "ClosePortal":
		m = &pgproto3.Close{ObjectType: 'P', Name: body}
	case "Sync":
		m, asks = &pgproto3.Sync{}, 1
	case "Flush":
		m = &pgproto3.Flush{}
	case "Terminate":
		m = &pgproto3.Terminate{}
	case "CopyData":
		text := ""
		err = json.Unmarshal([]byte(body), &text)
		m = &pgproto3.CopyData{Data: []byte(text)}
	case "CopyDone":
		m = &pgproto3.CopyDone{}
	case "CopyFail":
		m = &pgproto3.CopyFail{Message: body}
	default:
		err = errors.New("no such message")
	}
	if err != nil {
		return nil, 0, err
	}
	packet, err = m.Encode(nil)
	return packet, asks, err
}

func decoded[M pgproto3.FrontendMessage](m M, body string) (pgproto3.FrontendMessage, error) {
	if body == "" {
		return m, nil
	}
	return m, json.Unmarshal([]byte(body), m)
}
