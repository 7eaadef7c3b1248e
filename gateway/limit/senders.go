package limit

import (
	"math"
	"time"

	"golang.org/x/time/rate"
)

// sendersMax is how many senders are told apart. Of those who have nothing here, any may be forgotten.
const sendersMax = 20_000

// forgetEvery is how often it is looked whom to forget, so that a flood of new names does not cost a look each.
const forgetEvery = time.Second

// sender is somebody who sends requests of one class.
type sender struct {
	class  Class
	placed int       // places held, by those that wait as well
	line   []*waiter // oldest first
	quota  *rate.Limiter
}

type senderKey struct {
	class Class
	name  string
}

// senders knows who sent something lately.
type senders struct {
	rates   [classes]Rate
	known   map[senderKey]*sender
	holding [classes]int // senders that hold a place
	looked  time.Time    // when it was looked whom to forget
}

func newSenders(s Settings) senders {
	known := senders{known: map[senderKey]*sender{}}
	for _, c := range []Class{Changes, Payments, Reads} {
		known.rates[c] = s.Rate
	}
	known.rates[Strangers] = s.Stranger
	return known
}

// of returns the sender of that name. When there are too many, new ones of a class share one quota and one line.
func (k *senders) of(c Class, name string, now time.Time) *sender {
	key := senderKey{c, name}
	if s := k.known[key]; s != nil {
		return s
	}
	if len(k.known) >= sendersMax {
		k.forget(now)
	}
	if len(k.known) >= sendersMax {
		key.name = ""
		if s := k.known[key]; s != nil {
			return s
		}
	}
	s := &sender{class: c}
	if r := k.rates[c]; r.PerSecond > 0 {
		s.quota = rate.NewLimiter(rate.Limit(r.PerSecond), r.Burst)
	}
	k.known[key] = s
	return s
}

// forget drops whoever is as if they had never been here.
func (k *senders) forget(now time.Time) {
	if now.Sub(k.looked) < forgetEvery {
		return
	}
	k.looked = now
	for key, s := range k.known {
		if s.placed == 0 && (s.quota == nil || s.quota.TokensAt(now) >= float64(s.quota.Burst())) {
			delete(k.known, key)
		}
	}
}

func (k *senders) place(s *sender) {
	if s.placed == 0 {
		k.holding[s.class]++
	}
	s.placed++
}

func (k *senders) unplace(s *sender) {
	s.placed--
	if s.placed == 0 {
		k.holding[s.class]--
	}
}

// Quota is what a sender may still ask of a class. The zero Quota stands for no limit.
type Quota struct {
	Class  Class
	Most   int           // requests in a window
	Window time.Duration // in which all of it comes back
	Left   int
	Full   time.Duration // until all of it is back
}

func (s *sender) left(now time.Time) Quota {
	if s.quota == nil {
		return Quota{}
	}
	tokens, most, perSecond := s.quota.TokensAt(now), s.quota.Burst(), float64(s.quota.Limit())
	return Quota{
		Class: s.class, Most: most, Window: seconds(float64(most) / perSecond),
		Left: max(0, int(tokens)), Full: seconds((float64(most) - tokens) / perSecond),
	}
}

// ask takes one of what the sender may ask, or says how long there is none. From a stranger nothing is taken, before it is
// known that they showed no key: see [Turn.Strike].
func (s *sender) ask(now time.Time) (wait time.Duration) {
	if s.quota == nil || s.class == Strangers && s.quota.TokensAt(now) >= 1 || s.class != Strangers && s.quota.AllowN(now, 1) {
		return 0
	}
	return max(time.Millisecond, seconds((1-s.quota.TokensAt(now))/float64(s.quota.Limit())))
}

func seconds(s float64) time.Duration { return time.Duration(math.Round(s * float64(time.Second))) }
