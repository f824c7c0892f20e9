package bind

import (
	"github.com/sqlgateway/gateway/internal/pgbuiltin"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// windowSpec is one window with the calls over it.
type windowSpec struct {
	def       *translate.WindowDef
	name      string
	partition []translate.Expr
	order     []translate.SortKey
	frame     translate.Frame
	calls     []translate.WindowItem
}

// window makes the node of a call with OVER and returns a reference to its column.
func (c *call) window() (translate.Expr, error) {
	n, s := c.n, c.s
	isAggregate := c.proc.Kind == 'a'
	switch {
	case n.Distinct:
		return nil, c.errorAt(pgerr.FeatureNotSupported, "DISTINCT is not implemented for window functions")
	case isAggregate && len(n.Args) == 0 && !n.Star:
		return nil, c.errorAt(pgerr.WrongObjectType, "%s(*) must be used to call a parameterless aggregate function", c.name)
	case len(n.OrderBy) > 0:
		return nil, c.errorAt(pgerr.FeatureNotSupported, "aggregate ORDER BY is not implemented for window functions")
	case !isAggregate && c.filter != nil:
		return nil, c.errorAt(pgerr.FeatureNotSupported, "FILTER is not implemented for non-aggregate window functions")
	}
	for _, a := range c.args {
		if call := firstSet(a); call != nil {
			return nil, s.b.errorAt(exprPos(call), pgerr.FeatureNotSupported, "window function calls cannot contain set-returning function calls").
				WithHint("You might be able to move the set-returning function into a LATERAL FROM item.")
		}
		if err := s.noWindow(a, "window function calls cannot be nested"); err != nil {
			return nil, err
		}
	}
	if err := s.windowAllowed(n.Pos); err != nil {
		return nil, err
	}
	spec, err := s.windowFor(n.Over)
	if err != nil {
		return nil, err
	}
	w := &translate.WindowCall{
		Typed: typed(c.result, n.Pos), Proc: c.proc.OID, Name: c.proc.Name, Args: c.args, Star: n.Star, Filter: c.filter,
	}
	w.Coll = resultCollation(c.result, c.args)
	id := s.b.newColumn(columnInfo{scope: s, kind: windowColumn, name: w.Name, pos: n.Pos})
	col := translate.Column{ID: id, Name: w.Name, Type: w.Typ, Coll: w.Coll}
	spec.calls = append(spec.calls, translate.WindowItem{Col: col, Call: w})
	ref := col.Ref()
	ref.Pos = n.Pos
	return ref, nil
}

// noWindow refuses window functions of this level inside e.
func (s *scope) noWindow(e translate.Expr, text string) error {
	var err error
	translate.WalkExpr(e, func(e translate.Expr) bool {
		if c, ok := e.(*translate.ColRef); ok && err == nil {
			if info := s.b.info(c.ID); info.kind == windowColumn && info.scope == s {
				err = s.b.errorAt(info.pos, pgerr.WindowingError, "%s", text)
			}
		}
		return err == nil
	})
	return err
}

// windowAllowed is the check of clauses in transformWindowFuncCall.
func (s *scope) windowAllowed(pos int) error {
	where := ""
	switch s.kind {
	case kindTarget, kindOrderBy, kindDistinctOn, kindOther, kindInsertTarget:
		return nil
	case kindJoinOn:
		where = "JOIN conditions"
	case kindFromFunction:
		where = "functions in FROM"
	case kindPartition, kindWindowOrder, kindFrameRange, kindFrameRows, kindFrameGroups:
		where = "window definitions"
	default:
		where = kindNames[s.kind]
	}
	return s.b.errorAt(pos, pgerr.WindowingError, "window functions are not allowed in %s", where)
}

// windowFor finds or makes the window of an OVER clause. Windows are bound after
// the select list, as Postgres does, by bindWindows.
func (s *scope) windowFor(def *translate.WindowDef) (*windowSpec, error) {
	if def.BareName {
		for _, w := range s.windowDefs {
			if w.name == def.Name && w.name != "" {
				return w, nil
			}
		}
		return nil, s.b.errorAt(def.Pos, pgerr.UndefinedObject, "window \"%s\" does not exist", def.Name)
	}
	for _, w := range s.windowDefs {
		if w.name == "" && sameWindow(w.def, def) {
			return w, nil
		}
	}
	w := &windowSpec{def: def}
	s.windowDefs = append(s.windowDefs, w)
	return w, nil
}

// sameWindow spares a second node for OVER clauses that are the same raw node or
// both empty.
func sameWindow(a, b *translate.WindowDef) bool {
	return a == b || a.Base == "" && b.Base == "" && a.Base == b.Base && len(a.Partition)+len(a.OrderBy)+len(b.Partition)+len(b.OrderBy) == 0 &&
		!a.HasFrame && !b.HasFrame
}

// declareWindows notes the WINDOW clause.
func (s *scope) declareWindows(defs []*translate.WindowDef) {
	for _, d := range defs {
		s.windowDefs = append(s.windowDefs, &windowSpec{def: d, name: d.Name})
	}
}

// bindWindows is transformWindowDefinitions.
func (s *scope) bindWindows(t *targetList) error {
	for i, w := range s.windowDefs {
		if w.name != "" {
			for _, other := range s.windowDefs[:i] {
				if other.name == w.name {
					return s.b.errorAt(w.def.Pos, pgerr.WindowingError, "window \"%s\" is already defined", w.name)
				}
			}
		}
		if err := s.bindWindow(w, s.windowDefs[:i], t); err != nil {
			return err
		}
	}
	return nil
}

func (s *scope) bindWindow(w *windowSpec, earlier []*windowSpec, t *targetList) error {
	def := w.def
	base, err := s.baseWindow(def, earlier)
	if err != nil {
		return err
	}
	for _, p := range def.Partition {
		e, err := s.sql99Expr(p, t, kindPartition)
		if err != nil {
			return err
		}
		if e.Type().OID == pgtypes.OIDUnknown {
			if e, err = s.b.coerce(e, pgtypes.Of(pgtypes.OIDText), implicit, 0); err != nil {
				return err
			}
		}
		if _, err := s.b.equalityFor(e.Type().OID, exprPos(e)); err != nil {
			return err
		}
		w.partition = append(w.partition, e)
	}
	for _, o := range def.OrderBy {
		e, err := s.sql99Expr(o.Expr, t, kindWindowOrder)
		if err != nil {
			return err
		}
		key, err := s.sortKey(o, e)
		if err != nil {
			return err
		}
		w.order = append(w.order, key)
	}
	if base != nil {
		if w.partition = base.partition; len(base.order) > 0 {
			w.order = base.order
		}
	}
	return s.bindFrame(w)
}

func (s *scope) baseWindow(def *translate.WindowDef, earlier []*windowSpec) (*windowSpec, error) {
	if def.Base == "" {
		return nil, nil
	}
	for _, w := range earlier {
		if w.name != def.Base {
			continue
		}
		switch {
		case len(def.Partition) > 0:
			return nil, s.b.errorAt(def.Pos, pgerr.WindowingError, "cannot override PARTITION BY clause of window \"%s\"", def.Base)
		case len(def.OrderBy) > 0 && len(w.order) > 0:
			return nil, s.b.errorAt(def.Pos, pgerr.WindowingError, "cannot override ORDER BY clause of window \"%s\"", def.Base)
		case w.def.HasFrame:
			return nil, s.b.errorAt(def.Pos, pgerr.WindowingError, "cannot copy window \"%s\" because it has a frame clause", def.Base)
		}
		return w, nil
	}
	return nil, s.b.errorAt(def.Pos, pgerr.UndefinedObject, "window \"%s\" does not exist", def.Base)
}

// bindFrame types the frame clause (transformFrameOffset).
func (s *scope) bindFrame(w *windowSpec) error {
	def := w.def
	w.frame = translate.Frame{Mode: translate.FrameRange, Start: translate.FrameBound{Kind: translate.UnboundedPreceding}, End: translate.FrameBound{Kind: translate.CurrentRow}}
	if !def.HasFrame {
		return nil
	}
	w.frame = translate.Frame{
		Mode: def.Mode, Start: translate.FrameBound{Kind: def.StartKind}, End: translate.FrameBound{Kind: def.EndKind}, Exclude: def.Exclude,
	}
	if def.Mode == translate.FrameGroups && len(w.order) == 0 {
		return s.b.errorAt(def.Pos, pgerr.WindowingError, "GROUPS mode requires an ORDER BY clause")
	}
	if def.Mode == translate.FrameRange && (def.Start != nil || def.End != nil) && len(w.order) != 1 {
		return s.b.errorAt(def.Pos, pgerr.WindowingError, "RANGE with offset PRECEDING/FOLLOWING requires exactly one ORDER BY column")
	}
	var err error
	if w.frame.Start.Offset, err = s.frameOffset(w, def.Start); err != nil {
		return err
	}
	w.frame.End.Offset, err = s.frameOffset(w, def.End)
	return err
}

func (s *scope) frameOffset(w *windowSpec, n translate.Node) (translate.Expr, error) {
	if n == nil {
		return nil, nil
	}
	construct, kind := "ROWS", kindFrameRows
	switch w.def.Mode {
	case translate.FrameRange:
		return s.rangeOffset(w, n)
	case translate.FrameGroups:
		construct, kind = "GROUPS", kindFrameGroups
	}
	e, err := s.exprIn(kind, n)
	if err != nil {
		return nil, err
	}
	if e, err = s.b.toSpecific(e, pgtypes.OIDInt8, construct); err != nil {
		return nil, err
	}
	return e, s.noColumns(e, construct)
}

// rangeOffset picks the in_range function of the ordering column's type.
func (s *scope) rangeOffset(w *windowSpec, n translate.Node) (translate.Expr, error) {
	e, err := s.exprIn(kindFrameRange, n)
	if err != nil {
		return nil, err
	}
	column := w.order[0].Expr.Type().OID
	target := rangeOffsetType(column, e.Type().OID)
	if target == 0 {
		return nil, s.b.errorAt(exprPos(e), pgerr.FeatureNotSupported, "RANGE with offset PRECEDING/FOLLOWING is not supported for column type %s and offset type %s",
			typeText(column), typeText(e.Type().OID)).WithHint("Cast the offset value to an appropriate type.")
	}
	if e, err = s.b.coerce(e, pgtypes.Of(target), implicit, 0); err != nil {
		return nil, err
	}
	return e, s.noColumns(e, "RANGE")
}

// rangeOffsetType is the offset type that in_range of a column's type takes.
func rangeOffsetType(column, offset uint32) uint32 {
	var candidates []uint32
	for _, p := range pgbuiltin.Procs("in_range") {
		if len(p.Args) == 5 && p.Args[0] == column && p.Args[1] == column {
			candidates = append(candidates, p.Args[2])
		}
	}
	found, matches := uint32(0), 0
	for _, c := range candidates {
		if c == offset {
			return c
		}
		if canCoerceOne(offset, c, implicit) {
			matches++
			if c == column || found == 0 {
				found = c
			}
		}
	}
	if offset == pgtypes.OIDUnknown && matches > 1 && found != column {
		return 0
	}
	return found
}

func (s *scope) noColumns(e translate.Expr, construct string) error {
	var err error
	translate.WalkExpr(e, func(e translate.Expr) bool {
		if c, ok := e.(*translate.ColRef); ok && err == nil && s.b.info(c.ID).scope == s {
			err = s.b.errorAt(c.Pos, pgerr.InvalidColumnReference, "argument of %s must not contain variables", construct)
		}
		return err == nil
	})
	return err
}
