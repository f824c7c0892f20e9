package bind

import (
	"github.com/sqlgateway/gateway/internal/pgbuiltin"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// resultCollation is the collation of a result of a type, derived from its
// arguments: the first explicit one, else the first that is not the default.
func resultCollation(typ uint32, args []translate.Expr) uint32 {
	own := typeCollation(typ)
	if own == 0 {
		return 0
	}
	found := uint32(0)
	for _, a := range args {
		c := a.Collation()
		if c == 0 {
			continue
		}
		if _, isExplicit := a.(*translate.Collate); isExplicit {
			return c
		}
		if found == 0 || found == pgtypes.CollationDefault {
			found = c
		}
	}
	if found != 0 {
		return found
	}
	return own
}

// applyCollations raises 42P21 for explicit collations that meet and differ
// (assign_expr_collations). Only statements with COLLATE can have such.
func (b *binder) applyCollations(s translate.Statement) error {
	if !b.sawCollate {
		return nil
	}
	c := &collationCheck{b: b}
	switch s := s.(type) {
	case *translate.Query:
		c.rel(s.Rel)
	case *translate.Insert:
		c.rel(s.Source)
	case *translate.Update:
		c.rel(s.Input)
		for _, a := range s.Sets {
			c.explicit(a.Value)
		}
	case *translate.Delete:
		c.rel(s.Input)
	case *translate.Utility:
		if s.Sub != nil {
			return b.applyCollations(s.Sub)
		}
	}
	return c.err
}

type collationCheck struct {
	b   *binder
	err error
}

func (c *collationCheck) rel(r translate.Rel) {
	translate.WalkRel(r, func(r translate.Rel) bool {
		translate.EachExpr(r, func(e translate.Expr) { c.explicit(e) })
		return c.err == nil
	})
}

// explicit is the explicit collation of e, nil for none. It reaches as far up as
// results have a collation at all.
func (c *collationCheck) explicit(e translate.Expr) *translate.Collate {
	if n, ok := e.(*translate.Collate); ok {
		c.explicit(n.Arg)
		return n
	}
	var found *translate.Collate
	if sub, ok := e.(*translate.Subquery); ok {
		c.rel(sub.Rel)
	}
	translate.EachChild(e, func(child translate.Expr) {
		one := c.explicit(child)
		switch {
		case one == nil || c.err != nil:
		case found != nil && found.Coll != one.Coll && combines(e):
			c.err = c.b.errorAt(one.Pos, pgerr.CollationMismatch, "collation mismatch between explicit collations \"%s\" and \"%s\"",
				collationName(found.Coll), collationName(one.Coll))
		case found == nil:
			found = one
		}
	})
	if typeCollation(e.Type().OID) == 0 {
		return nil
	}
	return found
}

// combines says whether a node's operands share one collation.
func combines(e translate.Expr) bool {
	switch e.(type) {
	case *translate.RowExpr, *translate.RowCompare, *translate.BoolExpr, *translate.Subquery:
		return false
	}
	return true
}

func collationName(oid uint32) string {
	if c := pgbuiltin.CollationByOID(oid); c != nil {
		return c.Name
	}
	return "???"
}
