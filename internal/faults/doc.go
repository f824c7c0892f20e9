// Package faults is the tests of what goes wrong around a gateway: sources that are
// down, killed, slow or wrong, clients that vanish, cancels at any moment, too many
// connections, too little memory. After each nothing may be left behind, and nobody
// else may have noticed. It holds no code of its own.
package faults
