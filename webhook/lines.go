package webhook

import "time"

const (
	sendingMax  = 256              // requests under way in all
	widthMax    = 8                // requests under way to one endpoint
	waitingMax  = 2048             // deliveries that wait in all
	lineTimeMax = 10 * time.Second // that a delivery waits for its turn
)

// lines holds claimed deliveries until it is their turn, one line for each endpoint, so that a slow endpoint holds up
// nobody but itself. A delivery that falls out of its line is not lost: its claim ends, and then it is due again.
type lines struct {
	byEndpoint map[string]*line
	waiting    int
	sending    int
}

type line struct {
	waiting []Due // oldest first
	sending int
	width   int // how many may be under way: one at first, one more after each success, one again after a failure
}

// add puts a delivery at the end of its endpoint's line. When too many wait, the longest line loses its end.
func (l *lines) add(one Due) {
	own := l.byEndpoint[one.Endpoint.ID]
	if own == nil {
		own = &line{width: 1}
		l.byEndpoint[one.Endpoint.ID] = own
	}
	own.waiting = append(own.waiting, one)
	l.waiting++
	if l.waiting <= waitingMax {
		return
	}
	longest := own
	for _, other := range l.byEndpoint {
		if len(other.waiting) > len(longest.waiting) {
			longest = other
		}
	}
	longest.waiting = longest.waiting[:len(longest.waiting)-1]
	l.waiting--
}

// turns takes out the deliveries whose turn it is.
func (l *lines) turns(now time.Time) []Due {
	var taken []Due
	for endpoint, own := range l.byEndpoint {
		for len(own.waiting) > 0 && own.sending < own.width && l.sending < sendingMax {
			first := own.waiting[0]
			own.waiting = own.waiting[1:]
			l.waiting--
			if now.After(first.Delivery.NextAt.Add(lineTimeMax - claimFor)) {
				continue // a request could outlast the claim
			}
			own.sending++
			l.sending++
			taken = append(taken, first)
		}
		l.tidy(endpoint)
	}
	return taken
}

// done makes room after a request to the endpoint.
func (l *lines) done(endpoint string, t Try) {
	own := l.byEndpoint[endpoint]
	own.sending--
	l.sending--
	own.width = min(own.width+1, widthMax)
	if !t.accepted() {
		own.width = 1
	}
	if t.gone() {
		l.waiting -= len(own.waiting)
		own.waiting = nil
	}
	l.tidy(endpoint)
}

// clear takes out everything that waits.
func (l *lines) clear() []Due {
	var all []Due
	for endpoint, own := range l.byEndpoint {
		all = append(all, own.waiting...)
		own.waiting = nil
		l.tidy(endpoint)
	}
	l.waiting = 0
	return all
}

// tidy forgets a line that nobody is in.
func (l *lines) tidy(endpoint string) {
	if own := l.byEndpoint[endpoint]; len(own.waiting)+own.sending == 0 {
		delete(l.byEndpoint, endpoint)
	}
}
