package main

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/sqlgateway/gateway/internal/pgerr"
)

// metrics is what /metrics shows. Labels take few values: never a statement's text.
type metrics struct {
	registry    *prometheus.Registry
	connections prometheus.Gauge
	opened      prometheus.Counter
	statements  *prometheus.HistogramVec
	errors      *prometheus.CounterVec
	rows, bytes *prometheus.CounterVec
	planCache   *prometheus.CounterVec
	// Those of the relay's statements, which come fast, are looked up once.
	relayed  prometheus.Observer
	planHits prometheus.Counter
}

func newMetrics() *metrics {
	m := &metrics{
		registry:    prometheus.NewRegistry(),
		connections: prometheus.NewGauge(prometheus.GaugeOpts{Name: "gateway_connections", Help: "Client connections now."}),
		opened:      prometheus.NewCounter(prometheus.CounterOpts{Name: "gateway_connections_opened_total", Help: "Client connections since the start."}),
		statements: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "gateway_statement_seconds", Help: "Statements by kind: how many, and how long they took.",
			Buckets: prometheus.ExponentialBuckets(0.0001, 4, 11),
		}, []string{"kind"}),
		errors:    counters("gateway_errors_total", "Errors sent to clients, by SQLSTATE.", "sqlstate"),
		rows:      counters("gateway_source_rows_total", "Rows read from each server.", "server"),
		bytes:     counters("gateway_source_bytes_total", "Bytes read from each server, where it tells.", "server"),
		planCache: counters("gateway_plan_cache_total", "Look-ups of statement texts, by outcome.", "outcome"),
	}
	m.relayed, m.planHits = m.statements.WithLabelValues("relay"), m.planCache.WithLabelValues("hit")
	m.registry.MustRegister(m.connections, m.opened, m.statements, m.errors, m.rows, m.bytes, m.planCache,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func counters(name, help string, label string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, []string{label})
}

// observe adds what is asked for when the metrics are read.
func (m *metrics) observe(g *gateway) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(
		prometheus.GaugeOpts{Name: "gateway_memory_bytes", Help: "Memory that running statements hold."},
		func() float64 { return float64(g.engine.MemoryUsed()) }))
}

// ConnectionOpened implements wire.Observer.
func (m *metrics) ConnectionOpened() {
	m.connections.Inc()
	m.opened.Inc()
}

// ConnectionClosed implements wire.Observer.
func (m *metrics) ConnectionClosed() { m.connections.Dec() }

// ErrorSent implements wire.Observer.
func (m *metrics) ErrorSent(sqlstate string) {
	if len(sqlstate) != 5 {
		sqlstate = pgerr.InternalError
	}
	m.errors.WithLabelValues(sqlstate).Inc()
}

// Statement implements exec.Observer.
func (m *metrics) Statement(kind string, elapsed time.Duration, _ error) {
	if kind == "relay" {
		m.relayed.Observe(elapsed.Seconds())
		return
	}
	m.statements.WithLabelValues(kind).Observe(elapsed.Seconds())
}

// SourceRead implements exec.Observer.
func (m *metrics) SourceRead(server string, rows, bytes int64) {
	m.rows.WithLabelValues(server).Add(float64(rows))
	m.bytes.WithLabelValues(server).Add(float64(bytes))
}

// PlanCache implements exec.Observer.
func (m *metrics) PlanCache(hit bool) {
	if hit {
		m.planHits.Inc()
		return
	}
	m.planCache.WithLabelValues("miss").Inc()
}
