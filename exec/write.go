package exec

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/catalog"
	"github.com/sqlgateway/gateway/exec/plan"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/session"
	"github.com/sqlgateway/gateway/translate"
)

// runWrite runs INSERT, UPDATE or DELETE on a table of one server. What is written
// is computed in the gateway, from any sources, and goes to the target inside its
// transaction: the session's, or one for the statement alone.
func (s *Session) runWrite(ctx context.Context, p *portal, out session.Out) error {
	snapshot := s.engine.config.Catalog.Acquire()
	defer s.engine.config.Catalog.Release(snapshot)
	w, err := s.newWrite(p, snapshot)
	if err != nil {
		return err
	}
	if s.tx.state == noTransaction && !p.alone && !out.SyncFollows() {
		// More of the same implicit transaction may follow.
		s.tx.begin(implicitTransaction, s.transactionDefaults())
	}
	if err := s.tx.claim(w.server, writingCommand(p.statement.node)); err != nil {
		return err
	}
	if handled, err := s.runWhole(ctx, w, p, out); handled {
		return w.named(err)
	}
	alone := s.tx.state == noTransaction
	if alone {
		// The statement's own transaction, so that a failure half way leaves nothing.
		s.tx.begin(implicitTransaction, s.transactionDefaults())
		s.tx.writer = w.server
	}
	result, err := s.write(ctx, w)
	if err != nil {
		if alone {
			s.tx.rollback()
		}
		return w.named(err)
	}
	if alone {
		if _, _, err := s.tx.commit(); err != nil {
			return w.named(w.server.Checked(err))
		}
	}
	return s.sendWritten(w, result, p, out)
}

// written is what a write did.
type written struct {
	count     int64
	returning []arrow.RecordBatch
}

func (w *written) release() {
	for _, b := range w.returning {
		b.Release()
	}
}

func (s *Session) sendWritten(w *write, result *written, p *portal, out session.Out) error {
	defer result.release()
	for _, batch := range result.returning {
		if err := out.Batch(p.fields, batch, s.values.Style()); err != nil {
			return err
		}
	}
	return out.Complete(w.tag + strconv.FormatInt(result.count, 10))
}

// write is one statement that changes a table.
type write struct {
	session  *Session
	snapshot *catalog.Snapshot
	portal   *portal
	server   *catalog.Server
	table    *translate.Table
	tag      string
}

func (s *Session) newWrite(p *portal, snapshot *catalog.Snapshot) (*write, error) {
	w := &write{session: s, snapshot: snapshot, portal: p}
	switch b := p.compiled.bound.(type) {
	case *translate.Insert:
		w.table, w.tag = b.Target, "INSERT 0 "
	case *translate.Update:
		w.table, w.tag = b.Target, "UPDATE "
	case *translate.Delete:
		w.table, w.tag = b.Target, "DELETE "
	}
	handle, err := handleOf(w.table)
	if err != nil {
		return nil, err
	}
	w.server = handle.Server
	if _, ok := w.server.Backend.(backends.Transactor); !ok {
		if _, insert := p.compiled.bound.(*translate.Insert); !insert || w.writer() == nil {
			return nil, pgerr.Unsupported("server %q of kind %s can not be written to this way", w.server.Name, w.server.Backend.Kind())
		}
	}
	return w, nil
}

// writer is the target's bulk path outside transactions; nil if it has none.
func (w *write) writer() backends.Writer {
	writer, _ := w.server.Backend.(backends.Writer)
	return writer
}

func (s *Session) write(ctx context.Context, w *write) (*written, error) {
	switch b := w.portal.compiled.bound.(type) {
	case *translate.Insert:
		return w.insert(ctx, b)
	case *translate.Update:
		return w.update(ctx, b)
	case *translate.Delete:
		return w.delete(ctx, b)
	}
	return nil, pgerr.Internal("not a writing statement")
}

// insert streams the source's rows into the target.
func (w *write) insert(ctx context.Context, b *translate.Insert) (*written, error) {
	all := &written{}
	for _, run := range w.insertRuns(b) {
		done, err := w.insertRun(ctx, run)
		if err != nil {
			all.release()
			return nil, err
		}
		all.count += done.count
		all.returning = append(all.returning, done.returning...)
	}
	return all, nil
}

func (w *write) insertRun(ctx context.Context, b *translate.Insert) (*written, error) {
	one, err := w.newRowInserter(ctx, b)
	if err != nil {
		return nil, err
	}
	target := backends.WriteTarget{Table: w.table.Remote}
	output := make([]translate.OutputColumn, len(b.Attrs))
	for i, attr := range b.Attrs {
		c := &w.table.Columns[attr]
		target.Columns = append(target.Columns, backends.Column{Name: w.table.RemoteColumn(attr), Type: c.Type})
		output[i] = translate.OutputColumn{Name: c.Name, ID: b.SourceCols[i], Type: c.Type, Coll: c.Collation}
	}
	rows, err := w.open(ctx, &translate.Query{Rel: b.Source, Output: output})
	if err != nil {
		return nil, err
	}
	defer rows.close()
	if !w.native(ctx) {
		w.refuseNull(b, rows)
	}
	if one != nil {
		return w.insertOneByOne(ctx, one, rows)
	}
	reader := &rowsReader{rows: rows, ctx: ctx, schema: backends.SchemaOf(target.Columns)}
	defer reader.Release()
	keep, err := w.keepForReturning(b, reader)
	if err != nil {
		return nil, err
	}
	result, err := w.append(ctx, target, reader)
	if reader.err != nil {
		err = reader.err // the cause; the target's may be a consequence
	}
	if err != nil {
		keep.release()
		return nil, err
	}
	done := &written{count: result.Inserted}
	if b.Returning != nil {
		done.returning, err = keep.finish(ctx)
	}
	return done, err
}

// append writes rows in the session's transaction, or in the writer's own.
func (w *write) append(ctx context.Context, target backends.WriteTarget, reader array.RecordReader) (backends.WriteResult, error) {
	return w.put(ctx, target, reader, backends.WriteMode{Kind: backends.Append})
}

func (w *write) put(ctx context.Context, target backends.WriteTarget, reader array.RecordReader, mode backends.WriteMode) (backends.WriteResult, error) {
	if _, ok := w.server.Backend.(backends.Transactor); !ok {
		if w.session.tx.inBlock() {
			return backends.WriteResult{}, pgerr.Unsupported("server %q of kind %s has no transactions", w.server.Name, w.server.Backend.Kind()).
				WithHint("Run the statement outside a transaction block.")
		}
		result, err := w.writer().Write(ctx, target, reader, mode)
		return result, w.checked(err)
	}
	part, err := w.session.tx.transactionOn(ctx, w.server)
	if err != nil {
		return backends.WriteResult{}, w.server.Checked(err)
	}
	part.wrote = true
	result, err := part.tx.Write(ctx, target, reader, mode)
	return result, w.checked(err)
}

// checked gives an error of the target in Postgres's words, as far as they need what
// only the gateway knows: the table's name here, and those of its keys.
func (w *write) checked(err error) error {
	err = w.server.Checked(err)
	var found *pgerr.Error
	if err == nil || w.table == nil || !errors.As(err, &found) {
		return err
	}
	e := *found
	name := w.table.Name
	switch {
	case w.server.Backend.Kind() == backends.KindPostgres:
		return err
	case e.Code == pgerr.NotNullViolation:
		e.Message = "null value in column " + strconv.Quote(e.Column) + " of relation " + strconv.Quote(name) + " violates not-null constraint"
	case e.Code == pgerr.CheckViolation && e.Constraint != "":
		e.Message = "new row for relation " + strconv.Quote(name) + " violates check constraint " + strconv.Quote(e.Constraint)
	case e.Code == pgerr.UniqueViolation && e.Constraint == "PRIMARY":
		e.Constraint = name + "_pkey"
		e.Message = "duplicate key value violates unique constraint " + strconv.Quote(e.Constraint)
	}
	e.Table = name
	return &e
}

// wholeRow is the target with all of its columns but the system's.
func (w *write) wholeRow() backends.WriteTarget {
	target := backends.WriteTarget{Table: w.table.Remote}
	for i := range len(w.table.Columns) - len(w.table.SystemColumns()) {
		target.Columns = append(target.Columns, backends.Column{Name: w.table.RemoteColumn(i), Type: w.table.Columns[i].Type})
	}
	return target
}

// open plans and starts a query of the statement's. What it reads through the
// target's own connection is read to the end first: nothing else can go over it while
// the rows are written.
func (w *write) open(ctx context.Context, query *translate.Query) (*rows, error) {
	planned, err := w.session.plan(ctx, query, w.snapshot)
	if err != nil {
		return nil, err
	}
	running, err := w.session.start(ctx, planned, w.portal.params, w.snapshot, nil)
	if err != nil || !w.session.tx.readsInside(w.server) || !planReads(planned, w.server.Name) {
		return running, err
	}
	return held(ctx, running)
}

// held reads a query to its end.
func held(ctx context.Context, r *rows) (*rows, error) {
	defer r.close()
	all := &heldRows{}
	for {
		batch, err := r.next(ctx)
		if err != nil {
			all.Close()
			return nil, err
		}
		if batch == nil {
			return &rows{source: all, cancel: func() {}}, nil
		}
		all.batches = append(all.batches, batch)
	}
}

// heldRows is a source of batches that are there already.
type heldRows struct{ batches []arrow.RecordBatch }

// Next implements source.
func (h *heldRows) Next() (arrow.RecordBatch, error) {
	if len(h.batches) == 0 {
		return nil, nil
	}
	batch := h.batches[0]
	h.batches = h.batches[1:]
	return batch, nil
}

// Close implements source.
func (h *heldRows) Close() {
	for _, b := range h.batches {
		b.Release()
	}
	h.batches = nil
}

// planReads says whether a plan reads from a server.
func planReads(p *plan.Plan, server string) bool {
	var visit func(plan.Node) bool
	visit = func(n plan.Node) bool {
		if src, ok := n.(*plan.Source); ok && src.Server == server {
			return true
		}
		return slices.ContainsFunc(n.Children(), visit)
	}
	for _, init := range p.Inits {
		if visit(init.Plan) {
			return true
		}
	}
	return visit(p.Root)
}

// rowsReader gives a running query to a writer.
type rowsReader struct {
	rows   *rows
	ctx    context.Context //nolint:containedctx // the reader is one call of Write
	schema *arrow.Schema
	batch  arrow.RecordBatch
	err    error
	// tap, if not nil, sees each batch.
	tap func(arrow.RecordBatch)
}

// Schema implements array.RecordReader.
func (r *rowsReader) Schema() *arrow.Schema { return r.schema }

// RecordBatch implements array.RecordReader.
func (r *rowsReader) RecordBatch() arrow.RecordBatch { return r.batch }

// Record implements array.RecordReader.
func (r *rowsReader) Record() arrow.RecordBatch { return r.batch }

// Err implements array.RecordReader.
func (r *rowsReader) Err() error { return r.err }

// Retain implements array.RecordReader; one call of Write owns the reader.
func (r *rowsReader) Retain() {}

// Release implements array.RecordReader.
func (r *rowsReader) Release() {
	if r.batch != nil {
		r.batch.Release()
		r.batch = nil
	}
}

// Next implements array.RecordReader.
func (r *rowsReader) Next() bool {
	r.Release()
	if r.err != nil {
		return false
	}
	r.batch, r.err = r.rows.next(r.ctx)
	if r.batch != nil && r.tap != nil {
		r.tap(r.batch)
	}
	return r.batch != nil && r.err == nil
}

// writingCommand names a writing statement in messages. A query that writes does so by
// its row locks, as far as can be seen here.
func writingCommand(node translate.Node) string {
	switch node.(type) {
	case *translate.InsertStmt:
		return "INSERT"
	case *translate.UpdateStmt:
		return "UPDATE"
	case *translate.DeleteStmt:
		return "DELETE"
	default:
		return "SELECT FOR UPDATE"
	}
}
