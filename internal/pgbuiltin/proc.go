package pgbuiltin

// Proc is a row of pg_proc.
type Proc struct {
	OID       uint32
	Name      string
	Namespace uint32
	Language  uint32
	Variadic  uint32 // element type of the variadic argument, 0 for none
	Kind      byte   // f function, p procedure, a aggregate, w window function
	Strict    bool
	ReturnSet bool
	// Volatility is i, s or v.
	Volatility byte
	Result     uint32
	Args       []uint32 // the input arguments
	AllArgs    []uint32 // all arguments when there are others; else nil
	Modes      []byte   // parallel to AllArgs: i, o, b, v, t
	Names      []string // parallel to AllArgs, or to Args
	NDefaults  int      // the last NDefaults input arguments have defaults
	Defaults   string   // their expressions, comma-separated
	Source     string   // prosrc: the C symbol of a built-in
}

var procs = table("pg_proc", []string{
	"oid", "proname", "pronamespace", "prolang", "provariadic", "prokind", "proisstrict", "proretset",
	"provolatile", "prorettype", "proargtypes", "proallargtypes", "proargmodes", "proargnames", "pronargdefaults",
	"proargdefaults", "prosrc",
}, func(c []string) Proc {
	p := Proc{
		OID: parseOID(c[0]), Name: unescape(c[1]), Namespace: parseOID(c[2]), Language: parseOID(c[3]),
		Variadic: parseOID(c[4]), Kind: parseByte(c[5]), Strict: parseBool(c[6]), ReturnSet: parseBool(c[7]),
		Volatility: parseByte(c[8]), Result: parseOID(c[9]), Args: parseOIDs(c[10]), AllArgs: parseOIDs(c[11]),
		Names: parseNames(c[13]), NDefaults: parseInt(c[14]), Defaults: unescape(c[15]), Source: unescape(c[16]),
	}
	for _, mode := range parseNames(c[12]) {
		p.Modes = append(p.Modes, mode[0])
	}
	return p
})

var (
	procsByOID  = index(procs, func(p *Proc) uint32 { return p.OID })
	procsByName = multi(procs, func(p *Proc) string { return p.Name })
)

// AllProcs are all rows of pg_proc.
func AllProcs() []Proc { return procs() }

// ProcByOID finds a function, or gives nil.
func ProcByOID(oid uint32) *Proc { return procsByOID()[oid] }

// Procs are the functions of a name, of every schema.
func Procs(name string) []*Proc { return procsByName()[name] }

// OutColumns are the columns of a result with OUT or TABLE arguments; nil without.
func (p *Proc) OutColumns() (names []string, types []uint32) {
	for i, mode := range p.Modes {
		if mode != 'o' && mode != 'b' && mode != 't' {
			continue
		}
		name := ""
		if i < len(p.Names) {
			name = p.Names[i]
		}
		names, types = append(names, name), append(types, p.AllArgs[i])
	}
	return names, types
}

// ArgNames are the names of the input arguments, nil if it has none.
func (p *Proc) ArgNames() []string {
	if p.Modes == nil {
		return p.Names
	}
	var names []string
	for i, mode := range p.Modes {
		if mode != 'i' && mode != 'b' && mode != 'v' {
			continue
		}
		if i < len(p.Names) {
			names = append(names, p.Names[i])
		}
	}
	return names
}

// Aggregate is a row of pg_aggregate.
type Aggregate struct {
	Proc       uint32
	Kind       byte // n normal, o ordered-set, h hypothetical-set
	DirectArgs int
	TransFunc  uint32
	FinalFunc  uint32
	CombineFn  uint32
	SortOp     uint32
	TransType  uint32
}

var aggregates = table("pg_aggregate", []string{
	"aggfnoid", "aggkind", "aggnumdirectargs", "aggtransfn", "aggfinalfn", "aggcombinefn", "aggsortop", "aggtranstype",
}, func(c []string) Aggregate {
	return Aggregate{
		Proc: parseOID(c[0]), Kind: parseByte(c[1]), DirectArgs: parseInt(c[2]), TransFunc: parseOID(c[3]),
		FinalFunc: parseOID(c[4]), CombineFn: parseOID(c[5]), SortOp: parseOID(c[6]), TransType: parseOID(c[7]),
	}
})

var aggregatesByProc = index(aggregates, func(a *Aggregate) uint32 { return a.Proc })

// AggregateByProc finds the aggregate of a function, or gives nil.
func AggregateByProc(proc uint32) *Aggregate { return aggregatesByProc()[proc] }
