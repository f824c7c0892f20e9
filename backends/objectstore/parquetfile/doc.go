// Package parquetfile reads and writes Parquet files as columns of Postgres types
// in their canonical Arrow forms (pgtypes.ArrowType).
//
// It works on one file that it is given as an io.ReaderAt. It lists nothing, opens
// nothing and knows no table of several files: that is objectstore's.
//
// arrow-go parses the footer and the page headers and decompresses the pages; the
// values are decoded here, into pooled slices that are wrapped as Arrow arrays.
// Its own column readers were not enough: they can not hand out the codes of a
// dictionary-encoded column without a builder, and its Arrow bridge costs 2 to 2.7
// times the CPU of DuckDB.
//
// What is in a file is not trusted. Every length and code is checked, and a panic
// in a decoder below becomes an error that names the column.
package parquetfile
