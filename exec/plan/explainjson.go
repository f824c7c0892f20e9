package plan

import (
	"encoding/json"
	"strings"
)

// ExplainJSON gives EXPLAIN (FORMAT JSON)'s document, shaped as Postgres's is.
func ExplainJSON(p *Plan, opts ExplainOptions, actual func(Node) *Actual) string {
	x := newExplainer(p, opts, actual)
	doc := object{}
	doc.set("Plan", x.object(x.whole(p)))
	if opts.Verbose {
		for _, r := range p.Rewrites {
			doc.append("Rewrites", r.String())
		}
	}
	if opts.Relay != "" {
		doc.set("Relay", opts.Relay)
	}
	if opts.Distribution != "" {
		doc.set("Distribution", opts.Distribution)
	}
	if opts.Summary {
		doc.set("Planning Time", opts.PlanningMillis)
		if opts.Analyze {
			doc.set("Execution Time", opts.ExecutionMillis)
		}
	}
	out, err := json.MarshalIndent([]*object{&doc}, "", "  ")
	if err != nil {
		return "[]" // no value of a document fails to encode
	}
	return string(out)
}

func (x *explainer) object(s *section) *object {
	o := &object{}
	o.set("Node Type", s.kind)
	if s.role != "" {
		o.set("Subplan Name", s.role)
	}
	if src, ok := s.node.(*Source); ok && len(src.Tables) == 1 {
		o.set("Relation Name", src.Tables[0])
	}
	if x.opts.Costs {
		o.set("Startup Cost", 0.0)
		o.set("Total Cost", s.cost)
		o.set("Plan Rows", max(s.rows, 1))
		o.set("Plan Width", s.width)
	}
	if a := x.actualOf(s.node); a != nil && x.opts.Analyze {
		loops := max(a.Loops, 1)
		if x.opts.Timing {
			o.set("Actual Total Time", a.Millis/float64(loops))
		}
		o.set("Actual Rows", a.Rows/loops)
		o.set("Actual Loops", a.Loops)
	}
	for _, p := range s.props {
		x.setProperty(o, p)
	}
	for _, c := range s.children {
		o.append("Plans", x.object(c))
	}
	return o
}

// repeated are labels that occur more than once on a node.
var repeated = map[string]bool{
	"Kept local": true, "Dynamic Filter": true, "Scan Predicate": true, "Remote Argument": true,
}

func (x *explainer) setProperty(o *object, p property) {
	label := strings.TrimPrefix(p.label, jsonOnly)
	if repeated[label] {
		o.append(label, p.value)
		return
	}
	o.set(label, p.value)
}

// object is a JSON object that keeps its keys in order.
type object struct {
	keys   []string
	values map[string]any
}

func (o *object) set(key string, v any) {
	if o.values == nil {
		o.values = map[string]any{}
	}
	if _, ok := o.values[key]; !ok {
		o.keys = append(o.keys, key)
	}
	o.values[key] = v
}

func (o *object) append(key string, v any) {
	list, _ := o.values[key].([]any)
	o.set(key, append(list, v))
}

// MarshalJSON implements json.Marshaler.
func (o *object) MarshalJSON() ([]byte, error) {
	out := []byte{'{'}
	for i, k := range o.keys {
		if i > 0 {
			out = append(out, ',')
		}
		key, err := json.Marshal(k)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(o.values[k])
		if err != nil {
			return nil, err
		}
		out = append(append(append(out, key...), ':'), value...)
	}
	return append(out, '}'), nil
}
