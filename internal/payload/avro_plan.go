package payload

import (
	"slices"

	"github.com/sqlgateway/gateway/internal/batch"
)

// avroStep reads one value of the wire into columns, or passes it.
type avroStep func(r *avroReader, out []*batch.Column) error

// avroPlan reads a row that was written with one schema.
type avroPlan struct {
	step avroStep
	// absent are the fields that the writer's schema does not have.
	absent []avroStep
}

// target is a field and what is left of its path.
type target struct {
	field  int
	path   []string
	reader *avroNode // where the path is in the reader's schema; nil when unknown
}

// avroPlanner makes a plan for the fields.
type avroPlanner struct {
	fields []Field
	plan   *avroPlan
}

// planAvro fits rows of writer to the fields; reader gives defaults and aliases, and
// may be nil.
func planAvro(fields []Field, writer, reader *avroNode) *avroPlan {
	p := &avroPlanner{fields: fields, plan: &avroPlan{}}
	var targets []target
	for i := range fields {
		if fields[i].part == partRow {
			targets = append(targets, target{i, fields[i].path, reader})
		}
	}
	p.plan.step = p.value(writer, targets)
	return p.plan
}

// row reads a row.
func (p *avroPlan) row(r *avroReader, out []*batch.Column) error {
	if err := p.step(r, out); err != nil {
		return err
	}
	if r.err != nil {
		return r.err
	}
	for _, step := range p.absent {
		if err := step(r, out); err != nil {
			return err
		}
	}
	return nil
}

// value reads one value for several targets: those that end here, and those further in.
func (p *avroPlanner) value(n *avroNode, targets []target) avroStep {
	var steps []avroStep
	var inner []target
	for _, t := range targets {
		if len(t.path) == 0 {
			steps = append(steps, p.emit(n, t.field))
		} else {
			inner = append(inner, t)
		}
	}
	if len(inner) > 0 {
		steps = append(steps, p.descend(n, inner))
	}
	switch len(steps) {
	case 0:
		return func(r *avroReader, _ []*batch.Column) error { r.skip(n); return r.err }
	case 1:
		return steps[0]
	}
	return func(r *avroReader, out []*batch.Column) error {
		from := r.at
		for _, step := range steps { // each reads the same bytes
			r.at = from
			if err := step(r, out); err != nil {
				return err
			}
		}
		return nil
	}
}

// descend reads a record, also inside a union; in anything else the targets are NULL.
func (p *avroPlanner) descend(n *avroNode, targets []target) avroStep {
	switch n.kind {
	case avroRecord:
		return p.record(n, targets)
	case avroUnion:
		steps := make([]avroStep, len(n.branches))
		for i, b := range n.branches {
			// What a branch's record lacks is filled in once, not for each branch.
			steps[i] = p.branch(b, targets)
		}
		return func(r *avroReader, out []*batch.Column) error {
			i := r.long()
			if i < 0 || i >= int64(len(steps)) {
				return errAvro("branch %d of a union of %d", i, len(steps))
			}
			return steps[i](r, out)
		}
	}
	return func(r *avroReader, out []*batch.Column) error {
		r.skip(n)
		return p.nulls(targets, out)
	}
}

// branch is descend whose absent fields are filled in when the branch is taken.
func (p *avroPlanner) branch(n *avroNode, targets []target) avroStep {
	sub := &avroPlanner{fields: p.fields, plan: &avroPlan{}}
	sub.plan.step = sub.descend(n, targets)
	return sub.plan.row
}

func (p *avroPlanner) nulls(targets []target, out []*batch.Column) error {
	for _, t := range targets {
		if err := appendNull(&p.fields[t.field], out[t.field]); err != nil {
			return err
		}
	}
	return nil
}

// record reads the fields in their order on the wire.
func (p *avroPlanner) record(n *avroNode, targets []target) avroStep {
	steps := make([]avroStep, len(n.fields))
	taken := make([]bool, len(targets))
	for i := range n.fields {
		var mine []target
		for j, t := range targets {
			if inner, ok := t.into(&n.fields[i]); ok && !taken[j] {
				mine, taken[j] = append(mine, inner), true
			}
		}
		steps[i] = p.value(n.fields[i].node, mine)
	}
	for j, t := range targets {
		if !taken[j] {
			p.plan.absent = append(p.plan.absent, p.fallback(t))
		}
	}
	return func(r *avroReader, out []*batch.Column) error {
		for _, step := range steps {
			if err := step(r, out); err != nil {
				return err
			}
		}
		return r.err
	}
}

// into says whether a target goes on in a field of the writer's: by its name, or by
// an alias that the reader's schema has for the name.
func (t target) into(f *avroField) (target, bool) {
	var reader *avroField
	if t.reader != nil {
		row, _ := t.reader.nullable()
		reader = row.field(t.path[0])
	}
	if f.name != t.path[0] && (reader == nil || !slices.Contains(reader.aliases, f.name)) {
		return t, false
	}
	inner := target{field: t.field, path: t.path[1:]}
	if reader != nil {
		inner.reader = reader.node
	}
	return inner, true
}

// fallback gives the reader's default for a field that the writer did not know.
func (p *avroPlanner) fallback(t target) avroStep {
	f := &p.fields[t.field]
	node := t.reader
	for depth, name := range t.path {
		if node == nil {
			break
		}
		row, _ := node.nullable()
		found := row.field(name)
		if found == nil {
			break
		}
		node = found.node
		if depth == len(t.path)-1 && found.fallback != nil {
			emit := p.emit(node, t.field)
			return func(_ *avroReader, out []*batch.Column) error {
				return emit(&avroReader{data: found.fallback}, out)
			}
		}
	}
	return func(_ *avroReader, out []*batch.Column) error { return appendNull(f, out[t.field]) }
}

// emit appends a value to a field's column.
func (p *avroPlanner) emit(n *avroNode, field int) avroStep {
	f := &p.fields[field]
	switch n.kind {
	case avroNull:
		return func(_ *avroReader, out []*batch.Column) error { return appendNull(f, out[field]) }
	case avroUnion: // so that a null is NULL, also where JSON has a null of its own
		return p.emitUnion(n, field)
	}
	put := emitter(n, f)
	return func(r *avroReader, out []*batch.Column) error {
		if err := put(r, out[field]); err != nil {
			return inColumn(f, err)
		}
		return nil
	}
}

func (p *avroPlanner) emitUnion(n *avroNode, field int) avroStep {
	steps := make([]avroStep, len(n.branches))
	for i, b := range n.branches {
		steps[i] = p.emit(b, field)
	}
	return func(r *avroReader, out []*batch.Column) error {
		i := r.long()
		if i < 0 || i >= int64(len(steps)) {
			return inColumn(&p.fields[field], errAvro("branch %d of a union of %d", i, len(steps)))
		}
		return steps[i](r, out)
	}
}
