package kinesis

import "github.com/aws/smithy-go"

// refusal is why the service did not take one record of a call.
type refusal struct{ code, message string }

var _ smithy.APIError = (*refusal)(nil)

// Error implements error.
func (r *refusal) Error() string { return r.code + ": " + r.message }

// ErrorCode implements smithy.APIError.
func (r *refusal) ErrorCode() string { return r.code }

// ErrorMessage implements smithy.APIError.
func (r *refusal) ErrorMessage() string { return r.message }

// ErrorFault implements smithy.APIError.
func (r *refusal) ErrorFault() smithy.ErrorFault { return smithy.FaultServer }
