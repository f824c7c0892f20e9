package plan_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// queryMaker makes queries over the tables of answersSchema that Postgres accepts.
type queryMaker struct {
	r       *rand.Rand
	aliases int
}

// relation is an alias with its integer columns.
type relation struct {
	alias string
	ints  []string
}

var tableInts = map[string][]string{"t": {"id", "k", "v"}, "u": {"id", "k", "v"}, "w": {"a", "b", "k", "v"}}

func pick[T any](g *queryMaker, list ...T) T { return list[g.r.IntN(len(list))] }

func (g *queryMaker) table() (string, relation) {
	name := pick(g, "t", "u", "w")
	g.aliases++
	alias := fmt.Sprintf("%s%d", name, g.aliases)
	return name + " " + alias, relation{alias, tableInts[name]}
}

func (g *queryMaker) column(rels []relation) string {
	rel := rels[g.r.IntN(len(rels))]
	return rel.alias + "." + rel.ints[g.r.IntN(len(rel.ints))]
}

// from joins one to three tables.
func (g *queryMaker) from() (string, []relation) {
	text, rel := g.table()
	rels := []relation{rel}
	for range g.r.IntN(3) {
		next, rel := g.table()
		before := rels
		rels = append(rels, rel)
		on := g.column(before) + " = " + g.column(rels[len(rels)-1:])
		if g.r.IntN(3) == 0 {
			on += " AND " + g.condition(rels, 0)
		}
		kind := pick(g, "JOIN", "JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN")
		if kind == "FULL JOIN" {
			on = g.column(before) + " = " + g.column(rels[len(rels)-1:])
		}
		text += " " + kind + " " + next + " ON " + on
	}
	return text, rels
}

// condition is a condition over rels, with sub-queries while depth allows.
func (g *queryMaker) condition(rels []relation, depth int) string {
	c := g.column(rels)
	choice := g.r.IntN(8)
	if depth > 0 {
		choice = g.r.IntN(15)
	}
	switch choice {
	case 0:
		return fmt.Sprintf("%s = %d", c, g.r.IntN(7))
	case 1:
		return fmt.Sprintf("%s %s %s", c, pick(g, "<", ">=", "<>", "="), g.column(rels))
	case 2:
		return c + pick(g, " IS NULL", " IS NOT NULL")
	case 3:
		return fmt.Sprintf("%s IN (%d, %d)", c, g.r.IntN(7), g.r.IntN(20))
	case 4:
		return fmt.Sprintf("(%s OR %s)", g.condition(rels, depth-1), g.condition(rels, depth-1))
	case 5:
		return fmt.Sprintf("NOT (%s)", g.condition(rels, depth-1))
	case 6:
		return fmt.Sprintf("coalesce(%s, 2) > %d", c, g.r.IntN(6))
	case 7:
		return fmt.Sprintf("%s BETWEEN %d AND %d", c, g.r.IntN(4), 3+g.r.IntN(20))
	}
	return g.subqueryCondition(rels, c, choice)
}

func (g *queryMaker) subqueryCondition(rels []relation, c string, choice int) string {
	from, inner := g.inner(rels)
	col := g.column(inner)
	switch choice {
	case 8:
		return fmt.Sprintf("EXISTS (SELECT 1 FROM %s)", from)
	case 9:
		return fmt.Sprintf("NOT EXISTS (SELECT 1 FROM %s)", from)
	case 10:
		return fmt.Sprintf("%s IN (SELECT %s FROM %s)", c, col, from)
	case 11:
		return fmt.Sprintf("%s NOT IN (SELECT %s FROM %s)", c, col, from)
	case 12:
		return fmt.Sprintf("%s %s (SELECT %s(%s) FROM %s)", c, pick(g, "<", "=", ">="), pick(g, "max", "min", "count", "sum"), col, from)
	case 13:
		return fmt.Sprintf("%s %s %s (SELECT %s FROM %s)", c, pick(g, "<", ">=", "<>"), pick(g, "ANY", "ALL"), col, from)
	default:
		return fmt.Sprintf("(%s = 1 OR %s IN (SELECT %s FROM %s)) IS NOT TRUE", c, g.column(rels), col, from)
	}
}

// inner is a FROM and WHERE, often correlated with outer relations.
func (g *queryMaker) inner(outer []relation) (string, []relation) {
	text, rel := g.table()
	inner := []relation{rel}
	var conds []string
	if g.r.IntN(3) > 0 && len(outer) > 0 {
		conds = append(conds, fmt.Sprintf("%s %s %s", g.column(inner), pick(g, "=", "=", "=", "<>"), g.column(outer)))
	}
	if g.r.IntN(2) == 0 {
		conds = append(conds, g.condition(inner, g.r.IntN(2)))
	}
	if len(conds) > 0 {
		text += " WHERE " + strings.Join(conds, " AND ")
	}
	return text, inner
}

// value is an integer expression, sometimes a correlated sub-query.
func (g *queryMaker) value(rels []relation) string {
	from, inner := g.inner(rels)
	switch g.r.IntN(8) {
	case 0:
		return fmt.Sprintf("(SELECT %s(%s) FROM %s)", pick(g, "max", "count", "sum"), g.column(inner), from)
	case 1:
		return fmt.Sprintf("%s IN (SELECT %s FROM %s)", g.column(rels), g.column(inner), from)
	case 2:
		return fmt.Sprintf("EXISTS (SELECT 1 FROM %s)", from)
	case 3:
		order := strings.Join([]string{inner[0].alias + "." + inner[0].ints[0], inner[0].alias + "." + inner[0].ints[1]}, ", ")
		return fmt.Sprintf("(SELECT %s FROM %s ORDER BY %s LIMIT 1)", g.column(inner), from, order)
	case 4:
		return fmt.Sprintf("CASE WHEN %s THEN %s ELSE 0 END", g.condition(rels, 1), g.column(rels))
	}
	return g.column(rels)
}

// derived is a query with the integer columns x and y, of one of the shapes that
// conditions are pushed through.
func (g *queryMaker) derived() string {
	from, rels := g.from()
	if g.r.IntN(2) == 0 {
		from += " WHERE " + g.condition(rels, 1)
	}
	a, b := g.column(rels), g.column(rels)
	switch g.r.IntN(8) {
	case 0:
		return fmt.Sprintf("SELECT %s AS x, count(*)::int AS y FROM %s GROUP BY %s", a, from, a)
	case 1:
		return fmt.Sprintf("SELECT DISTINCT %s AS x, %s AS y FROM %s", a, b, from)
	case 2:
		return fmt.Sprintf("SELECT x, (rank() OVER (PARTITION BY x ORDER BY y))::int AS y FROM (SELECT %s AS x, %s AS y FROM %s) z", a, b, from)
	case 3:
		other, inner := g.inner(rels[:0:0])
		return fmt.Sprintf("SELECT %s AS x, %s AS y FROM %s %s SELECT %s, %s FROM %s", a, b, from,
			pick(g, "UNION ALL", "UNION", "INTERSECT", "EXCEPT", "EXCEPT ALL"), g.column(inner), g.column(inner), other)
	case 4:
		return fmt.Sprintf("SELECT x, y FROM (SELECT %s AS x, %s AS y FROM %s) z ORDER BY x, y LIMIT %d", a, b, from, 3+g.r.IntN(30))
	case 5:
		return fmt.Sprintf("SELECT coalesce(%s, 1) AS x, %s + 1 AS y FROM %s", a, b, from)
	case 6:
		return fmt.Sprintf("SELECT DISTINCT ON (x) x, y FROM (SELECT %s AS x, %s AS y FROM %s) z ORDER BY x, y", a, b, from)
	}
	return fmt.Sprintf("SELECT %s AS x, max(%s) AS y FROM %s GROUP BY ROLLUP (%s)", a, b, from, a)
}

// nested is a query over derived tables.
func (g *queryMaker) nested() string {
	rels := []relation{{"d", []string{"x", "y"}}}
	d := g.derived()
	switch g.r.IntN(4) {
	case 0:
		return fmt.Sprintf("WITH d AS %s(%s) SELECT d.x, d.y, e.y FROM d JOIN d e ON e.x = d.x WHERE %s",
			pick(g, "", "MATERIALIZED ", "NOT MATERIALIZED "), d, g.condition(append(rels, relation{"e", []string{"x", "y"}}), 1))
	case 1:
		e := g.derived()
		rels = append(rels, relation{"e", []string{"x", "y"}})
		return fmt.Sprintf("SELECT d.x, e.y FROM (%s) d %s (%s) e ON d.x = e.x WHERE %s", d,
			pick(g, "JOIN", "LEFT JOIN", "FULL JOIN"), e, g.condition(rels, 1))
	case 2:
		return fmt.Sprintf("SELECT d.x, count(*) FROM (%s) d WHERE %s GROUP BY d.x HAVING %s", d, g.condition(rels, 1),
			pick(g, "count(*) > 1", "d.x > 2", "d.x IS NULL OR count(*) < 4"))
	}
	return fmt.Sprintf("SELECT d.x, d.y FROM (%s) d WHERE %s", d, g.condition(rels, 2))
}

func (g *queryMaker) query() string {
	g.aliases = 0
	if g.r.IntN(3) == 0 {
		return g.nested()
	}
	from, rels := g.from()
	where := ""
	if g.r.IntN(4) > 0 {
		conds := []string{g.condition(rels, 2)}
		for range g.r.IntN(2) {
			conds = append(conds, g.condition(rels, 1))
		}
		where = " WHERE " + strings.Join(conds, " AND ")
	}
	switch g.r.IntN(5) {
	case 0:
		key := g.column(rels)
		return fmt.Sprintf("SELECT %s, count(*), sum(%s), max(%s) FROM %s%s GROUP BY %s", key, g.column(rels), g.column(rels), from, where, key)
	case 1:
		return fmt.Sprintf("SELECT DISTINCT %s, %s FROM %s%s", g.column(rels), g.column(rels), from, where)
	case 2:
		lateralFrom, inner := g.inner(rels)
		return fmt.Sprintf("SELECT %s, x.c FROM %s CROSS JOIN LATERAL (SELECT %s AS c FROM %s) x%s",
			g.column(rels), from, pick(g, g.column(inner), "count(*)", "max("+g.column(inner)+")"), lateralFrom, where)
	}
	return fmt.Sprintf("SELECT %s, %s FROM %s%s", g.value(rels), g.value(rels), from, where)
}
