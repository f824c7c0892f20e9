package pgtypes

// Interval is Postgres's interval: three parts that do not convert into each other.
type Interval struct {
	Micros int64
	Days   int32
	Months int32
}

// TimeTZ is time with time zone. ZoneWest is seconds west of Greenwich, as
// Postgres stores it.
type TimeTZ struct {
	Micros   int64
	ZoneWest int32
}
