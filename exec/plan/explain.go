package plan

import (
	"fmt"
	"strings"

	"github.com/sqlgateway/gateway/internal/pgtypes"
	t "github.com/sqlgateway/gateway/translate"
)

// ExplainOptions are the options of EXPLAIN that change what is shown.
type ExplainOptions struct {
	Analyze bool
	Verbose bool
	Costs   bool // on unless COSTS OFF
	Timing  bool // with Analyze, on unless TIMING OFF
	Summary bool // planning and execution time
	// PlanningMillis and ExecutionMillis are what Summary shows.
	PlanningMillis, ExecutionMillis float64
	// Distribution, if not "", is the decision between this gateway and its peers.
	Distribution string
	// Relay, if not "", is the server that the statement is passed to as it stands when
	// it is run without EXPLAIN; the plan is then what would run without the relay.
	Relay string
	// Write is the statement that the plan's rows are for; nil for a query.
	Write *Write
}

// Write is INSERT, UPDATE or DELETE as EXPLAIN shows it, above the plan of its rows.
type Write struct {
	Operation string // Insert, Update or Delete
	Relation  string
	Server    string
	// SQL is the statement when the server carries it out alone; there is no plan then.
	SQL string
	// Local is why the rows are computed here, with a plan.
	Local string
}

// section is the write as a node.
func (w *Write) section() *section {
	s := &section{title: w.Operation + " on " + w.Relation, kind: "ModifyTable"}
	s.props = append(s.props, property{jsonOnly + "Operation", w.Operation}, property{jsonOnly + "Relation Name", w.Relation}, property{"Server", w.Server})
	if w.SQL != "" {
		s.props = append(s.props, property{"Remote SQL", w.SQL})
	}
	if w.Local != "" {
		s.props = append(s.props, property{"Kept local", w.Local})
	}
	return s
}

// Actual is what EXPLAIN ANALYZE measured of one node.
type Actual struct {
	Loops, Rows                 int64
	Millis                      float64 // all loops
	SourceRows, SourceBytes     int64
	Files, FilesSkipped         int64
	RowGroups, RowGroupsSkipped int64
	BytesSkipped, Undecoded     int64
	MemoryBytes, SpilledBytes   int64
	Workers                     int64
}

// property is one labelled fact of a node. Value is a string, a number or a list
// of strings.
type property struct {
	label string
	value any
}

// section is one node as EXPLAIN shows it.
type section struct {
	node Node
	// title is the first line of the text form; kind its "Node Type".
	title, kind string
	// role names a sub-plan: "InitPlan 1 (returns $0)", "CTE x".
	role     string
	props    []property
	children []*section
	cost     float64
	rows     float64
	width    int
}

// explainer describes the nodes of one plan.
type explainer struct {
	opts   ExplainOptions
	actual func(Node) *Actual
	text   deparser
	shown  map[*CTE]bool
	many   bool // columns are qualified
	moved  map[string]*Actual
	order  []string
}

// Explain gives EXPLAIN's text, line by line. actual gives the measures of a node,
// and is nil without ANALYZE.
func Explain(p *Plan, opts ExplainOptions, actual func(Node) *Actual) []string {
	x := newExplainer(p, opts, actual)
	root := x.whole(p)
	w := &textWriter{opts: opts, actual: x.actualOf}
	w.section(root, 0)
	return append(w.lines, x.summary(p)...)
}

func newExplainer(p *Plan, opts ExplainOptions, actual func(Node) *Actual) *explainer {
	x := &explainer{opts: opts, actual: actual, shown: map[*CTE]bool{}, moved: map[string]*Actual{}}
	x.text.names = map[t.ColumnID]string{}
	scans := 0
	if p.Root != nil {
		countScans(p.Root, &scans, map[*CTE]bool{})
	}
	x.many = scans > 1
	return x
}

// whole is the plan, below the write that it is for.
func (x *explainer) whole(p *Plan) *section {
	if x.opts.Write == nil {
		return x.plan(p)
	}
	root := x.opts.Write.section()
	if p.Root != nil {
		rows := x.plan(p)
		root.children, root.cost = []*section{rows}, rows.cost
	}
	return root
}

func countScans(n Node, scans *int, seen map[*CTE]bool) {
	if s, ok := n.(*Source); ok {
		*scans += len(s.Tables)
	}
	for _, c := range n.Children() {
		countScans(c, scans, seen)
	}
}

func (x *explainer) actualOf(n Node) *Actual {
	if x.actual == nil || !x.opts.Analyze || n == nil {
		return nil
	}
	return x.actual(n)
}

// plan describes the InitPlans before the root, as Postgres lists them under it.
func (x *explainer) plan(p *Plan) *section {
	var inits []*section
	for i, in := range p.Inits {
		s := x.node(in.Plan)
		s.role = fmt.Sprintf("InitPlan %d (returns $%d)", i+1, in.Slot)
		inits = append(inits, s)
	}
	root := x.node(p.Root)
	root.children = append(inits, root.children...)
	return root
}

func (x *explainer) node(n Node) *section {
	s := &section{node: n, rows: n.Estimate(), width: widthOf(n.Columns())}
	for _, c := range x.children(n) {
		child := x.node(c.node)
		child.role = c.role
		s.children = append(s.children, child)
		s.cost += child.cost + child.rows*0.01
	}
	x.describe(n, s)
	if x.opts.Verbose {
		s.props = append([]property{{"Output", x.output(n)}}, s.props...)
	}
	if _, ok := n.(*Source); !ok {
		s.notes(n)
	}
	return s
}

type childRole struct {
	node Node
	role string
}

// children lists what is below a node, each definition of a CTE once.
func (x *explainer) children(n Node) []childRole {
	var out []childRole
	if w, ok := n.(*With); ok {
		for _, c := range w.CTEs {
			if x.shown[c] {
				continue
			}
			x.shown[c] = true
			if c.Plan != nil {
				out = append(out, childRole{c.Plan, "CTE " + c.Name})
			}
			if c.Base != nil {
				out = append(out, childRole{c.Base, "CTE " + c.Name + " (start)"}, childRole{c.Step, "CTE " + c.Name + " (step)"})
			}
		}
		return append(out, childRole{w.Body, ""})
	}
	for _, c := range n.Children() {
		out = append(out, childRole{c, ""})
	}
	return out
}

func (x *explainer) output(n Node) []string {
	cols := n.Columns()
	out := make([]string, len(cols))
	for i, c := range cols {
		out[i] = x.text.text(c.Ref())
	}
	return out
}

func (s *section) add(label string, value any) { s.props = append(s.props, property{label, value}) }

func (s *section) notes(n Node) {
	for _, note := range notesOf(n) {
		s.add("Kept local", note.String())
	}
}

// String is the note as EXPLAIN prints it.
func (n Note) String() string {
	if n.Text == "" {
		return n.Code
	}
	return n.Code + ": " + n.Text
}

func notesOf(n Node) []Note {
	type noted interface{ notes() []Note }
	if i, ok := n.(noted); ok {
		return i.notes()
	}
	return nil
}

func (i *Info) notes() []Note { return i.Notes }

func widthOf(cols []t.Column) int {
	w := 0
	for _, c := range cols {
		switch c.Type.OID {
		case pgtypes.OIDBool:
			w++
		case pgtypes.OIDInt2:
			w += 2
		case pgtypes.OIDInt4, pgtypes.OIDFloat4, pgtypes.OIDDate:
			w += 4
		case pgtypes.OIDInt8, pgtypes.OIDFloat8, pgtypes.OIDTimestamp, pgtypes.OIDTimestamptz, pgtypes.OIDTime, pgtypes.OIDOid:
			w += 8
		case pgtypes.OIDUUID, pgtypes.OIDInterval:
			w += 16
		default:
			w += 32
		}
	}
	return w
}

// summary is what stands below the tree.
func (x *explainer) summary(p *Plan) []string {
	var lines []string
	if x.opts.Verbose {
		for _, r := range p.Rewrites {
			lines = append(lines, "Rewrite: "+r.String())
		}
	}
	for _, server := range x.order {
		m := x.moved[server]
		lines = append(lines, fmt.Sprintf("Source %s: rows=%d bytes=%d", server, m.SourceRows, m.SourceBytes))
	}
	if x.opts.Relay != "" {
		lines = append(lines, "Relay: without EXPLAIN, server "+x.opts.Relay+" answers the statement alone and its rows pass through undecoded")
	}
	if x.opts.Distribution != "" {
		lines = append(lines, "Distribution: "+x.opts.Distribution)
	}
	if x.opts.Summary {
		lines = append(lines, fmt.Sprintf("Planning Time: %.3f ms", x.opts.PlanningMillis))
		if x.opts.Analyze {
			lines = append(lines, fmt.Sprintf("Execution Time: %.3f ms", x.opts.ExecutionMillis))
		}
	}
	return lines
}

// countMoved adds what a source's read moved to its server's total.
func (x *explainer) countMoved(n *Source) {
	a := x.actualOf(n)
	if a == nil {
		return
	}
	name := n.Server
	if name == "" {
		name = "gateway"
	}
	m := x.moved[name]
	if m == nil {
		m = &Actual{}
		x.moved[name] = m
		x.order = append(x.order, name)
	}
	m.SourceRows += a.SourceRows
	m.SourceBytes += a.SourceBytes
}

// textWriter lays sections out as Postgres does.
type textWriter struct {
	opts   ExplainOptions
	actual func(Node) *Actual
	lines  []string
}

func (w *textWriter) section(s *section, indent int) {
	lead := strings.Repeat(" ", indent)
	if s.role != "" {
		w.lines = append(w.lines, lead+s.role)
		indent += 2
		lead += "  "
	}
	arrow := ""
	if indent > 0 {
		arrow = "->  "
		indent += 4
	}
	w.lines = append(w.lines, lead+arrow+s.title+w.costs(s)+w.measured(s))
	body := strings.Repeat(" ", indent+2)
	for _, p := range s.props {
		if strings.HasPrefix(p.label, jsonOnly) {
			continue
		}
		w.lines = append(w.lines, body+p.label+": "+joined(p.value))
	}
	for _, c := range s.children {
		w.section(c, indent+2)
	}
}

func joined(v any) string {
	if list, ok := v.([]string); ok {
		return strings.Join(list, ", ")
	}
	return fmt.Sprint(v)
}

func (w *textWriter) costs(s *section) string {
	if !w.opts.Costs {
		return ""
	}
	return fmt.Sprintf("  (cost=0.00..%.2f rows=%.0f width=%d)", s.cost, max(s.rows, 1), s.width)
}

func (w *textWriter) measured(s *section) string {
	if !w.opts.Analyze {
		return ""
	}
	a := w.actual(s.node)
	if a == nil || a.Loops == 0 {
		return " (never executed)"
	}
	loops := a.Loops
	if w.opts.Timing {
		return fmt.Sprintf(" (actual time=0.000..%.3f rows=%d loops=%d)", a.Millis/float64(loops), a.Rows/loops, loops)
	}
	return fmt.Sprintf(" (actual rows=%d loops=%d)", a.Rows/loops, loops)
}
