// Package jsonscan cuts JSON objects into their members without decoding them: what
// readers of JSON records need, who want a few members of each.
//
// It is no parser of documents: values that nobody wants are checked only as far as
// cutting needs. Who uses a value gives it to pgtypes, which checks it whole.
package jsonscan
