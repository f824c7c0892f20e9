package translate

// Node is a node of the raw tree.
type Node interface{ isNode() }
