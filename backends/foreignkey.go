package backends

import "strings"

// ReferentialAction is pg_constraint's letter for an action in the standard's words.
func ReferentialAction(words string) byte {
	switch strings.ToUpper(words) {
	case "RESTRICT":
		return 'r'
	case "CASCADE":
		return 'c'
	case "SET NULL":
		return 'n'
	case "SET DEFAULT":
		return 'd'
	default:
		return 'a'
	}
}
