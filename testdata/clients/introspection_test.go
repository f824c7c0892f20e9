package clients

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// introspected is the database that the recorded statements ask about.
const introspected = "introspected.sql"

// recordedOIDs are the tables that clients asked for by the OID they had on the server
// where they were recorded.
var recordedOIDs = map[string]string{
	"16428": "crm.customer", "16441": "sales.orders", "16456": "public.item", "16467": "sales.big",
	"16471": "sales.f", "16552": "public.pdt", "16504": "public.item", "16529": "public.item",
}

// TestIntrospection sends what clients ask about tables to a PostgreSQL and to a gateway
// before an equal one: columns, types and rows are the same but for OIDs. What differs
// is in pending.txt, with its reason.
func TestIntrospection(t *testing.T) {
	if testing.Short() {
		t.Skip("recorded statements are not tried in a short run")
	}
	reference, served := introspectionPair(t)
	folders := []string{"recorded"}
	if corpora := os.Getenv("GATEWAY_CORPORA"); corpora != "" {
		folders = append(folders, filepath.Join(corpora, "introspection"), filepath.Join(corpora, "recordings"))
	} else {
		t.Log("GATEWAY_CORPORA is not set: only the recordings of this folder are tried")
	}
	pending := readPending(t)
	used := map[string]bool{}
	equal, differ := 0, 0
	for _, folder := range folders {
		recordings, err := readRecordings(folder)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range recordings {
			want, got := replay(t, reference, r), replay(t, served, r)
			for i, s := range r.statements {
				why := difference(want[i], got[i], s.text)
				_, known := pending[s.name]
				used[s.name] = true
				switch {
				case why == "" && known:
					t.Errorf("%s agrees now: take it out of pending.txt", s.name)
				case why == "":
					equal++
				case known:
					differ++
				default:
					t.Errorf("%s: %s\n%s", s.name, why, s.text)
				}
			}
		}
	}
	if os.Getenv("GATEWAY_CORPORA") != "" {
		for name := range pending {
			if !used[name] {
				t.Errorf("pending.txt names %s, which no recording has", name)
			}
		}
	}
	t.Logf("%d statements give PostgreSQL's answer, %d are pending", equal, differ)
}

// readPending gives the reason of each statement that may differ.
func readPending(t *testing.T) map[string]string {
	file, err := os.Open("pending.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	pending := map[string]string{}
	lines := bufio.NewScanner(file)
	reason := ""
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		switch {
		case line == "":
		case strings.HasPrefix(line, "#"):
			reason = strings.TrimSpace(line[1:])
		default:
			pending[line] = reason
		}
	}
	return pending
}

// answer is what a server said to one statement, with OIDs of its own blanked.
type answer struct {
	columns []string
	rows    []string
	tag     string
	err     string
}

// replay sends a recording over one connection.
func replay(t *testing.T, dsn string, r recording) []answer {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	conn, err := pgconn.Connect(ctx, dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	oids, others := ownOIDs(ctx, t, conn), otherDatabases(ctx, t, conn)
	var out []answer
	for _, s := range r.statements {
		one, cancel := context.WithTimeout(ctx, 20*time.Second)
		a := ask(one, conn, s, oids)
		if strings.Contains(strings.ToLower(s.text), "pg_database") {
			a.leaveOutDatabases(others)
		}
		// A gateway has a schema of its own name, with what it tells of itself.
		a.leaveOut(func(cells []string) bool { return slices.Contains(cells, "gateway") })
		out = append(out, a)
		cancel()
		if conn.IsClosed() {
			if conn, err = pgconn.Connect(ctx, dsn); err != nil {
				t.Fatal(err)
			}
		}
	}
	return out
}

// ownOIDs are the OIDs that recordedOIDs have on this server.
func ownOIDs(ctx context.Context, t *testing.T, conn *pgconn.PgConn) map[string]string {
	t.Helper()
	own := map[string]string{}
	for recorded, name := range recordedOIDs {
		cast := "regclass"
		if name == "sales.f" {
			cast = "regproc"
		}
		result := conn.ExecParams(ctx, fmt.Sprintf("select '%s'::%s::oid", name, cast), nil, nil, nil, nil).Read()
		if result.Err != nil || len(result.Rows) != 1 {
			own[recorded] = "0"
			continue
		}
		own[recorded] = string(result.Rows[0][0])
	}
	return own
}

// otherDatabases are those of a server beside the one that is asked: a gateway has one.
func otherDatabases(ctx context.Context, t *testing.T, conn *pgconn.PgConn) map[string]bool {
	t.Helper()
	result := conn.ExecParams(ctx, "select datname from pg_database where datname <> current_database()", nil, nil, nil, nil).Read()
	if result.Err != nil {
		t.Fatal(result.Err)
	}
	names := map[string]bool{}
	for _, row := range result.Rows {
		names[hideOIDs(row[0])] = true
	}
	return names
}

// leaveOutDatabases drops rows that are about other databases, whose names are the first.
func (a *answer) leaveOutDatabases(names map[string]bool) {
	at := slices.IndexFunc(a.columns, func(c string) bool { return strings.Contains(c, " 19 ") })
	a.leaveOut(func(cells []string) bool { return at >= 0 && at < len(cells) && names[cells[at]] })
}

func (a *answer) leaveOut(row func(cells []string) bool) {
	a.rows = slices.DeleteFunc(a.rows, func(r string) bool { return row(strings.Split(r, " | ")) })
	if strings.HasPrefix(a.tag, "SELECT") {
		a.tag = fmt.Sprintf("SELECT %d", len(a.rows))
	}
}

var recordedOID = regexp.MustCompile(`\b16[45][0-9]{2}\b`)

func ask(ctx context.Context, conn *pgconn.PgConn, s statement, oids map[string]string) answer {
	replace := func(recorded string) string {
		if own, known := oids[recorded]; known {
			return own
		}
		return recorded
	}
	text := recordedOID.ReplaceAllStringFunc(s.text, replace)
	var a answer
	var err error
	if s.extended || strings.Contains(s.text, "$1") {
		parameters := make([][]byte, len(s.parameters))
		for i, p := range s.parameters {
			if p != nil {
				parameters[i] = []byte(replace(string(p)))
			}
		}
		err = a.add(conn.ExecParams(ctx, text, parameters, s.types, s.formats, nil))
	} else {
		results := conn.Exec(ctx, text)
		for results.NextResult() {
			_ = a.add(results.ResultReader())
		}
		err = results.Close()
	}
	if err != nil {
		a.err = err.Error()
		var refused *pgconn.PgError
		if errors.As(err, &refused) {
			a.err = refused.Code + " " + refused.Message
		}
	}
	return a
}

// Types whose values are OIDs: oid, oidvector, oid[], xid.
var blank = map[uint32]bool{26: true, 30: true, 1028: true, 28: true}

// userOID is one that a server gave to a table of its user, alone or in a name that
// has it, such as 2200_16441_1_not_null.
var userOID = regexp.MustCompile(`(?:\b|_)[0-9]{5,10}(?:\b|_)`)

func hideOIDs(cell []byte) string { return userOID.ReplaceAllString(string(cell), "OID") }

// version is the same PostgreSQL's for both, each with its own words about the build.
var version = regexp.MustCompile(`^(PostgreSQL [0-9.]+) .*`)

func (a *answer) add(result *pgconn.ResultReader) error {
	fields := append([]pgconn.FieldDescription(nil), result.FieldDescriptions()...)
	for _, f := range fields {
		typeOID := fmt.Sprint(f.DataTypeOID)
		if f.DataTypeOID >= 16384 {
			typeOID = "OID"
		}
		a.columns = append(a.columns, fmt.Sprintf("%s %s %d %d", f.Name, typeOID, f.TypeModifier, f.DataTypeSize))
	}
	for result.NextRow() {
		cells := make([]string, len(fields))
		for i, cell := range result.Values() {
			switch {
			case cell == nil:
				cells[i] = "NULL"
			case blank[fields[i].DataTypeOID] || userOID.Match(cell):
				cells[i] = hideOIDs(cell)
			default:
				cells[i] = version.ReplaceAllString(string(cell), "$1")
			}
		}
		a.rows = append(a.rows, strings.Join(cells, " | "))
	}
	tag, err := result.Close()
	a.tag = tag.String()
	return err
}

var (
	ordered = regexp.MustCompile(`(?is)\border\s+by\b`)
	limited = regexp.MustCompile(`(?is)\blimit\s+[0-9]+`)
)

// ordersWhole says whether a statement has an ORDER BY outside all parentheses.
func ordersWhole(text string) bool {
	depth := 0
	var outside strings.Builder
	for _, r := range text {
		switch {
		case r == '(':
			depth++
		case r == ')':
			depth--
		case depth == 0:
			outside.WriteRune(r)
		}
	}
	return ordered.MatchString(outside.String())
}

// difference is what a person has to look at; empty when the answers agree.
func difference(want, got answer, text string) string {
	if want.err != got.err {
		return fmt.Sprintf("error %q, PostgreSQL says %q", got.err, want.err)
	}
	if want.err != "" {
		return "" // PostgreSQL finds some before it tells of the columns
	}
	if w, g := strings.Join(want.columns, "\n"), strings.Join(got.columns, "\n"); w != g {
		return "columns\n" + lineDifference(want.columns, got.columns)
	}
	if limited.MatchString(text) && !ordersWhole(text) {
		return "" // any rows would do
	}
	w, g := append([]string(nil), want.rows...), append([]string(nil), got.rows...)
	if !ordersWhole(text) {
		sort.Strings(w)
		sort.Strings(g)
	}
	if strings.Join(w, "\n") != strings.Join(g, "\n") {
		return "rows\n" + lineDifference(w, g)
	}
	if want.tag != got.tag {
		return fmt.Sprintf("tag %q, PostgreSQL says %q", got.tag, want.tag)
	}
	return ""
}

// lineDifference shows the lines that only one side has, or the first that stands elsewhere.
func lineDifference(want, got []string) string {
	count := map[string]int{}
	for _, line := range want {
		count[line]++
	}
	for _, line := range got {
		count[line]--
	}
	var out []string
	shown := func(sign string, lines []string, wanted int) {
		for _, line := range lines {
			if count[line]*wanted > 0 && len(out) < 16 {
				count[line] -= wanted
				out = append(out, sign+" "+line)
			}
		}
	}
	shown("-", want, 1)
	shown("+", got, -1)
	if len(out) == 0 {
		for i := range want {
			if want[i] != got[i] {
				return fmt.Sprintf("order, at row %d: want %s\ngot %s", i+1, want[i], got[i])
			}
		}
	}
	return strings.Join(out, "\n")
}
