package answers

import (
	"context"
	"errors"
	"fmt"
	"sort"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// Protocol is how a statement is sent.
type Protocol uint8

// The protocols: a Query message; Parse, Bind and Execute with results as text, and
// with results in binary.
const (
	Simple Protocol = iota
	ExtendedText
	ExtendedBinary
)

func (p Protocol) String() string { return [...]string{"simple", "text", "binary"}[p] }

// Answer is what a server said to one statement.
type Answer struct {
	Columns []string // name, type and modifier
	Names   []string
	Rows    []string
	Tag     string
	Err     string // SQLSTATE and message
	Status  byte   // of the transaction
}

// Ask runs one statement.
func Ask(ctx context.Context, conn *pgconn.PgConn, st *Statement, p Protocol) *Answer {
	a := &Answer{}
	var err error
	if p == Simple {
		err = a.simple(ctx, conn, st.SQL)
	} else {
		err = a.extended(ctx, conn, st, p)
	}
	a.Status = conn.TxStatus()
	if err != nil {
		a.Columns, a.Names, a.Rows, a.Tag = nil, nil, nil, ""
		a.Err = err.Error()
		if e := (*pgconn.PgError)(nil); errors.As(err, &e) {
			a.Err = e.Code + " " + e.Message
		}
	}
	return a
}

func (a *Answer) simple(ctx context.Context, conn *pgconn.PgConn, sql string) error {
	results := conn.Exec(ctx, sql)
	for results.NextResult() {
		a.take(results.ResultReader())
	}
	return results.Close()
}

func (a *Answer) extended(ctx context.Context, conn *pgconn.PgConn, st *Statement, p Protocol) error {
	values := make([][]byte, len(st.Params))
	for i, v := range st.Params {
		if v != nil {
			values[i] = []byte(*v)
		}
	}
	format := int16(0)
	if p == ExtendedBinary {
		format = 1
	}
	reader := conn.ExecParams(ctx, st.SQL, values, nil, nil, []int16{format})
	a.take(reader)
	_, err := reader.Close()
	return err
}

func (a *Answer) take(reader *pgconn.ResultReader) {
	for _, f := range reader.FieldDescriptions() {
		a.Names = append(a.Names, f.Name)
		a.Columns = append(a.Columns, fmt.Sprintf("%s %d(%d)", f.Name, f.DataTypeOID, f.TypeModifier))
	}
	formats := reader.FieldDescriptions()
	for reader.NextRow() {
		var b strings.Builder
		for i, v := range reader.Values() {
			if i > 0 {
				b.WriteByte('|')
			}
			switch {
			case v == nil:
				b.WriteString("∅")
			case formats[i].Format == 1:
				fmt.Fprintf(&b, "%x", v)
			default:
				b.Write(v)
			}
		}
		a.Rows = append(a.Rows, b.String())
	}
	tag, _ := reader.Close()
	a.Tag = tag.String()
}

// Differs says how got is not the answer expected, "" if it is.
func (want *Answer) Differs(got *Answer, st *Statement) string {
	if want.Err != got.Err {
		return fmt.Sprintf("want %s\n       got %s", want.brief(), got.brief())
	}
	if want.Status != got.Status {
		return fmt.Sprintf("want transaction status %c, got %c", want.Status, got.Status)
	}
	columnsWant, columnsGot := want.Columns, got.Columns
	if st.NoTypes {
		columnsWant, columnsGot = want.Names, got.Names
	}
	if w, g := strings.Join(columnsWant, ", "), strings.Join(columnsGot, ", "); w != g {
		return fmt.Sprintf("want columns %s\n       got %s", w, g)
	}
	if want.Tag != got.Tag {
		return fmt.Sprintf("want %s, got %s", want.brief(), got.brief())
	}
	return differentRows(want.Rows, got.Rows, st.Ordered)
}

func differentRows(want, got []string, ordered bool) string {
	if !ordered {
		want, got = sorted(want), sorted(got)
	}
	if len(want) != len(got) {
		return fmt.Sprintf("want %d rows, got %d", len(want), len(got))
	}
	for i := range want {
		if want[i] != got[i] {
			return fmt.Sprintf("row %d: want %s\n       got %s", i+1, want[i], got[i])
		}
	}
	return ""
}

func sorted(rows []string) []string {
	out := append([]string(nil), rows...)
	sort.Strings(out)
	return out
}

// brief is an answer on one line.
func (a *Answer) brief() string {
	if a.Err != "" {
		return "error " + a.Err
	}
	return fmt.Sprintf("%s (%s)", a.Tag, strings.Join(a.Rows[:min(len(a.Rows), 2)], "; "))
}
