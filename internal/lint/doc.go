// Package lint holds the project's own rules as tests: who may import whom, where
// cgo may be, how long files may get. Nothing imports it.
//
// A failing rule ends with what to do instead.
package lint
