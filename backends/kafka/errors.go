package kafka

import (
	"context"
	"errors"
	"io"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/pgerr"
)

// codes are the SQLSTATEs of the brokers' errors; all others are HV000.
var codes = []struct {
	err  *kerr.Error
	code string
}{
	{kerr.UnknownTopicOrPartition, pgerr.UndefinedTable},
	{kerr.UnknownTopicID, pgerr.UndefinedTable},
	{kerr.InconsistentTopicID, pgerr.UndefinedTable},
	{kerr.InvalidTopicException, pgerr.UndefinedTable},
	{kerr.TopicAuthorizationFailed, pgerr.InsufficientPrivilege},
	{kerr.ClusterAuthorizationFailed, pgerr.InsufficientPrivilege},
	{kerr.GroupAuthorizationFailed, pgerr.InsufficientPrivilege},
	{kerr.TransactionalIDAuthorizationFailed, pgerr.InsufficientPrivilege},
	{kerr.SaslAuthenticationFailed, pgerr.InvalidPassword},
	{kerr.UnsupportedSaslMechanism, pgerr.InvalidAuthorization},
	{kerr.IllegalSaslState, pgerr.InvalidAuthorization},
	{kerr.MessageTooLarge, pgerr.ProgramLimitExceeded},
	{kerr.RecordListTooLarge, pgerr.ProgramLimitExceeded},
	{kerr.TopicAlreadyExists, pgerr.DuplicateTable},
	{kerr.PolicyViolation, pgerr.FdwError},
	{kerr.ProducerFenced, pgerr.SerializationFailure},
	{kerr.InvalidProducerEpoch, pgerr.SerializationFailure},
	{kerr.LeaderNotAvailable, pgerr.ConnectionFailure},
	{kerr.NotLeaderForPartition, pgerr.ConnectionFailure},
	{kerr.BrokerNotAvailable, pgerr.ConnectionFailure},
	{kerr.RequestTimedOut, pgerr.ConnectionFailure},
	{kerr.NetworkException, pgerr.ConnectionFailure},
	{kerr.NotEnoughReplicas, pgerr.ConnectionFailure},
	{kerr.CoordinatorNotAvailable, pgerr.ConnectionFailure},
	{kerr.KafkaStorageError, pgerr.ConnectionFailure},
	{kerr.CorruptMessage, pgerr.DataCorrupted},
}

// errorOf gives an error its SQLSTATE; act is what was being done.
func errorOf(act string, err error) error {
	var known *pgerr.Error
	var broker *kerr.Error
	var expired *kgo.ErrFirstReadEOF
	switch {
	case err == nil:
		return nil
	case errors.As(err, &known), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.Is(err, kgo.ErrClientClosed):
		return pgerr.New(pgerr.ConnectionFailure, "Kafka: %s: the connection was closed", act)
	case errors.As(err, &broker):
		for _, c := range codes {
			if c.err.Code == broker.Code {
				return pgerr.New(c.code, "Kafka: %s: %s", act, broker.Message).WithDetail("%s", broker.Description)
			}
		}
		return pgerr.New(pgerr.FdwError, "Kafka: %s: %s", act, broker.Message).WithDetail("%s", broker.Description)
	case errors.As(err, &expired), errors.Is(err, io.EOF):
		return pgerr.New(pgerr.FdwUnableToEstablishConnection, "Kafka: %s: the broker closed the connection", act).
			WithHint("It may want TLS, SASL, or another password: see tls and auth.")
	default:
		return pgerr.New(pgerr.ConnectionFailure, "Kafka: %s: %s", act, backends.ConnectReason(err))
	}
}

// isMissing says whether a broker knows no such topic, by its name or its id.
func isMissing(err error) bool {
	return errors.Is(err, kerr.UnknownTopicOrPartition) || errors.Is(err, kerr.UnknownTopicID) || errors.Is(err, kerr.InconsistentTopicID)
}

func errNoTopic(topic string) error {
	return pgerr.New(pgerr.UndefinedTable, "topic \"%s\" does not exist", topic)
}
