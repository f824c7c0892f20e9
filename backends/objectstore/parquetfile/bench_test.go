package parquetfile

import (
	"os"
	"syscall"
	"testing"
)

// cpu is the process's CPU time in nanoseconds.
func cpu() int64 {
	var r syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &r)
	return r.Utime.Nano() + r.Stime.Nano()
}

// BenchmarkScan reads TPC-H lineitem at scale factor 1, as GATEWAY_TPCH names its
// folder of Parquet files. CPU milliseconds on one core of a shared AMD EPYC, against
// the scan operator alone of DuckDB 1.5.5 with one thread:
//
//	            ours  DuckDB  ratio
//	q6           143      98   1.46  decimals come out 16 bytes wide
//	q1           184     150   1.23
//	keys         133     110   1.21
//	strings      116      89   1.30  all stay dictionary codes
//	comment      326     292   1.12
//	all          800     625   1.28
//
// Snappy is 29% of it, unpacking codes about 10%, gathering decimals 6%.
func BenchmarkScan(b *testing.B) {
	folder := os.Getenv("GATEWAY_TPCH")
	if folder == "" {
		b.Skip("GATEWAY_TPCH names no folder with TPC-H's Parquet files")
	}
	src, err := os.Open(folder + "/lineitem.parquet")
	if err != nil {
		b.Fatal(err)
	}
	defer src.Close()
	info, _ := src.Stat()
	f, err := ReadFooter(src, info.Size(), Options{})
	if err != nil {
		b.Fatal(err)
	}
	for _, c := range []struct {
		name    string
		columns []int
	}{
		{"q6", []int{4, 5, 6, 10}},
		{"q1", []int{4, 5, 6, 7, 8, 9, 10}},
		{"keys", []int{0, 1, 2}},
		{"strings", []int{8, 9, 13, 14}},
		{"comment", []int{15}},
		{"all", []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}},
	} {
		b.Run(c.name, func(b *testing.B) { scan(b, f, src, c.columns) })
	}
}

func scan(b *testing.B, f *File, src *os.File, columns []int) {
	pool := new(Pool)
	b.ReportAllocs()
	start := cpu()
	defer func() { b.ReportMetric(float64(cpu()-start)/float64(b.N)/1e6, "cpu-ms/op") }()
	for b.Loop() {
		rows := 0
		for g := range f.RowGroups() {
			r, err := f.Open(src, g, columns, pool)
			if err != nil {
				b.Fatal(err)
			}
			for {
				data, n, err := r.Next(16384)
				if err != nil {
					b.Fatal(err)
				}
				if n == 0 {
					break
				}
				rows += n
				for _, d := range data {
					d.Release()
				}
			}
			if err := r.Close(); err != nil {
				b.Fatal(err)
			}
		}
		if rows != 6001215 {
			b.Fatal(rows)
		}
	}
}
