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
// Flat columns are decoded by the batch. A nested column is assembled row by row,
// some twenty times slower: a list of simple values becomes an array, and anything
// else (structs, maps, lists of lists) jsonb, byte strings in it in hex as to_jsonb
// writes them. Variants, encrypted files and the LZ4 framing of Hadoop are refused
// by name.
//
// What is in a file is not trusted. Every length and code is checked, and a panic
// in a decoder below becomes an error that names the column.
package parquetfile
