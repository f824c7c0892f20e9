package backends

import "context"

// ExpressRelayer is an optional ability of a Relayer whose sockets an event loop watches
// (Env.Loop).
type ExpressRelayer interface {
	Relayer
	// TryRelay is Relay without waiting, from the loop: nil if there is no idle connection
	// with that label; with a text, on which it is prepared.
	TryRelay(label, sql string, paramTypes []uint32) ExpressConn
}

// ExpressConn is a RelayConn that the event loop uses too. BeginSimple or BeginExecute
// is followed by calls of Answer, and by Finish if these do not get to the end. All but
// Finish are for the loop alone, and do not wait.
type ExpressConn interface {
	RelayConn
	// Prepared says whether a statement is prepared on this connection.
	Prepared(sql string, paramTypes []uint32) bool
	// BeginSimple sends a Query message. arrived is called by the loop when something has
	// come for Answer. False means that only Suspend and Finish help.
	BeginSimple(sql string, arrived func()) bool
	// BeginExecute is BeginSimple for a statement that is Prepared, in one write as Execute.
	BeginExecute(sql string, paramTypes []uint32, paramFormats []int16, params [][]byte, resultFormats []int16, arrived func()) bool
	// Answer passes an answer on if it is there to its end, a short one and no error. It
	// is passed on whole or not at all; stuck means that Answer will not do it.
	Answer(sink RelaySink) (whole, stuck bool)
	// Suspend ends the calls of arrived, so that a goroutine may call Finish.
	Suspend()
	// Finish passes the answer on as Simple and Execute do, waiting for it.
	Finish(ctx context.Context, sink RelaySink) error
}
