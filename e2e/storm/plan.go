package main

import (
	"math/rand/v2"
	"time"
)

// size is how much a storm has at least of everything. It goes on until all of it was.
type size struct {
	kills, stops, longStops    int // of gateways; long stops outlive the lease on what is due as well
	databaseKills, redisFaults int
	payments, perSecond        int           // payments and payouts, and at most so many begun in a second
	databaseEvery, redisEvery  time.Duration // on average, between one fault and the next
	calm                       time.Duration // at most, until everything is settled afterwards
}

var sizes = map[string]struct{ long, short size }{
	"postgres": {
		long: size{
			kills: 1000, stops: 90, longStops: 10, databaseKills: 20, redisFaults: 21, payments: 50_000, perSecond: 32,
			databaseEvery: 120 * time.Second, redisEvery: 100 * time.Second, calm: 20 * time.Minute,
		},
		short: size{
			kills: 20, stops: 1, databaseKills: 2, redisFaults: 3, payments: 600, perSecond: 20,
			databaseEvery: 15 * time.Second, redisEvery: 10 * time.Second, calm: 7 * time.Minute,
		},
	},
	"sqlite": {
		long:  size{kills: 500, stops: 45, longStops: 5, payments: 15_000, perSecond: 12, calm: 20 * time.Minute},
		short: size{kills: 20, stops: 1, payments: 400, perSecond: 12, calm: 7 * time.Minute},
	},
}

// The leases of the gateway that a stop has to outlive: on watching a channel, and on a payment that is due.
const (
	watchLease = 15 * time.Second
	dueLease   = 45 * time.Second
)

// plan is what is done, in which order, as a seed decides. When exactly each of it meets a payment, the machine decides: a
// seed repeats the plan, and not the run.
type plan struct {
	seed  uint64
	turns []turn // the gateways take them alternately
	redis []redisFault
}

// turn is what happens to a gateway when it is its turn.
type turn struct {
	after   time.Duration // since the gateway before was ready again
	stopped time.Duration // how long it is stopped; 0: it is killed
}

type redisFault string

const (
	redisFlush redisFault = "flushed"
	redisStop  redisFault = "stopped"
	redisHang  redisFault = "hung"
)

const turnPauseMax = 600 * time.Millisecond

func newPlan(seed uint64, s size) plan {
	p := plan{seed: seed}
	draw := p.draws("turns")
	for range s.kills {
		p.turns = append(p.turns, turn{after: between(draw, 0, turnPauseMax)})
	}
	for i := range s.stops + s.longStops {
		lease := watchLease
		if i >= s.stops {
			lease = dueLease
		}
		p.turns = append(p.turns, turn{after: between(draw, 0, turnPauseMax), stopped: lease + between(draw, 500*time.Millisecond, 1500*time.Millisecond)})
	}
	draw.Shuffle(len(p.turns), func(i, j int) { p.turns[i], p.turns[j] = p.turns[j], p.turns[i] })
	kinds := []redisFault{redisFlush, redisStop, redisHang}
	for i := range s.redisFaults {
		p.redis = append(p.redis, kinds[i%len(kinds)])
	}
	draw.Shuffle(len(p.redis), func(i, j int) { p.redis[i], p.redis[j] = p.redis[j], p.redis[i] })
	return p
}

// draws is a source of its own for each that draws, so that none depends on how fast another is.
func (p plan) draws(who string) *rand.Rand {
	n := uint64(14695981039346656037) // FNV-1a
	for _, b := range []byte(who) {
		n = (n ^ uint64(b)) * 1099511628211
	}
	return rand.New(rand.NewPCG(p.seed, n))
}

func between(draw *rand.Rand, least, most time.Duration) time.Duration {
	return least + time.Duration(draw.Int64N(int64(most-least)))
}

// about draws around an average, from half of it to half as much again.
func about(draw *rand.Rand, average time.Duration) time.Duration {
	return between(draw, average/2, average+average/2)
}

func pick[T any](draw *rand.Rand, from []T) T { return from[draw.IntN(len(from))] }

// chance is true so many times in a hundred.
func chance(draw *rand.Rand, percent int) bool { return draw.IntN(100) < percent }
