package eval

import (
	"github.com/sqlgateway/gateway/exec/vector"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// perEntry keeps a predicate's answers for the entries of the dictionary that it saw
// last: a file's column of a few texts is compared once, not once a row.
type perEntry struct {
	dict *vector.Vector
	is   vector.Vector
	out  vector.Vector
}

// of gives the answers for v's rows, or nil where asking for each entry does not pay
// or fails for an entry, which no row need have. ask computes a boolean for each of n
// entries.
func (p *perEntry) of(v *vector.Vector, rows int, ask func(dict *vector.Vector, n int) (*vector.Vector, error)) *vector.Vector {
	entries := v.Dict.Len()
	if entries == 0 || p.dict != v.Dict && entries > rows {
		return nil
	}
	if p.dict != v.Dict {
		is, err := ask(v.Dict, entries)
		if err != nil {
			return nil
		}
		vector.Copy(&p.is, is, nil, entries)
		p.dict = v.Dict
	}
	p.out.Alloc(vector.FormBool, rows)
	p.out.Type = pgtypes.Of(pgtypes.OIDBool)
	for i, c := range v.Codes[:rows] {
		p.out.Bool[i] = p.is.Bool[c]
	}
	if p.is.Null == nil && v.Null == nil {
		return &p.out
	}
	null := p.out.MakeNull(rows)
	for i, c := range v.Codes[:rows] {
		null[i] = v.Null != nil && v.Null[i] || p.is.Null != nil && p.is.Null[c]
	}
	return &p.out
}
