package kafka

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/sqlgateway/gateway/internal/pgerr"
)

// view is a topic as it is now. The library's own answers may be some time old, and a
// statement must see the partitions that are there when it begins.
type view struct {
	client  *kgo.Client
	topic   string
	id      [16]byte
	leaders map[int32]int32 // by partition
}

// Special times of ListOffsets.
const (
	earliest = -2
	latest   = -1
)

// look asks for a topic. A leader that is being chosen is waited for.
func (b *Backend) look(ctx context.Context, topic string) (*view, error) {
	client, err := b.connect(ctx)
	if err != nil {
		return nil, err
	}
	for failures := 0; ; failures++ {
		v, err := lookOnce(ctx, client, topic)
		if err == nil || ctx.Err() != nil || failures >= fetchTries || !passing(err) {
			if isMissing(err) || errors.Is(err, kerr.InvalidTopicException) {
				return nil, errNoTopic(topic)
			}
			return v, errorOf("asking for topic "+topic, err)
		}
		if err := pause(ctx, failures); err != nil {
			return nil, err
		}
	}
}

// pause waits before the next try.
func pause(ctx context.Context, failures int) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(backOff(failures)):
		return nil
	}
}

func lookOnce(ctx context.Context, client *kgo.Client, topic string) (*view, error) {
	request := kmsg.NewPtrMetadataRequest()
	asked := kmsg.NewMetadataRequestTopic()
	asked.Topic = kmsg.StringPtr(topic)
	request.Topics = append(request.Topics, asked)
	found, err := request.RequestWith(ctx, client)
	if err != nil {
		return nil, err
	}
	if len(found.Topics) != 1 {
		return nil, pgerr.New(pgerr.ProtocolViolation, "Kafka: a question for one topic was answered with %d", len(found.Topics))
	}
	t := &found.Topics[0]
	if err := kerr.ErrorForCode(t.ErrorCode); err != nil {
		return nil, err
	}
	v := &view{client: client, topic: topic, id: t.TopicID, leaders: map[int32]int32{}}
	for i := range t.Partitions {
		p := &t.Partitions[i]
		if p.Leader < 0 {
			return nil, kerr.LeaderNotAvailable
		}
		v.leaders[p.Partition] = p.Leader
	}
	if len(v.leaders) == 0 {
		return nil, kerr.LeaderNotAvailable
	}
	return v, nil
}

// clone is a view of its own for one goroutine.
func (v *view) clone() *view {
	c := *v
	c.leaders = maps.Clone(v.leaders)
	return &c
}

// partitions are the numbers, in order.
func (v *view) partitions() []int32 {
	list := make([]int32, 0, len(v.leaders))
	for p := range v.leaders {
		list = append(list, p)
	}
	slices.Sort(list)
	return list
}

// offsets asks each partition's leader for the offset of a time; -1 where there is none.
func (v *view) offsets(ctx context.Context, millis int64) (map[int32]int64, error) {
	act := "asking for the offsets of topic " + v.topic
	for failures := 0; ; failures++ {
		found, err := v.offsetsOnce(ctx, millis)
		if err == nil || ctx.Err() != nil || failures >= fetchTries || !passing(err) {
			if isMissing(err) {
				return nil, errNoTopic(v.topic)
			}
			return found, errorOf(act, err)
		}
		if err := pause(ctx, failures); err != nil {
			return nil, err
		}
		if now, err := lookOnce(ctx, v.client, v.topic); err == nil {
			for p, leader := range now.leaders {
				if _, ok := v.leaders[p]; ok { // partitions that were added meanwhile are not of this view
					v.leaders[p] = leader
				}
			}
		}
	}
}

func (v *view) offsetsOnce(ctx context.Context, millis int64) (map[int32]int64, error) {
	byLeader := map[int32][]int32{}
	for _, p := range v.partitions() {
		byLeader[v.leaders[p]] = append(byLeader[v.leaders[p]], p)
	}
	found := map[int32]int64{}
	for leader, partitions := range byLeader {
		request := kmsg.NewPtrListOffsetsRequest()
		request.ReplicaID, request.IsolationLevel = -1, 1 // read committed: latest is the last stable offset
		topic := kmsg.NewListOffsetsRequestTopic()
		topic.Topic = v.topic
		for _, number := range partitions {
			p := kmsg.NewListOffsetsRequestTopicPartition()
			p.Partition, p.Timestamp = number, millis
			topic.Partitions = append(topic.Partitions, p)
		}
		request.Topics = append(request.Topics, topic)
		answer, err := v.client.Broker(int(leader)).RetriableRequest(ctx, request)
		if err != nil {
			return nil, err
		}
		for i := range answer.(*kmsg.ListOffsetsResponse).Topics {
			t := &answer.(*kmsg.ListOffsetsResponse).Topics[i]
			for j := range t.Partitions {
				p := &t.Partitions[j]
				if err := kerr.ErrorForCode(p.ErrorCode); err != nil {
					return nil, err
				}
				found[p.Partition] = p.Offset
			}
		}
	}
	if len(found) != len(v.leaders) {
		return nil, pgerr.New(pgerr.ProtocolViolation, "Kafka: offsets of %d partitions were answered with %d", len(v.leaders), len(found))
	}
	return found, nil
}

// ends are the first and the end offset of each partition: the last stable one, behind
// which nothing is committed yet.
func (v *view) ends(ctx context.Context) (low, high map[int32]int64, err error) {
	if low, err = v.offsets(ctx, earliest); err != nil {
		return nil, nil, err
	}
	high, err = v.offsets(ctx, latest)
	return low, high, err
}
