package main

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/causeway-pay/causeway/audit"
	"github.com/causeway-pay/causeway/breaker"
	"github.com/causeway-pay/causeway/gateway/limit"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/reconcile"
)

// metrics are what Prometheus reads. No id is ever a label.
type metrics struct {
	registry  *prometheus.Registry
	payments  *prometheus.CounterVec
	duration  *prometheus.HistogramVec
	failovers prometheus.Counter
	unknown   prometheus.Counter
	orphans   prometheus.Counter
	commits   prometheus.Counter
	checked   *prometheus.CounterVec
	broken    *prometheus.GaugeVec
	passAge   prometheus.Gauge
	auditLag  prometheus.Gauge
	halted    prometheus.Gauge
	breaks    *prometheus.GaugeVec
}

func newMetrics() *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		payments: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "causeway_payments_total", Help: "Payments that reached a status.",
		}, []string{"channel", "currency", "status", "cause"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "causeway_payment_duration_seconds", Help: "From creation to a final status.", Buckets: prometheus.ExponentialBuckets(0.005, 2, 16),
		}, []string{"status"}),
		failovers: prometheus.NewCounter(prometheus.CounterOpts{Name: "causeway_failovers_total", Help: "Further attempts on another channel."}),
		unknown:   prometheus.NewCounter(prometheus.CounterOpts{Name: "causeway_unknown_outcomes_total", Help: "Attempts whose answer was lost."}),
		orphans:   prometheus.NewCounter(prometheus.CounterOpts{Name: "causeway_orphans_total", Help: "Charges that arrived on an attempt that had ended."}),
		commits:   prometheus.NewCounter(prometheus.CounterOpts{Name: "causeway_commits_total", Help: "Committed transitions of payments."}),
		checked: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "causeway_audit_checked_total", Help: "Objects that this gateway checked an invariant on.",
		}, []string{"invariant"}),
		broken: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "causeway_invariant_broken", Help: "Faults that break an invariant, found twice and not mended.",
		}, []string{"invariant"}),
		passAge: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "causeway_audit_pass_age_seconds", Help: "Since the last full audit ended, on whichever gateway; -1 before the first.",
		}),
		auditLag: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "causeway_audit_lag_seconds", Help: "Whatever was changed longer ago than this was audited, by whichever gateway; -1 before the first audit.",
		}),
		halted: prometheus.NewGauge(prometheus.GaugeOpts{Name: "causeway_payouts_halted", Help: "1 while payouts are halted."}),
	}
	m.breaks = prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "causeway_breaks_open", Help: "Differences between statements and books that are open, by how long: up to a day, up to a week, older.",
	}, []string{"kind", "age"})
	m.registry.MustRegister(m.payments, m.duration, m.failovers, m.unknown, m.orphans, m.commits, m.checked, m.broken, m.passAge, m.auditLag, m.halted, m.breaks,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// watch counts what a committed transition changed.
func (m *metrics) watch(before, after payment.Payment) {
	m.commits.Inc()
	last, tried := after.Last()
	if before.ID != "" && len(after.Attempts) > len(before.Attempts) && len(before.Attempts) > 0 {
		m.failovers.Inc()
	}
	for _, o := range after.Operations[len(before.Operations):] {
		if o.Kind == payment.Reversal {
			m.orphans.Inc()
		}
	}
	if was, ok := before.Last(); tried && ok && last.Outcome == payment.Unknown && last.Reason != "" && was.Reason == "" {
		m.unknown.Inc()
	}
	status := after.Status()
	if before.ID != "" && before.Status() == status || status == payment.Processing {
		return
	}
	cause := ""
	if after.Closed != "" {
		cause = string(after.Closed.Meaning().Cause)
	}
	m.payments.WithLabelValues(last.Channel, after.Debit().Asset().Code, string(status), cause).Inc()
	if status.Final() {
		m.duration.WithLabelValues(string(status)).Observe(after.UpdatedAt.Sub(after.CreatedAt).Seconds())
	}
}

// audited counts what the audit looked at.
func (m *metrics) audited(invariant string, objects int) {
	m.checked.WithLabelValues(invariant).Add(float64(objects))
}

// invariants shows what the audit of any gateway knows.
func (m *metrics) invariants(states []audit.State, pass audit.Pass, halted bool, now time.Time) {
	for _, s := range states {
		m.broken.WithLabelValues(s.ID).Set(float64(s.Broken))
	}
	m.passAge.Set(-1)
	if !pass.LastEnded.IsZero() {
		m.passAge.Set(now.Sub(pass.LastEnded).Seconds())
	}
	m.auditLag.Set(-1)
	if !pass.Seen.IsZero() {
		m.auditLag.Set(now.Sub(pass.Seen).Seconds())
	}
	m.halted.Set(0)
	if halted {
		m.halted.Set(1)
	}
}

// openBreaks shows how many breaks are open.
func (m *metrics) openBreaks(counts map[reconcile.Kind]map[string]int) {
	m.breaks.Reset()
	for kind, ages := range counts {
		for age, n := range ages {
			m.breaks.WithLabelValues(string(kind), age).Set(float64(n))
		}
	}
}

// channels shows the state of every breaker when Prometheus asks.
func (m *metrics) channels(board *breaker.Board) {
	for _, state := range board.States() {
		name := state.Channel
		m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "causeway_breaker_open", Help: "1 while the channel takes no payments.", ConstLabels: prometheus.Labels{"channel": name},
		}, func() float64 {
			if now, _ := board.State(name); now.ForPayers().Status == breaker.Closed {
				return 0
			}
			return 1
		}))
	}
}

// limits shows what requests hold, and how many were turned away and why.
func (m *metrics) limits(limiter *limit.Limiter) { m.registry.MustRegister(limitCollector{limiter}) }

// connections shows what is open.
func (m *metrics) connections(l *limit.Listener) {
	m.registry.MustRegister(
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "causeway_connections", Help: "Open connections of clients."}, func() float64 {
			open, _ := l.Connections()
			return float64(open)
		}),
		prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "causeway_connections_refused_total", Help: "Connections that were closed at once, being too many."}, func() float64 {
			_, refused := l.Connections()
			return float64(refused)
		}),
	)
}

// limitCollector reads the state of a limiter once for all its metrics.
type limitCollector struct{ *limit.Limiter }

var (
	working = prometheus.NewDesc("causeway_requests_working", "Requests that are worked on.", []string{"class"}, nil)
	placed  = prometheus.NewDesc("causeway_requests_placed", "Requests that were let in and are not answered: worked on, waiting for a channel, or queued.", []string{"class"}, nil)
	queued  = prometheus.NewDesc("causeway_requests_queued", "Requests that wait for a slot.", []string{"class"}, nil)
	shed    = prometheus.NewDesc("causeway_requests_shed_total", "Requests that were turned away.", []string{"class", "reason"}, nil)
)

// Describe names the metrics.
func (limitCollector) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{working, placed, queued, shed} {
		to <- d
	}
}

// Collect reads them.
func (l limitCollector) Collect(to chan<- prometheus.Metric) {
	for class, desk := range l.State() {
		to <- prometheus.MustNewConstMetric(working, prometheus.GaugeValue, float64(desk.Working), class.String())
		to <- prometheus.MustNewConstMetric(placed, prometheus.GaugeValue, float64(desk.Placed), class.String())
		to <- prometheus.MustNewConstMetric(queued, prometheus.GaugeValue, float64(desk.Queued), class.String())
		for reason, n := range desk.Shed {
			to <- prometheus.MustNewConstMetric(shed, prometheus.CounterValue, float64(n), class.String(), reason)
		}
	}
}
