package answers

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sort"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// statementTimeout bounds one statement on either side.
const statementTimeout = 20 * time.Second

// Difference is a case that did not agree, and where.
type Difference struct {
	Script, Case, SQL, What string
	Where                   []string
}

// Report counts what was compared.
type Report struct {
	Compared, Skipped, Pending int
	Differences                []*Difference
	// Errors are the cases that the oracle answers with an error, by script and name:
	// to see whether they are meant to.
	Errors map[string]string
}

// Runner compares a placement with its oracle.
type Runner struct {
	Placement Placement
	Gateway   string // URL
	Oracle    string
	// Protocols of each mode.
	Protocols func(mode string) []Protocol
	// Rewrite takes the oracle's answers for those that are known.
	Rewrite bool

	answers map[string][]*Answer // the oracle's, by script and protocol
}

// Run runs the scripts in every mode and protocol.
func (r *Runner) Run(ctx context.Context, scripts []*Script, report *Report) error {
	r.answers = map[string][]*Answer{}
	for _, s := range scripts {
		statements := r.statements(s, report)
		if len(statements) == 0 {
			continue
		}
		for _, mode := range r.Placement.modes() {
			for _, p := range r.Protocols(mode) {
				if err := r.script(ctx, s, statements, mode, p, report); err != nil {
					return fmt.Errorf("%s: %w", s.Name, err)
				}
			}
		}
	}
	return nil
}

// statements are those of a script that run in this placement.
func (r *Runner) statements(s *Script, report *Report) []*Statement {
	var in []*Statement
	for _, st := range s.Statements {
		switch _, pending := st.Pending[r.Placement.Name]; {
		case pending:
			report.Pending++
		case s.In(r.Placement.Name, st):
			in = append(in, st)
		default:
			report.Skipped++
		}
	}
	return in
}

func (r *Runner) script(ctx context.Context, s *Script, statements []*Statement, mode string, p Protocol, report *Report) error {
	want, err := r.expected(ctx, s, statements, p)
	if err != nil {
		return err
	}
	settings := append([]string{"set gateway.pushdown = " + mode}, r.Placement.Settings...)
	got, err := session(ctx, r.Gateway, settings, statements, p)
	if err != nil {
		return fmt.Errorf("connecting to the gateway: %w", err)
	}
	where := r.Placement.Name + "/" + mode + "/" + p.String()
	for i, st := range statements {
		if want[i] == nil {
			continue
		}
		report.Compared++
		if want[i].Err != "" {
			report.Errors[s.Name+": "+st.Name] = want[i].Err
		}
		if what := want[i].Differs(got[i], st); what != "" {
			report.add(s.Name, st, what, where)
		}
		if st.Known != nil && p != ExtendedBinary {
			if what := st.Known.differs(got[i]); what != "" {
				report.add(s.Name, st, what, where)
			}
		}
	}
	return nil
}

// expected asks the oracle once.
func (r *Runner) expected(ctx context.Context, s *Script, statements []*Statement, p Protocol) ([]*Answer, error) {
	key := s.Name + "/" + p.String()
	if found, ok := r.answers[key]; ok {
		return found, nil
	}
	answers, err := session(ctx, r.Oracle, nil, statements, p)
	if err != nil {
		return nil, fmt.Errorf("connecting to the oracle: %w", err)
	}
	r.answers[key] = answers
	if r.Rewrite && p == Simple {
		return answers, rewrite(statements, answers)
	}
	return answers, nil
}

func rewrite(statements []*Statement, answers []*Answer) error {
	for i, st := range statements {
		if st.Known == nil {
			continue
		}
		if err := st.Known.write(answers[i]); err != nil {
			return err
		}
	}
	return nil
}

// session runs statements in order. An answer is nil where the protocol can not
// carry the case. A connection that broke is made anew.
func session(ctx context.Context, url string, settings []string, statements []*Statement, p Protocol) ([]*Answer, error) {
	conn, err := open(ctx, url, settings)
	if err != nil {
		return nil, err
	}
	defer func() { conn.Close(context.WithoutCancel(ctx)) }()
	answers := make([]*Answer, len(statements))
	for i, st := range statements {
		if p == Simple && st.Params != nil {
			continue
		}
		answers[i] = ask(ctx, conn, st, p)
		if conn.IsClosed() {
			if conn, err = open(ctx, url, settings); err != nil {
				return nil, fmt.Errorf("after %q: %w", st.Name, err)
			}
		}
	}
	return answers, nil
}

func ask(ctx context.Context, conn *pgconn.PgConn, st *Statement, p Protocol) *Answer {
	ctx, cancel := context.WithTimeout(ctx, statementTimeout)
	defer cancel()
	return Ask(ctx, conn, st, p)
}

func open(ctx context.Context, url string, settings []string) (*pgconn.PgConn, error) {
	config, err := pgconn.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	config.RuntimeParams["application_name"] = "answers"
	conn, err := pgconn.ConnectConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	for _, sql := range settings {
		if err := execute(ctx, conn, sql); err != nil {
			return nil, errors.Join(err, conn.Close(ctx))
		}
	}
	return conn, nil
}

// add notes a difference; equal ones of other modes and placements are one.
func (r *Report) add(script string, st *Statement, what, where string) {
	for _, d := range r.Differences {
		if d.Script == script && d.SQL == st.SQL && d.What == what {
			d.Where = append(d.Where, where)
			return
		}
	}
	r.Differences = append(r.Differences, &Difference{Script: script, Case: st.Name, SQL: st.SQL, What: what, Where: []string{where}})
}

// Cases counts the statements that differ somewhere.
func (r *Report) Cases() int {
	seen := map[string]bool{}
	for _, d := range r.Differences {
		seen[d.Script+d.SQL] = true
	}
	return len(seen)
}

// String lists the differences, the most widespread first.
func (r *Report) String() string { return r.list(6) }

// list names at most places placements of each difference.
func (r *Report) list(places int) string {
	list := append([]*Difference(nil), r.Differences...)
	sort.SliceStable(list, func(i, j int) bool { return len(list[i].Where) > len(list[j].Where) })
	var b strings.Builder
	for _, d := range list {
		where := strings.Join(d.Where[:min(len(d.Where), places)], " ")
		if len(d.Where) > places {
			where += fmt.Sprintf(" and %d more", len(d.Where)-places)
		}
		fmt.Fprintf(&b, "%s: %s [%s]\n       %s\n       %s\n", d.Script, d.Case, where, strings.Join(strings.Fields(d.SQL), " "), d.What)
	}
	return b.String()
}

// WriteReport writes the list to a file, if one is named.
func (r *Report) WriteReport(file string) error {
	if file == "" {
		return nil
	}
	return os.WriteFile(file, []byte(r.list(len(modes)*100)), 0o644)
}
