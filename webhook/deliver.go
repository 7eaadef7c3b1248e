package webhook

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"
)

// Store is what the deliverer reads and keeps.
type Store interface {
	// FanOut takes events out of the outbox, those that have waited longest and at most limit of them, and stores a
	// delivery for every endpoint that wants one, all of it or nothing. It returns how many it took and how many deliveries
	// are new; an error beside them says which endpoint could not be read, whose events will be taken again later.
	FanOut(ctx context.Context, now time.Time, limit int) (events, deliveries int, err error)
	// ClaimDeliveries returns pending deliveries whose NextAt has come, and keeps them from others by moving it to the
	// given moment.
	ClaimDeliveries(ctx context.Context, now, until time.Time, limit int) ([]Due, error)
	RecordTry(ctx context.Context, d Delivery) error
	// DisableEndpoint stops sending to an endpoint, and says why, unless it was moved to another URL or disabled already.
	DisableEndpoint(ctx context.Context, id, url, why string, now time.Time) error
}

const (
	every     = 250 * time.Millisecond // between looks at the store, unless woken
	rest      = 20 * time.Millisecond  // between looks for events, however often woken: one takes what many commits brought
	batch     = 100                    // rows taken at once
	batchMax  = 20                     // batches taken in one look
	recordMax = 5 * time.Second        // for storing what came of a request
	claimFor  = lineTimeMax + tryMax + recordMax
)

// Deliverer delivers events from the outbox. An event reaches every endpoint that wants it at least once, under an id
// that never changes; after a crash it may come twice.
type Deliverer struct {
	store  Store
	client *http.Client
	now    func() time.Time
	log    *slog.Logger

	committed chan struct{} // holds something when there may be new events
	due       chan struct{} // holds something when there may be new deliveries
}

// NewDeliverer returns a deliverer. Only public addresses are connected to, unless private ones are allowed. now is the
// present as it is stored: in UTC and whole microseconds.
func NewDeliverer(store Store, allowPrivate bool, now func() time.Time, log *slog.Logger) *Deliverer {
	return &Deliverer{
		store: store, client: newClient(allowPrivate), now: now, log: log,
		committed: make(chan struct{}, 1), due: make(chan struct{}, 1),
	}
}

// Wake makes the deliverer look for new events now. It never blocks, and may be called by several goroutines.
func (d *Deliverer) Wake() {
	raise(d.committed)
}

// raise puts something into a channel that has room for one.
func raise(signal chan<- struct{}) {
	select {
	case signal <- struct{}{}:
	default:
	}
}

// Run delivers until ctx ends. It then finishes the requests under way, which takes half a minute at most, and hands
// back what is waiting.
func (d *Deliverer) Run(ctx context.Context) {
	defer d.client.CloseIdleConnections()
	var fanning sync.WaitGroup
	defer fanning.Wait()
	fanning.Go(func() { d.fanOutAll(ctx) })
	d.deliverAll(ctx)
}

// fanOutAll turns events into deliveries until ctx ends.
func (d *Deliverer) fanOutAll(ctx context.Context) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for ctx.Err() == nil {
		d.complain(ctx, "fan out webhooks", d.fanOutDue(ctx))
		select {
		case <-ctx.Done():
		case <-time.After(rest):
		}
		select {
		case <-ctx.Done():
		case <-d.committed:
		case <-ticker.C:
		}
	}
}

func (d *Deliverer) fanOutDue(ctx context.Context) error {
	var unread error
	for range batchMax {
		events, deliveries, err := d.store.FanOut(ctx, d.now(), batch)
		if deliveries > 0 {
			raise(d.due)
		}
		unread = cmp.Or(err, unread)
		if events < batch {
			break
		}
	}
	return unread
}

// deliverAll sends what is due until ctx ends.
func (d *Deliverer) deliverAll(ctx context.Context) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	waiting := lines{byEndpoint: map[string]*line{}}
	ended := make(chan sent, sendingMax)
	start := func() {
		for _, one := range waiting.turns(d.now()) {
			go func() { ended <- sent{one.Endpoint.ID, d.deliver(context.WithoutCancel(ctx), one)} }()
		}
	}
	claim := func() { d.complain(ctx, "claim webhooks", d.claimDue(ctx, &waiting)) }
	for ctx.Err() == nil {
		start()
		select {
		case <-ctx.Done():
		case <-d.due:
			claim()
		case <-ticker.C:
			claim()
		case s := <-ended:
			waiting.done(s.endpoint, s.try)
		}
	}
	d.handBack(context.WithoutCancel(ctx), waiting.clear())
	for waiting.sending > 0 {
		s := <-ended
		waiting.done(s.endpoint, s.try)
	}
}

// sent is a request that is over.
type sent struct {
	endpoint string
	try      Try
}

// claimDue lines up what is due.
func (d *Deliverer) claimDue(ctx context.Context, waiting *lines) error {
	for range batchMax {
		now := d.now()
		due, err := d.store.ClaimDeliveries(ctx, now, now.Add(claimFor), batch)
		if err != nil {
			return err
		}
		for _, one := range due {
			waiting.add(one)
		}
		if len(due) < batch {
			return nil
		}
	}
	return nil
}

// deliver makes one try and records it, whatever comes of it. A disabled endpoint is not tried.
func (d *Deliverer) deliver(ctx context.Context, one Due) Try {
	if one.Endpoint.Disabled != "" {
		one.Delivery.State = Failed
		d.record(ctx, one.Delivery)
		return Try{}
	}
	t := d.try(ctx, one)
	if t.gone() {
		d.complain(ctx, "disable webhook endpoint", d.disable(ctx, one.Endpoint))
	}
	d.record(ctx, one.Delivery.after(t))
	return t
}

// record stores a delivery. When that fails it is sent again once its claim has ended.
func (d *Deliverer) record(ctx context.Context, one Delivery) {
	ctx, cancel := context.WithTimeout(ctx, recordMax)
	defer cancel()
	d.complain(ctx, "record webhook try", d.store.RecordTry(ctx, one))
}

// disable stops sending to an endpoint that is gone, unless the merchant has moved it in the meantime.
func (d *Deliverer) disable(ctx context.Context, gone Endpoint) error {
	ctx, cancel := context.WithTimeout(ctx, recordMax)
	defer cancel()
	return d.store.DisableEndpoint(ctx, gone.ID, gone.URL, "410 Gone", d.now())
}

// handBack makes claimed deliveries due at once, for another gateway or the next start.
func (d *Deliverer) handBack(ctx context.Context, unsent []Due) {
	ctx, cancel := context.WithTimeout(ctx, recordMax)
	defer cancel()
	now := d.now()
	for _, one := range unsent {
		if now.After(one.Delivery.NextAt) {
			continue // another may have claimed it
		}
		one.Delivery.NextAt = now
		if err := d.store.RecordTry(ctx, one.Delivery); err != nil {
			d.complain(ctx, "hand back webhooks", err)
			return
		}
	}
}

// complain logs an error. That a claim was cut short by the end of ctx is none.
func (d *Deliverer) complain(ctx context.Context, what string, err error) {
	if err != nil && !errors.Is(ctx.Err(), context.Canceled) {
		d.log.Error(what, "err", err)
	}
}
