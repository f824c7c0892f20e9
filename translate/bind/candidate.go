package bind

import "github.com/sqlgateway/gateway/internal/pgtypes"

// candidate is an operator or function that might be meant.
type candidate struct {
	oid  uint32
	args []uint32 // one for each actual argument
	from any      // what the caller needs to find again
}

// matchArgs is func_match_argtypes: the candidates that the actual types can be
// coerced to implicitly.
func matchArgs(actual []uint32, all []candidate) []candidate {
	var out []candidate
	for _, c := range all {
		if canCoerce(actual, c.args, implicit) {
			out = append(out, c)
		}
	}
	return out
}

// selectCandidate is func_select_candidate: nil when none is best.
func selectCandidate(actual []uint32, candidates []candidate) *candidate {
	inputs := make([]uint32, len(actual))
	unknowns := 0
	for i, a := range actual {
		if a == pgtypes.OIDUnknown {
			inputs[i] = a
			unknowns++
			continue
		}
		inputs[i] = baseType(a)
	}
	candidates = mostMatches(candidates, func(i int, arg uint32) bool {
		return inputs[i] != pgtypes.OIDUnknown && arg == inputs[i]
	})
	if len(candidates) == 1 {
		return &candidates[0]
	}
	categories := make([]byte, len(inputs))
	for i, in := range inputs {
		categories[i], _ = category(in)
	}
	candidates = mostMatches(candidates, func(i int, arg uint32) bool {
		return inputs[i] != pgtypes.OIDUnknown && (arg == inputs[i] || isPreferred(categories[i], arg))
	})
	if len(candidates) == 1 {
		return &candidates[0]
	}
	if unknowns == 0 {
		return nil
	}
	candidates = byUnknownCategory(inputs, candidates)
	if len(candidates) == 1 {
		return &candidates[0]
	}
	return assumeSameType(inputs, unknowns, candidates)
}

// mostMatches keeps the candidates with the most arguments that match.
func mostMatches(candidates []candidate, matches func(i int, arg uint32) bool) []candidate {
	best := 0
	var out []candidate
	for _, c := range candidates {
		n := 0
		for i, arg := range c.args {
			if matches(i, arg) {
				n++
			}
		}
		if n > best || len(out) == 0 {
			best, out = n, []candidate{c}
		} else if n == best {
			out = append(out, c)
		}
	}
	return out
}

// byUnknownCategory guesses the category of each unknown argument from the
// candidates and drops those that do not accept it.
func byUnknownCategory(inputs []uint32, candidates []candidate) []candidate {
	slots := make([]slotGuess, len(inputs))
	for i, in := range inputs {
		if in != pgtypes.OIDUnknown {
			continue
		}
		slots[i] = guessSlot(i, candidates)
		if !slots[i].resolved {
			return candidates
		}
	}
	var out []candidate
	for _, c := range candidates {
		keep := true
		for i := range inputs {
			keep = keep && slots[i].accepts(c.args[i])
		}
		if keep {
			out = append(out, c)
		}
	}
	if len(out) == 0 {
		return candidates
	}
	return out
}

type slotGuess struct {
	unknown, resolved, preferred bool
	cat                          byte
}

func guessSlot(i int, candidates []candidate) slotGuess {
	g := slotGuess{unknown: true}
	conflict := false
	for _, c := range candidates {
		cat, preferred := category(c.args[i])
		switch {
		case g.cat == 0:
			g.cat, g.preferred = cat, preferred
		case cat == g.cat:
			g.preferred = g.preferred || preferred
		case cat == categoryString:
			g.cat, g.preferred = cat, preferred
		default:
			conflict = conflict || g.cat != categoryString
		}
		if g.cat == categoryString {
			conflict = false
		}
	}
	g.resolved = !conflict || g.cat == categoryString
	return g
}

func (g slotGuess) accepts(arg uint32) bool {
	if !g.unknown {
		return true
	}
	cat, preferred := category(arg)
	return cat == g.cat && (!g.preferred || preferred)
}

// assumeSameType tries the one known type for the unknown arguments too.
func assumeSameType(inputs []uint32, unknowns int, candidates []candidate) *candidate {
	if unknowns == len(inputs) {
		return nil
	}
	known := uint32(pgtypes.OIDUnknown)
	for _, in := range inputs {
		if in == pgtypes.OIDUnknown {
			continue
		}
		if known != pgtypes.OIDUnknown && known != in {
			return nil
		}
		known = in
	}
	all := make([]uint32, len(inputs))
	for i := range all {
		all[i] = known
	}
	var found *candidate
	for i := range candidates {
		if canCoerce(all, candidates[i].args, implicit) {
			if found != nil {
				return nil
			}
			found = &candidates[i]
		}
	}
	return found
}
