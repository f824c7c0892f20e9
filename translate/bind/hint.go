package bind

// maxFuzzyDistance is how far off a name may be to be suggested.
const maxFuzzyDistance = 3

// fuzzyMatch is FuzzyAttrMatchState: the columns closest to a misspelt one.
type fuzzyMatch struct {
	distance      int
	first, second *place
	exact         bool
}

// closestColumn is searchRangeTableForCol.
func (s *scope) closestColumn(relation, name string) *fuzzyMatch {
	m := &fuzzyMatch{distance: maxFuzzyDistance + 1}
	for level := s; level != nil; level = level.parent {
		for _, item := range level.all {
			if item.join {
				continue
			}
			penalty := 0
			if relation != "" {
				penalty = levenshtein(relation, item.name, maxFuzzyDistance+1)
			}
			for i := range item.cols {
				if item.cols[i].name == name && penalty == 0 {
					return &fuzzyMatch{first: &place{item, name}, exact: true}
				}
			}
			for i := range item.cols {
				m.consider(item, item.cols[i].name, name, penalty)
			}
		}
	}
	return m
}

// consider is updateFuzzyAttrMatchState.
func (m *fuzzyMatch) consider(item *nsItem, actual, wanted string, penalty int) {
	if penalty > m.distance || actual == "" {
		return
	}
	d := levenshtein(actual, wanted, m.distance+1-penalty)
	if d > len(wanted)/2 {
		return
	}
	d += penalty
	switch {
	case d < m.distance:
		m.distance, m.first, m.second = d, &place{item, actual}, nil
	case d > m.distance:
	case m.second != nil:
		m.first, m.second, m.distance = nil, nil, d-1
	case m.first != nil:
		m.second = &place{item, actual}
	case m.distance <= maxFuzzyDistance:
		m.first = &place{item, actual}
	}
}

// levenshtein is the edit distance of two names, bound+1 when it is above bound.
func levenshtein(a, b string, bound int) int {
	x, y := []rune(a), []rune(b)
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(x); i++ {
		diagonal := row[0]
		row[0] = i
		for j := 1; j <= len(y); j++ {
			cost := diagonal
			if x[i-1] != y[j-1] {
				cost++
			}
			diagonal = row[j]
			row[j] = min(cost, row[j]+1, row[j-1]+1)
		}
	}
	if d := row[len(y)]; d <= bound {
		return d
	}
	return bound + 1
}
