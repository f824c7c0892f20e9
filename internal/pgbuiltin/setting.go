package pgbuiltin

// Setting is a row of pg_settings.
type Setting struct {
	Name, Value, Unit, Category, ShortDesc, ExtraDesc string
	Context                                           string // internal, postmaster, sighup, backend, superuser, user ...
	Type                                              string // bool, string, integer, real, enum
	Min, Max                                          string
	Enum                                              []string
	Boot                                              string
}

var settings = table("pg_settings", []string{
	"name", "setting", "unit", "category", "short_desc", "extra_desc", "context", "vartype", "min_val", "max_val", "enumvals", "boot_val",
}, func(c []string) Setting {
	return Setting{
		Name: unescape(c[0]), Value: unescape(c[1]), Unit: unescape(c[2]), Category: unescape(c[3]), ShortDesc: unescape(c[4]),
		ExtraDesc: unescape(c[5]), Context: unescape(c[6]), Type: unescape(c[7]), Min: unescape(c[8]), Max: unescape(c[9]),
		Enum: parseNames(c[10]), Boot: unescape(c[11]),
	}
})

// Settings are all rows of pg_settings, by name.
func Settings() []Setting { return settings() }

var settingsByName = index(settings, func(s *Setting) string { return s.Name })

// SettingByName finds a setting by its canonical spelling, or gives nil.
func SettingByName(name string) *Setting { return settingsByName()[name] }

// Collation is a row of pg_collation.
type Collation struct {
	OID           uint32
	Name          string
	Namespace     uint32
	Provider      byte
	Deterministic bool
}

var collations = table("pg_collation", []string{"oid", "collname", "collnamespace", "collprovider", "collisdeterministic"}, func(c []string) Collation {
	return Collation{OID: parseOID(c[0]), Name: unescape(c[1]), Namespace: parseOID(c[2]), Provider: parseByte(c[3]), Deterministic: parseBool(c[4])}
})

// CollationByOID finds a collation, or gives nil.
func CollationByOID(oid uint32) *Collation {
	all := collations()
	for i := range all {
		if all[i].OID == oid {
			return &all[i]
		}
	}
	return nil
}

// CollationByName finds a collation, or gives nil.
func CollationByName(name string) *Collation {
	all := collations()
	for i := range all {
		if all[i].Name == name {
			return &all[i]
		}
	}
	return nil
}

// TimeZoneAbbreviation is a row of pg_timezone_abbrevs.
type TimeZoneAbbreviation struct {
	Abbreviation, Offset string
	DST                  bool
}

var abbreviations = table("pg_timezone_abbrevs", []string{"abbrev", "utc_offset", "is_dst"}, func(c []string) TimeZoneAbbreviation {
	return TimeZoneAbbreviation{unescape(c[0]), unescape(c[1]), parseBool(c[2])}
})

// TimeZoneAbbreviations are all rows of pg_timezone_abbrevs.
func TimeZoneAbbreviations() []TimeZoneAbbreviation { return abbreviations() }
