package pgtypes

import (
	"encoding/binary"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // zones must not depend on the machine's files
)

var zoneIndex = sync.OnceValue(func() map[string]string {
	m := make(map[string]string, len(zoneNames))
	for _, name := range zoneNames {
		m[strings.ToLower(name)] = name
	}
	return m
})

// LoadZone finds a time zone by its name in any case, or by a POSIX specification
// such as EST5EDT or <+03>-3.
func LoadZone(name string) (*time.Location, bool) {
	if canonical, ok := zoneIndex()[strings.ToLower(name)]; ok {
		if canonical == "UTC" {
			return time.UTC, true
		}
		if zone, err := time.LoadLocation(canonical); err == nil {
			return zone, true
		}
	}
	return posixZone(name)
}

// posixZone reads std offset [dst [offset] [,rule]]. Offsets count west.
func posixZone(spec string) (*time.Location, bool) {
	name, rest, ok := posixName(spec)
	if !ok {
		return nil, false
	}
	west, rest, ok := posixOffset(rest)
	if !ok {
		return nil, false
	}
	if rest == "" {
		return time.FixedZone(strings.ToUpper(name), -west), true
	}
	_, rest, ok = posixName(rest)
	if ok && rest != "" && rest[0] != ',' {
		_, rest, ok = posixOffset(rest)
	}
	switch {
	case !ok || rest != "" && rest[0] != ',':
		return nil, false
	case rest == "":
		// The rule of the United States is the one that is assumed.
		spec += ",M3.2.0,M11.1.0"
	}
	zone, err := time.LoadLocationFromTZData(strings.ToUpper(spec), footerZone(name, -west, strings.ToUpper(spec)))
	return zone, err == nil
}

func posixName(s string) (name, rest string, ok bool) {
	if strings.HasPrefix(s, "<") {
		end := strings.IndexByte(s, '>')
		if end < 2 {
			return "", s, false
		}
		return s[1:end], s[end+1:], true
	}
	end := 0
	for end < len(s) && !isDigit(s[end]) && s[end] != ',' && s[end] != '-' && s[end] != '+' {
		end++
	}
	return s[:end], s[end:], end > 0
}

// posixOffset reads [+-]hh[:mm[:ss]] in seconds.
func posixOffset(s string) (seconds int, rest string, ok bool) {
	sign := 1
	if s != "" && (s[0] == '+' || s[0] == '-') {
		if s[0] == '-' {
			sign = -1
		}
		s = s[1:]
	}
	unit := 3600
	for range 3 {
		end, v := 0, 0
		for end < len(s) && isDigit(s[end]) && v < 1000 {
			v = v*10 + int(s[end]-'0')
			end++
		}
		if end == 0 || unit == 3600 && v > 167 || unit < 3600 && v > 59 {
			return 0, s, false
		}
		seconds += v * unit
		unit /= 60
		s = s[end:]
		if !strings.HasPrefix(s, ":") || unit == 0 {
			break
		}
		s = s[1:]
	}
	return sign * seconds, s, true
}

// footerZone is a TZif file with no transitions but those its footer gives.
func footerZone(name string, east int, footer string) []byte {
	block := func(dst []byte) []byte {
		dst = append(dst, "TZif2"...)
		dst = append(dst, make([]byte, 15)...)
		for _, n := range []int{0, 0, 0, 0, 1, len(name) + 1} {
			dst = binary.BigEndian.AppendUint32(dst, uint32(n))
		}
		dst = binary.BigEndian.AppendUint32(dst, uint32(int32(east)))
		dst = append(dst, 0, 0)
		return append(append(dst, strings.ToUpper(name)...), 0)
	}
	b := block(block(nil))
	return append(append(append(b, '\n'), footer...), '\n')
}

// localOffset is the seconds east that a zone's wall clock has when it shows
// local seconds since 1970. In the gap of a spring it takes the offset before, in
// the doubled hour of an autumn the one after.
func localOffset(local int64, zone *time.Location) int {
	if zone == nil || zone == time.UTC {
		return 0
	}
	before := time.Unix(local-86400, 0).In(zone)
	_, offBefore := before.Zone()
	_, end := before.ZoneBounds()
	if end.IsZero() {
		return offBefore
	}
	boundary := end.Unix()
	_, offAfter := end.Zone()
	beforeTime, afterTime := local-int64(offBefore), local-int64(offAfter)
	switch {
	case beforeTime < boundary && afterTime < boundary:
		return offBefore
	case beforeTime > boundary && afterTime >= boundary:
		return offAfter
	case beforeTime > afterTime:
		return offBefore
	}
	return offAfter
}

// LocalToUTC is the instant at which a zone's clock shows a timestamp: timestamp
// to timestamptz. Infinities stay.
func LocalToUTC(micros int64, zone *time.Location) int64 {
	if micros == TimestampInfinity || micros == TimestampNegativeInfinity {
		return micros
	}
	return micros - int64(localOffset(floorDiv64(micros, microsPerSecond), zone))*microsPerSecond
}

// UTCToLocal is what a zone's clock shows at an instant: timestamptz to timestamp.
func UTCToLocal(micros int64, zone *time.Location) int64 {
	if micros == TimestampInfinity || micros == TimestampNegativeInfinity || zone == nil || zone == time.UTC {
		return micros
	}
	_, east := time.UnixMicro(micros).In(zone).Zone()
	return micros + int64(east)*microsPerSecond
}

func floorDiv64(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// abbreviationOffset is what an abbreviation meant in its zone at a local time,
// or most lately before; the zone's own offset if it never was used.
func abbreviationOffset(local int64, abbreviation string, zone *time.Location) int {
	east := localOffset(local, zone)
	at := time.Unix(local-int64(east), 0).In(zone)
	for t := at; ; {
		name, offset := t.Zone()
		if strings.EqualFold(name, abbreviation) {
			return offset
		}
		start, _ := t.ZoneBounds()
		if start.IsZero() {
			break
		}
		t = start.Add(-time.Second)
	}
	for t, n := at, 0; n < 200; n++ {
		_, end := t.ZoneBounds()
		if end.IsZero() {
			break
		}
		t = end
		if name, offset := t.Zone(); strings.EqualFold(name, abbreviation) {
			return offset
		}
	}
	return east
}
