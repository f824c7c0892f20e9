package pgbuiltin

import (
	"testing"
	"time"
)

func TestLookups(t *testing.T) {
	start := time.Now()
	if p := ProcByOID(1242); p == nil || p.Name != "boolin" {
		t.Errorf("proc 1242 is %+v", p)
	}
	t.Logf("pg_proc parsed in %v", time.Since(start))
	for typ, want := range map[uint32]string{23: "int4lt", 1043: "text_lt", 1700: "numeric_lt", 1007: "array_lt", 26: "oidlt", 2205: "oidlt", 1560: "bitlt", 1042: "bpcharlt", 650: "network_lt"} {
		less, equal, greater := SortOperators(typ)
		if o := OperatorByOID(less); o == nil || ProcByOID(o.Proc).Name != want || equal == 0 || greater == 0 {
			t.Errorf("type %d: less %+v, want %s", typ, o, want)
		}
	}
	if less, _, _ := SortOperators(114); less != 0 {
		t.Errorf("json sorts with %d", less)
	}
	if c := CastBetween(23, 20); c == nil || c.Context != 'i' || c.Method != 'f' {
		t.Errorf("int4 to int8: %+v", c)
	}
	if o := OperatorExact("+", 23, 23); o == nil || o.Result != 23 {
		t.Errorf("int4 + int4: %+v", o)
	}
	if ty := TypeByName("", "_int4"); ty == nil || !ty.IsTrueArray() || ty.Element != 23 {
		t.Errorf("_int4: %+v", ty)
	}
	if a := AggregateByProc(Procs("percentile_cont")[0].OID); a == nil || a.Kind != 'o' || a.DirectArgs != 1 {
		t.Errorf("percentile_cont: %+v", a)
	}
	if s := SettingByName("DateStyle"); s == nil || s.Value != "ISO, MDY" {
		t.Errorf("DateStyle: %+v", s)
	}
	if names, types := Procs("json_each")[0].OutColumns(); len(names) != 2 || names[1] != "value" || types[0] != 25 {
		t.Errorf("json_each gives %v %v", names, types)
	}
}

func TestEveryRelationLoads(t *testing.T) {
	for _, name := range RelationNames() {
		r := Load(name)
		if r == nil || len(r.Rows) == 0 || len(r.Columns) < 3 {
			t.Errorf("%s is empty", name)
		}
	}
	if ServerVersion()[:3] != "15." {
		t.Errorf("version %q", ServerVersion())
	}
}
