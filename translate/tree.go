package translate

// Node is a node of the raw tree: what the grammar yields, before any name is
// looked up. Nodes are pointers to the structs of tree_*.go and are immutable once
// Parse has returned them.
type Node interface {
	// Position is where Postgres would put the error cursor for this node: 1-based,
	// in characters of the whole text, 0 if unknown. For an operator that is the
	// operator itself, for most others their first token; see Leftmost.
	Position() int
	isNode()
}

// At is the position of a node. Nodes embed it.
type At struct{ Pos int }

// Position implements Node.
func (a At) Position() int { return a.Pos }

func (At) isNode() {}

// RawStatement is one statement of a text.
type RawStatement struct {
	Node Node
	// Text is the statement without the semicolon, and without the blanks and
	// comments around it.
	Text string
	// Start and End are Text's byte range in the whole text. Positions of nodes count
	// from the start of the whole text, as Postgres reports them.
	Start, End int
}

// Leftmost is the position of the first token of an expression: what Postgres
// calls exprLocation, used where it blames a whole expression and not its operator.
func Leftmost(n Node) int {
	switch n := n.(type) {
	case nil:
		return 0
	case *AExpr:
		if n.Left == nil {
			return n.Pos
		}
		return earlier(n.Pos, Leftmost(n.Left))
	case *BoolNode:
		return earlier(n.Pos, leftmostOf(n.Args))
	case *TypeCast:
		return earlier(earlier(Leftmost(n.Arg), n.TypeName.Pos), n.Pos)
	case *CollateClause:
		return earlier(n.Pos, Leftmost(n.Arg))
	case *FuncCall:
		return earlier(n.Pos, leftmostOf(n.Args))
	case *NamedArg:
		return earlier(n.Pos, Leftmost(n.Arg))
	case *SubLink:
		if n.Test == nil {
			return n.Pos
		}
		return earlier(n.Pos, Leftmost(n.Test))
	case *NullTestNode:
		return earlier(n.Pos, Leftmost(n.Arg))
	case *BoolTestNode:
		return earlier(n.Pos, Leftmost(n.Arg))
	case *Indirection:
		return Leftmost(n.Arg)
	case *List:
		return leftmostOf(n.Items)
	case *ResTarget:
		if n.Pos != 0 {
			return n.Pos
		}
		return Leftmost(n.Value)
	case *SortBy:
		return Leftmost(n.Expr)
	default:
		return n.Position()
	}
}

func leftmostOf(nodes []Node) int {
	for _, n := range nodes {
		if at := Leftmost(n); at != 0 {
			return at
		}
	}
	return 0
}

// earlier is the smaller of two positions, of which 0 is none.
func earlier(a, b int) int {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}
