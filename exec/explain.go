package exec

import (
	"context"
	"strings"
	"time"

	"github.com/sqlgateway/gateway/catalog"
	"github.com/sqlgateway/gateway/exec/operator"
	"github.com/sqlgateway/gateway/exec/plan"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/internal/session"
	"github.com/sqlgateway/gateway/translate"
)

// explainOptions are the options of EXPLAIN.
type explainOptions struct {
	plan.ExplainOptions
	json    bool
	summary *bool
	timing  *bool
}

// explainFormat is the FORMAT of an EXPLAIN, in lower case.
func explainFormat(n *translate.ExplainStmt) string {
	for _, o := range n.Options {
		if o.Name == "format" {
			text, _ := constText(o.Value)
			return strings.ToLower(text)
		}
	}
	return "text"
}

func readExplainOptions(n *translate.ExplainStmt) (*explainOptions, error) {
	o := &explainOptions{}
	o.Costs = true
	for _, option := range n.Options {
		if option.Name == "format" {
			switch format := explainFormat(n); format {
			case "text":
			case "json":
				o.json = true
			case "xml", "yaml":
				return nil, pgerr.Unsupported("EXPLAIN (FORMAT %s) is not supported", strings.ToUpper(format)).WithHint("Use FORMAT TEXT or FORMAT JSON.")
			default:
				return nil, pgerr.New(pgerr.InvalidParameterValue, "unrecognized value for EXPLAIN option %q: %q", "format", format).At(option.Pos)
			}
			continue
		}
		on, err := optionBool(option)
		if err != nil {
			return nil, err
		}
		switch option.Name {
		case "analyze":
			o.Analyze = on
		case "verbose":
			o.Verbose = on
		case "costs":
			o.Costs = on
		case "timing":
			o.timing = &on
		case "summary":
			o.summary = &on
		case "buffers", "settings", "wal":
		default:
			return nil, pgerr.New(pgerr.SyntaxError, "unrecognized EXPLAIN option %q", option.Name).At(option.Pos)
		}
	}
	if o.timing != nil && *o.timing && !o.Analyze {
		return nil, pgerr.New(pgerr.InvalidParameterValue, "EXPLAIN option TIMING requires ANALYZE")
	}
	o.Timing = o.Analyze && (o.timing == nil || *o.timing)
	o.Summary = o.Analyze
	if o.summary != nil {
		o.Summary = *o.summary
	}
	return o, nil
}

// optionBool reads a boolean option; its name alone means true.
func optionBool(o *translate.DefElem) (bool, error) {
	if o.Value == nil {
		return true, nil
	}
	text, err := constText(o.Value)
	if err != nil {
		return false, err
	}
	switch strings.ToLower(text) {
	case "true", "on", "1":
		return true, nil
	case "false", "off", "0":
		return false, nil
	}
	return false, pgerr.New(pgerr.SyntaxError, "%s requires a Boolean value", o.Name)
}

// runExplain runs EXPLAIN.
func (s *Session) runExplain(ctx context.Context, n *translate.ExplainStmt, u *translate.Utility, p *portal, out session.Out) error {
	options, err := readExplainOptions(n)
	if err != nil {
		return err
	}
	snapshot := s.engine.config.Catalog.Acquire()
	defer s.engine.config.Catalog.Release(snapshot)
	begin := time.Now()
	planned, err := s.planExplained(ctx, u, p, options, snapshot)
	if err != nil {
		return err
	}
	options.PlanningMillis = millis(time.Since(begin))
	options.Relay = s.relayedTo(ctx, n.Query, p.statement.source, snapshot)
	var actual func(plan.Node) *plan.Actual
	if options.Analyze {
		if actual, err = s.analyze(ctx, planned, p.params, snapshot, options); err != nil {
			return err
		}
	}
	var table [][]pgtypes.Datum
	if options.json {
		table = append(table, []pgtypes.Datum{plan.ExplainJSON(planned, options.ExplainOptions, actual)})
	} else {
		for _, line := range plan.Explain(planned, options.ExplainOptions, actual) {
			table = append(table, []pgtypes.Datum{line})
		}
	}
	if err := s.sendTable(p.fields, table, out); err != nil {
		return err
	}
	return out.Complete("EXPLAIN")
}

// relayedTo names the server that a statement, a part of text, is relayed to when it
// is run; "" for none.
func (s *Session) relayedTo(ctx context.Context, statement translate.Node, text string, snapshot *catalog.Snapshot) string {
	survey := newSurvey(statement)
	if survey == nil || !s.relayOn() {
		return ""
	}
	server, _, err := s.resolveRelay(ctx, survey, text, snapshot)
	if err != nil || server == nil {
		return ""
	}
	return server.Name
}

func millis(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// analyze runs a plan, throws its rows away and gives what was measured.
func (s *Session) analyze(ctx context.Context, planned *plan.Plan, params []pgtypes.Datum, snapshot *catalog.Snapshot, o *explainOptions) (func(plan.Node) *plan.Actual, error) {
	metrics := &operator.Metrics{}
	begin := time.Now()
	r, err := s.start(ctx, planned, params, snapshot, metrics)
	if err != nil {
		return nil, err
	}
	defer r.close()
	for {
		batch, err := r.next(ctx)
		if err != nil {
			return nil, err
		}
		if batch == nil {
			break
		}
		batch.Release()
	}
	o.ExecutionMillis = millis(time.Since(begin))
	return func(n plan.Node) *plan.Actual { return actualOf(metrics.Of(n)) }, nil
}

func actualOf(m *operator.Stats) *plan.Actual {
	return &plan.Actual{
		Loops: m.Loops.Load(), Rows: m.Rows.Load(), Millis: float64(m.Nanos.Load()) / 1e6,
		SourceRows: m.SourceRows.Load(), SourceBytes: m.SourceBytes.Load(),
		Files: m.Files.Load(), FilesSkipped: m.FilesSkip.Load(),
		RowGroups: m.RowGroups.Load(), RowGroupsSkipped: m.RowGroupsSk.Load(),
		BytesSkipped: m.BytesSkip.Load(), Undecoded: m.Undecoded.Load(),
		MemoryBytes: m.MemoryPeak.Load(), SpilledBytes: m.Spilled.Load(), Workers: m.Workers.Load(),
	}
}
