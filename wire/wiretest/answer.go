package wiretest

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgproto3"
)

// read prints messages until the message named until, or as many ReadyForQuery as
// ready says, or the end of the connection. until=byte reads a single byte, the
// answer to a request for encryption.
func (s *Script) read(out io.Writer, until string, ready int) error {
	if until == "byte" {
		var answer [1]byte
		if _, err := io.ReadFull(s.in, answer[:]); err != nil {
			return errors.New("closed")
		}
		fmt.Fprintf(out, "%c\n", answer[0])
		return nil
	}
	for until != "" || ready > 0 {
		m, err := s.frontend.Receive()
		if err != nil {
			return ended(err)
		}
		text := s.show(m)
		if text != "" {
			fmt.Fprintln(out, text)
		}
		if _, ok := m.(*pgproto3.ReadyForQuery); ok {
			ready--
		}
		if name, _, _ := strings.Cut(text, " "); until != "" && name == until {
			return nil
		}
	}
	return nil
}

// ended words the end of a connection alike, however it came.
func ended(err error) error {
	var network net.Error
	if errors.As(err, &network) && network.Timeout() {
		return errors.New("no answer")
	}
	return errors.New("closed")
}

// show is a message as a line; "" for what differs between servers by nature.
func (s *Script) show(m pgproto3.BackendMessage) string {
	switch m := m.(type) {
	case *pgproto3.AuthenticationOk:
		return "AuthenticationOk"
	case *pgproto3.BackendKeyData:
		s.key = pgproto3.BackendKeyData{ProcessID: m.ProcessID, SecretKey: append([]byte(nil), m.SecretKey...)}
		return "BackendKeyData"
	case *pgproto3.ParameterStatus:
		return s.parameter(m)
	case *pgproto3.NegotiateProtocolVersion:
		return fmt.Sprintf("NegotiateProtocolVersion %d %q", m.NewestMinorProtocol, m.UnrecognizedOptions)
	case *pgproto3.ReadyForQuery:
		s.ready = true
		return "ReadyForQuery " + string(m.TxStatus)
	case *pgproto3.RowDescription:
		return fields(m)
	case *pgproto3.DataRow:
		return row(m)
	case *pgproto3.CommandComplete:
		return "CommandComplete " + string(m.CommandTag)
	case *pgproto3.ErrorResponse:
		return "ErrorResponse " + problem(m)
	case *pgproto3.NoticeResponse:
		return "NoticeResponse " + problem((*pgproto3.ErrorResponse)(m))
	case *pgproto3.ParameterDescription:
		return fmt.Sprintf("ParameterDescription %d", m.ParameterOIDs)
	case *pgproto3.CopyInResponse:
		return fmt.Sprintf("CopyInResponse %d %d", m.OverallFormat, m.ColumnFormatCodes)
	case *pgproto3.CopyOutResponse:
		return fmt.Sprintf("CopyOutResponse %d %d", m.OverallFormat, m.ColumnFormatCodes)
	case *pgproto3.CopyData:
		return fmt.Sprintf("CopyData %q", m.Data)
	default:
		return strings.TrimPrefix(fmt.Sprintf("%T", m), "*pgproto3.")
	}
}

// parameter shows those that are the same everywhere.
func (s *Script) parameter(m *pgproto3.ParameterStatus) string {
	switch m.Name {
	case "is_superuser", "session_authorization", "server_version", "TimeZone", "application_name":
		if !s.ready {
			return ""
		}
	}
	return fmt.Sprintf("ParameterStatus %s=%s", m.Name, m.Value)
}

func fields(m *pgproto3.RowDescription) string {
	parts := make([]string, len(m.Fields))
	for i, f := range m.Fields {
		parts[i] = fmt.Sprintf("%s:%d/%d/%d/%d", f.Name, f.DataTypeOID, f.DataTypeSize, f.TypeModifier, f.Format)
	}
	return strings.TrimSpace("RowDescription " + strings.Join(parts, " "))
}

func row(m *pgproto3.DataRow) string {
	parts := make([]string, len(m.Values))
	for i, v := range m.Values {
		parts[i] = "NULL"
		if v != nil {
			parts[i] = strconv.Quote(string(v))
		}
	}
	return strings.TrimSpace("DataRow " + strings.Join(parts, " "))
}

// problem shows an error's fields, without those of the server's source code.
func problem(m *pgproto3.ErrorResponse) string {
	text := fmt.Sprintf("%s %s %s", m.Severity, m.Code, m.Message)
	if m.SeverityUnlocalized != m.Severity {
		text += " unlocalized=" + m.SeverityUnlocalized
	}
	for _, f := range []struct{ name, value string }{{"detail", m.Detail}, {"hint", m.Hint}, {"where", m.Where}} {
		if f.value != "" {
			text += " " + f.name + "=" + strconv.Quote(f.value)
		}
	}
	if m.Position != 0 {
		text += fmt.Sprintf(" position=%d", m.Position)
	}
	return text
}
