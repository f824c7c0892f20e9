package wire

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/jackc/pgx/v5/pgproto3"
	"go.uber.org/goleak"

	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/internal/session"
)

// numbersSession gives the numbers from 0 on in batches of the sizes that the query
// names, then completes: "2048 2048 x" with a fault at x, "panic" with a panic. Each
// number comes with a text of as many bytes as "wide" asks for.
type numbersSession struct {
	fakeSession
	alloc memory.Allocator
	wide  int
}

func (s numbersSession) Open(context.Context, session.Startup) (session.Session, error) {
	return s, nil
}

func (s numbersSession) Query(_ context.Context, text string, out session.Out) error {
	fields := []session.Field{{Name: "n", Type: pgtypes.Of(pgtypes.OIDInt8)}, {Name: "t", Type: pgtypes.Of(pgtypes.OIDNumeric)}}
	if err := out.Fields(fields); err != nil {
		return err
	}
	from := 0
	for _, word := range strings.Fields(text) {
		rows, err := strconv.Atoi(word)
		switch {
		case word == "panic":
			panic("as asked for")
		case word == "notice":
			err = out.Notice(&pgerr.Error{Severity: "NOTICE", Code: "00000", Message: "noticed"})
			rows = 0
		case err != nil && word != "faulty":
			return pgerr.New(pgerr.DivisionByZero, "division by zero")
		default:
			err = s.batch(fields, out, from, rows, word == "faulty")
		}
		if err != nil {
			return err
		}
		from += rows
	}
	return out.Complete("SELECT " + strconv.Itoa(from))
}

func (s numbersSession) batch(fields []session.Field, out session.Out, from, rows int, faulty bool) error {
	if faulty {
		rows = 3000
	}
	numbers := array.NewInt64Builder(s.alloc)
	values := array.NewBinaryBuilder(s.alloc, arrow.BinaryTypes.Binary)
	defer numbers.Release()
	defer values.Release()
	value, err := pgtypes.ParseNumeric("1" + strings.Repeat("0", s.wide))
	if err != nil {
		return err
	}
	binary := value.AppendBinary(nil)
	for i := range rows {
		numbers.Append(int64(from + i))
		if faulty && i == 1000 {
			values.Append([]byte{1})
		} else {
			values.Append(binary)
		}
	}
	columns := []arrow.Array{numbers.NewArray(), values.NewArray()}
	schema := arrow.NewSchema([]arrow.Field{{Name: "n", Type: arrow.PrimitiveTypes.Int64}, {Name: "t", Type: arrow.BinaryTypes.Binary}}, nil)
	batch := array.NewRecordBatch(schema, columns, int64(rows))
	for _, c := range columns {
		c.Release()
	}
	defer batch.Release()
	return out.Batch(fields, batch, pgtypes.DefaultStyle())
}

// ask runs one query and gives the messages of the answer in short. Data rows must be
// the numbers in order. With leave, the client goes after that many of them.
func ask(t *testing.T, s numbersSession, query string, leave int) string {
	t.Helper()
	server := New(Config{Handler: s, Authenticator: trusting{}})
	client, side := net.Pipe()
	_ = client.SetDeadline(time.Now().Add(60 * time.Second))
	server.admit(context.Background(), side)
	defer server.done.Wait()
	defer client.Close()
	hello, _ := (&pgproto3.StartupMessage{ProtocolVersion: pgproto3.ProtocolVersion30, Parameters: map[string]string{"user": "a"}}).Encode(nil)
	sent, _ := (&pgproto3.Query{String: query}).Encode(hello)
	go func() { _, _ = client.Write(sent) }()
	var answer strings.Builder
	rows, ready := 0, 0
	for {
		var head [5]byte
		if _, err := io.ReadFull(client, head[:]); err != nil {
			return answer.String() + fmt.Sprintf("%d rows, gone", rows)
		}
		body := make([]byte, binary.BigEndian.Uint32(head[1:])-4)
		if _, err := io.ReadFull(client, body); err != nil {
			t.Fatal(err)
		}
		switch head[0] {
		case 'D':
			n := int(binary.BigEndian.Uint32(body[2:]))
			if got := string(body[6 : 6+n]); got != strconv.Itoa(rows) {
				t.Fatalf("row %d is %s", rows, got)
			}
			if rows++; rows == leave {
				return "left"
			}
		case 'E', 'C', 'N':
			fmt.Fprintf(&answer, "%d rows %c ", rows, head[0])
		case 'Z':
			if ready++; ready == 2 {
				return strings.TrimSpace(answer.String())
			}
		}
	}
}

func TestBatchesAhead(t *testing.T) {
	many := strings.Repeat("2048 ", 20)
	for _, c := range []struct {
		query string
		wide  int
		leave int
		want  string
	}{
		{"1", 1, 0, "1 rows C"},
		{many, 1, 0, "40960 rows C"},
		{"2048 2048 2048 2048 3 2048 2048 2048 1 1 2048", 1, 0, "16389 rows C"},
		{many, 1200, 0, "40960 rows C"}, // more than aheadBytes each
		{many + "x", 1, 0, "40960 rows E"},
		{many + "faulty 2048 2048 2048 2048", 1, 0, "41960 rows E"},
		{many + "faulty", 1200, 0, "41960 rows E"},
		{many + "notice " + many, 1, 0, "40960 rows N 81920 rows C"},
		{many + many, 1, 20000, "left"},
		{many, 1200, 1, "left"},
		{many + "panic", 1, 0, ""},
	} {
		alloc := memory.NewCheckedAllocator(memory.DefaultAllocator)
		got := ask(t, numbersSession{alloc: alloc, wide: c.wide}, c.query, c.leave)
		if c.want != "" && got != c.want {
			t.Errorf("%s: %q, want %q", c.query, got, c.want)
		}
		alloc.AssertSize(t, 0)
	}
	goleak.VerifyNone(t)
}
