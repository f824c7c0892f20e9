// Package pgtypes is Postgres's data types as the gateway carries them: their
// OIDs and modifiers, their Go values, their text and binary forms, and how they
// lie in Arrow columns.
//
// It knows no expression, no function and no catalog row (those are pgbuiltin's
// and exec/vector's), and it opens nothing.
//
// # Values
//
// A single value is a Datum: an any that holds nil for NULL, or
//
//	bool                                bool
//	int2, int4                          int32
//	int8, oid and the reg* types        int64
//	float4, float8                      float64 (float4 already rounded)
//	numeric                             Numeric
//	text, varchar, bpchar, name, "char",
//	json, jsonb, xml, unknown, enums    string (bpchar blank-padded, as stored)
//	bytea                               []byte
//	date                                int32, days since 1970-01-01
//	time                                int64, microseconds since midnight
//	timetz                              TimeTZ
//	timestamp, timestamptz              int64, microseconds since 1970-01-01 (UTC)
//	interval                            Interval
//	uuid                                [16]byte
//	arrays                              Array
//	records                             Record
//
// Dates and timestamps count from the Unix epoch, as Arrow does, not from
// Postgres's 2000-01-01; only the binary wire forms shift. The smallest and the
// largest int32 (date) and int64 (timestamp) are -infinity and infinity.
package pgtypes

// Type is a type as an expression or a column has it.
type Type struct {
	OID    uint32
	Typmod int32 // -1 when the type has no modifier
}

// Of is a type without a modifier.
func Of(oid uint32) Type { return Type{OID: oid, Typmod: -1} }

// Datum is one value; see the package comment for the Go type of each Postgres
// type. A nil Datum is NULL.
type Datum = any

// OIDs of the built-in types that the gateway carries (pg_type.dat of
// PostgreSQL 15).
const (
	OIDBool                  uint32 = 16
	OIDBytea                 uint32 = 17
	OIDChar                  uint32 = 18 // "char", one byte
	OIDName                  uint32 = 19
	OIDInt8                  uint32 = 20
	OIDInt2                  uint32 = 21
	OIDInt2Vector            uint32 = 22
	OIDInt4                  uint32 = 23
	OIDRegproc               uint32 = 24
	OIDText                  uint32 = 25
	OIDOid                   uint32 = 26
	OIDTid                   uint32 = 27
	OIDXid                   uint32 = 28
	OIDCid                   uint32 = 29
	OIDOidVector             uint32 = 30
	OIDJSON                  uint32 = 114
	OIDXML                   uint32 = 142
	OIDPgNodeTree            uint32 = 194
	OIDFloat4                uint32 = 700
	OIDFloat8                uint32 = 701
	OIDUnknown               uint32 = 705
	OIDMoney                 uint32 = 790
	OIDMacaddr               uint32 = 829
	OIDCIDR                  uint32 = 650
	OIDInet                  uint32 = 869
	OIDAclitem               uint32 = 1033
	OIDBpchar                uint32 = 1042
	OIDVarchar               uint32 = 1043
	OIDDate                  uint32 = 1082
	OIDTime                  uint32 = 1083
	OIDTimestamp             uint32 = 1114
	OIDTimestamptz           uint32 = 1184
	OIDInterval              uint32 = 1186
	OIDTimetz                uint32 = 1266
	OIDBit                   uint32 = 1560
	OIDVarbit                uint32 = 1562
	OIDNumeric               uint32 = 1700
	OIDRefcursor             uint32 = 1790
	OIDRegprocedure          uint32 = 2202
	OIDRegoper               uint32 = 2203
	OIDRegoperator           uint32 = 2204
	OIDRegclass              uint32 = 2205
	OIDRegtype               uint32 = 2206
	OIDRegrole               uint32 = 4096
	OIDRegnamespace          uint32 = 4089
	OIDRecord                uint32 = 2249
	OIDCString               uint32 = 2275
	OIDAny                   uint32 = 2276
	OIDAnyArray              uint32 = 2277
	OIDVoid                  uint32 = 2278
	OIDTrigger               uint32 = 2279
	OIDInternal              uint32 = 2281
	OIDAnyElement            uint32 = 2283
	OIDRecordArray           uint32 = 2287
	OIDAnyNonArray           uint32 = 2776
	OIDAnyEnum               uint32 = 3500
	OIDAnyRange              uint32 = 3831
	OIDAnyCompatible         uint32 = 5077
	OIDAnyCompatibleArray    uint32 = 5078
	OIDAnyCompatibleNonArray uint32 = 5079
	OIDUUID                  uint32 = 2950
	OIDJSONB                 uint32 = 3802
	OIDPgLSN                 uint32 = 3220

	OIDBoolArray        uint32 = 1000
	OIDByteaArray       uint32 = 1001
	OIDCharArray        uint32 = 1002
	OIDNameArray        uint32 = 1003
	OIDInt2Array        uint32 = 1005
	OIDInt4Array        uint32 = 1007
	OIDTextArray        uint32 = 1009
	OIDBpcharArray      uint32 = 1014
	OIDVarcharArray     uint32 = 1015
	OIDInt8Array        uint32 = 1016
	OIDFloat4Array      uint32 = 1021
	OIDFloat8Array      uint32 = 1022
	OIDOidArray         uint32 = 1028
	OIDTimestampArray   uint32 = 1115
	OIDDateArray        uint32 = 1182
	OIDTimeArray        uint32 = 1183
	OIDTimestamptzArray uint32 = 1185
	OIDIntervalArray    uint32 = 1187
	OIDNumericArray     uint32 = 1231
	OIDTimetzArray      uint32 = 1270
	OIDUUIDArray        uint32 = 2951
	OIDJSONArray        uint32 = 199
	OIDJSONBArray       uint32 = 3807
)

// Collations (pg_collation.dat).
const (
	CollationNone    uint32 = 0
	CollationDefault uint32 = 100 // the database's: C.UTF-8, so byte order
	CollationC       uint32 = 950
	CollationPOSIX   uint32 = 951
)
