package eval

import (
	"strings"

	"github.com/sqlgateway/gateway/exec/vector"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// setFunctions are the set-returning functions by prosrc.
var setFunctions = map[string]func(c *call, args []pgtypes.Datum) (SetRows, error){
	"generate_series_int4":      intSeries,
	"generate_series_step_int4": intSeries,
	"generate_series_int8":      intSeries,
	"generate_series_step_int8": intSeries,
	"generate_series_numeric":   numericSeries, "generate_series_step_numeric": numericSeries,
	"generate_series_timestamp": func(_ *call, a []pgtypes.Datum) (SetRows, error) {
		return timeSeries(a, timestampPlus)
	},
	"generate_series_timestamptz": func(c *call, a []pgtypes.Datum) (SetRows, error) {
		return timeSeries(a, func(t int64, i interval) (int64, error) { return timestamptzPlus(c.zone(), t, i) })
	},
	"generate_subscripts":       subscripts,
	"generate_subscripts_nodir": subscripts,
	"array_unnest": func(_ *call, a []pgtypes.Datum) (SetRows, error) {
		return column(a[0].(array).Elements), nil
	},
	"text_to_table":      textToTable,
	"text_to_table_null": textToTable,
	"regexp_matches":     regexMatches, "regexp_matches_no_flags": regexMatches,
	"regexp_split_to_table": regexTable, "regexp_split_to_table_no_flags": regexTable,
	"json_array_elements": jsonElements(false), "json_array_elements_text": jsonElements(true),
	"jsonb_array_elements": jsonElements(false), "jsonb_array_elements_text": jsonElements(true),
	"json_each": jsonEach(false), "json_each_text": jsonEach(true), "jsonb_each": jsonEach(false), "jsonb_each_text": jsonEach(true),
	"json_object_keys": jsonKeys, "jsonb_object_keys": jsonKeys,
	"pg_options_to_table": optionsToTable, "pg_partition_ancestors": noRows, "pg_partition_tree": noRows,
	"pg_get_keywords": keywordList, "pg_get_publication_tables": noRows, "pg_show_all_file_settings": noRows,
	"_pg_expandarray(2277)": expandArray,
}

// column makes rows of one column.
func column(values []pgtypes.Datum) SetRows {
	rows := make([][]pgtypes.Datum, len(values))
	for i, d := range values {
		rows[i] = []pgtypes.Datum{d}
	}
	return &listRows{rows}
}

func errZeroStep() error {
	return pgerr.New(pgerr.InvalidParameterValue, "step size cannot equal zero")
}

// series is generate_series over integers.
type series struct {
	next, stop, step int64
	done             bool
}

func asInt64(d pgtypes.Datum) int64 {
	if x, ok := d.(int32); ok {
		return int64(x)
	}
	return d.(int64)
}

func intSeries(_ *call, a []pgtypes.Datum) (SetRows, error) {
	s := &series{next: asInt64(a[0]), stop: asInt64(a[1]), step: 1}
	if len(a) > 2 {
		s.step = asInt64(a[2])
	}
	if s.step == 0 {
		return nil, errZeroStep()
	}
	return s, nil
}

// Next implements SetRows.
func (s *series) Next(dst []*vector.Vector, limit int) (int, error) {
	n := 0
	v := dst[0]
	for n < limit && !s.done && (s.step > 0 && s.next <= s.stop || s.step < 0 && s.next >= s.stop) {
		if v.Form == vector.FormInt32 {
			v.I32 = append(v.I32, int32(s.next))
		} else {
			v.I64 = append(v.I64, s.next)
		}
		n++
		next, err := intApply('+', s.next, s.step)
		s.next, s.done = next, err != nil
	}
	return n, nil
}

func numericSeries(_ *call, a []pgtypes.Datum) (SetRows, error) {
	next, stop, step := a[0].(numeric), a[1].(numeric), numericOf(1)
	if len(a) > 2 {
		step = a[2].(numeric)
	}
	for _, bound := range []struct {
		x    numeric
		name string
	}{{next, "start value"}, {stop, "stop value"}, {step, "step size"}} {
		switch {
		case bound.x.IsNaN():
			return nil, pgerr.New(pgerr.InvalidParameterValue, "%s cannot be NaN", bound.name)
		case bound.x.IsInf():
			return nil, pgerr.New(pgerr.InvalidParameterValue, "%s cannot be infinity", bound.name)
		}
	}
	if step.IsZero() {
		return nil, errZeroStep()
	}
	return generator(func() (pgtypes.Datum, bool, error) {
		if c := next.Cmp(stop); step.Sign() > 0 && c > 0 || step.Sign() < 0 && c < 0 {
			return nil, false, nil
		}
		now := next
		var err error
		next, err = next.Add(step)
		return now, true, err
	}), nil
}

func timeSeries(a []pgtypes.Datum, plus func(int64, interval) (int64, error)) (SetRows, error) {
	next, stop, step := a[0].(int64), a[1].(int64), a[2].(interval)
	sign := vector.IntervalSpan(step).Sign()
	if sign == 0 {
		return nil, errZeroStep()
	}
	return generator(func() (pgtypes.Datum, bool, error) {
		if sign > 0 && next > stop || sign < 0 && next < stop {
			return nil, false, nil
		}
		now := next
		var err error
		next, err = plus(next, step)
		return now, true, err
	}), nil
}

func subscripts(_ *call, a []pgtypes.Datum) (SetRows, error) {
	dims, d := a[0].(array).Dims, a[1].(int32)
	if d < 1 || int(d) > len(dims) {
		return &listRows{}, nil
	}
	low := int64(dims[d-1].Lower)
	high := low + int64(dims[d-1].Length) - 1
	if len(a) > 2 && a[2].(bool) {
		return &series{next: high, stop: low, step: -1}, nil
	}
	return &series{next: low, stop: high, step: 1}, nil
}

func textToTable(_ *call, a []pgtypes.Datum) (SetRows, error) {
	if a[0] == nil {
		return &listRows{}, nil
	}
	var null pgtypes.Datum
	if len(a) > 2 {
		null = a[2]
	}
	return column(textToArray(a[0], a[1], null).(array).Elements), nil
}

func flagsOf(a []pgtypes.Datum) string {
	if len(a) > 2 {
		return a[2].(string)
	}
	return ""
}

func regexMatches(c *call, a []pgtypes.Datum) (SetRows, error) {
	flags := flagsOf(a)
	re, err := c.positional(a[1].(string), strings.ReplaceAll(flags, "g", ""))
	if err != nil {
		return nil, err
	}
	limit := 1
	if strings.Contains(flags, "g") {
		limit = -1
	}
	var values []pgtypes.Datum
	s := a[0].(string)
	for _, m := range re.FindAllStringSubmatchIndex(s, limit) {
		values = append(values, matchArray(s, m))
	}
	return column(values), nil
}

func regexTable(c *call, a []pgtypes.Datum) (SetRows, error) {
	flags := flagsOf(a)
	if err := noGlobal(flags, "regexp_split_to_table()"); err != nil {
		return nil, err
	}
	re, err := c.positional(a[1].(string), flags)
	if err != nil {
		return nil, err
	}
	var values []pgtypes.Datum
	for _, part := range regexParts(re, a[0].(string)) {
		values = append(values, part)
	}
	return column(values), nil
}
