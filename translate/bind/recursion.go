package bind

import (
	"reflect"

	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/translate"
)

// refersTo says whether a raw query names a relation, not hidden by a WITH item
// of the same name further in.
func refersTo(n translate.Node, name string) bool { return referencePos(n, name) != 0 }

// referencePos is the position of the first such name, 0 for none.
func referencePos(n translate.Node, name string) int {
	pos := 0
	eachRangeVar(n, name, func(r *translate.RangeVar) {
		if pos == 0 {
			pos = max(r.Pos, 1)
		}
	})
	return pos
}

// eachRangeVar calls f for the unqualified mentions of a relation anywhere below n.
func eachRangeVar(n translate.Node, name string, f func(*translate.RangeVar)) {
	if n == nil || reflect.ValueOf(n).IsNil() {
		return
	}
	switch n := n.(type) {
	case *translate.RangeVar:
		if n.Schema == "" && n.Name == name {
			f(n)
		}
		return
	case *translate.SelectStmt:
		if n.With != nil {
			hidden := false
			for _, c := range n.With.CTEs {
				if !hidden || n.With.Recursive {
					eachRangeVar(c.Query, name, f)
				}
				hidden = hidden || c.Name == name
			}
			if hidden {
				return
			}
		}
	}
	eachRawChild(n, func(c translate.Node) { eachRangeVar(c, name, f) })
}

// eachRawChild calls f for the nodes directly below n, in field order. Reflection
// is enough here: it runs for WITH RECURSIVE alone.
func eachRawChild(n translate.Node, f func(translate.Node)) {
	v := reflect.ValueOf(n).Elem()
	for i := range v.NumField() {
		eachNodeIn(v.Field(i), f)
	}
}

func eachNodeIn(v reflect.Value, f func(translate.Node)) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return
		}
		if n, ok := v.Interface().(translate.Node); ok {
			if _, isWith := n.(*translate.WithClause); !isWith {
				f(n)
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			eachNodeIn(v.Index(i), f)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				eachNodeIn(v.Field(i), f)
			}
		}
	}
}

// checkStep refuses recursive references where they make no sense
// (checkWellFormedRecursion).
func (s *scope) checkStep(n *translate.SelectStmt, name string) error {
	count := 0
	var err error
	var visit func(n translate.Node, where string)
	report := func(n translate.Node, where string) {
		eachRangeVar(n, name, func(r *translate.RangeVar) {
			count++
			switch {
			case err != nil:
			case where != "":
				err = s.b.errorAt(r.Pos, pgerr.InvalidRecursion, "recursive reference to query \"%s\" must not appear within %s", name, where)
			case count > 1:
				err = s.b.errorAt(r.Pos, pgerr.InvalidRecursion, "recursive reference to query \"%s\" must not appear more than once", name)
			}
		})
	}
	visit = func(n translate.Node, where string) {
		switch n := n.(type) {
		case *translate.JoinNode:
			left, right := where, where
			switch n.Kind {
			case translate.LeftJoin:
				right = "an outer join"
			case translate.RightJoin:
				left = "an outer join"
			case translate.FullJoin:
				left, right = "an outer join", "an outer join"
			}
			visit(n.Left, left)
			visit(n.Right, right)
			if n.On != nil {
				report(n.On, "a subquery")
			}
		case *translate.SelectStmt:
			s.visitStep(n, where, visit, report)
		case *translate.RangeSubselect:
			visit(n.Query, where)
		default:
			report(n, where)
		}
	}
	visit(n, "")
	return err
}

func (s *scope) visitStep(n *translate.SelectStmt, where string, visit, report func(translate.Node, string)) {
	if n.Op != translate.NoSetOp {
		left, right := where, where
		switch n.Op {
		case translate.SetIntersect:
			if n.All {
				left, right = "INTERSECT", "INTERSECT"
			}
		case translate.SetExcept:
			if n.All {
				left = "EXCEPT"
			}
			right = "EXCEPT"
		}
		visit(n.Left, left)
		visit(n.Right, right)
		return
	}
	for _, f := range n.From {
		visit(f, where)
	}
	for _, t := range n.Targets {
		report(t, "a subquery")
	}
	for _, e := range []translate.Node{n.Where, n.Having} {
		if e != nil {
			report(e, "a subquery")
		}
	}
}
