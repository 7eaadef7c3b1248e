package breaker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
	"github.com/redis/go-redis/v9/maintnotifications"
)

const (
	// fleetMax is how many gateways are heard.
	fleetMax = 256
	// bulletinMax is the size in bytes above which a bulletin is not read.
	bulletinMax = 1 << 20
	// roundMax bounds one exchange with Redis.
	roundMax = time.Second
	// missesMax is how many exchanges a gateway may miss and still be living.
	missesMax = 10
)

// The braces keep all keys in one slot of a Redis cluster.
const (
	membersKey     = "{causeway:breaker}:gateways"
	bulletinPrefix = "{causeway:breaker}:gateway:"
)

// ErrRedisURL is returned when the URL of Redis cannot be read. It never
// carries the URL, which may hold a password.
var ErrRedisURL = errors.New("redis URL must be like redis://[user:password@]host:port[/database]")

// A Fleet shares each gateway's bulletin through Redis, under a key that
// outlives its gateway by seconds only. Redis carries advice, never
// correctness: everything in it may be lost at any time.
//
// Fleets that do not belong together must not share a Redis database.
type Fleet struct {
	client  *redis.Client
	gateway string
	every   time.Duration
	ttl     time.Duration
}

// NewFleet returns the fleet that meets at the Redis of url. The name of this
// gateway must be unlike all others. Bulletins are exchanged each time every
// has passed, half a second being usual, and count for ten times as long. The
// error is ErrRedisURL, or names a bad argument; Redis is not called yet.
func NewFleet(url, gateway string, every time.Duration) (*Fleet, error) {
	options, err := redis.ParseURL(url)
	if err != nil {
		return nil, ErrRedisURL
	}
	var faults faults
	faults.unless(gateway != "", "gateway", "must be named")
	faults.unless(every > 0, "every", "must be above 0")
	if err := faults.err(); err != nil {
		return nil, fmt.Errorf("fleet: %w", err)
	}
	logging.Disable()                    // it would print each failed dial; the board logs when Redis goes and returns
	options.ContextTimeoutEnabled = true // otherwise a silent Redis holds an exchange beyond roundMax
	options.MaxRetries = -1              // the next exchange is the retry
	options.DialerRetries = 1
	options.PoolSize = 1
	options.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	return &Fleet{client: redis.NewClient(options), gateway: gateway, every: every, ttl: missesMax * every}, nil
}

// Close releases the connection, after Run has returned.
func (f *Fleet) Close() error { return f.client.Close() }

// exchange publishes own and returns the bulletins of all living gateways, own
// included.
func (f *Fleet) exchange(ctx context.Context, own bulletin) ([]bulletin, error) {
	ctx, cancel := context.WithTimeout(ctx, roundMax)
	defer cancel()
	text, err := json.Marshal(own)
	if err != nil {
		return nil, fmt.Errorf("encode bulletin: %w", err)
	}
	var members *redis.StringSliceCmd
	_, err = f.client.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.Set(ctx, bulletinPrefix+f.gateway, text, f.ttl)
		p.SAdd(ctx, membersKey, f.gateway)
		members = p.SMembers(ctx, membersKey)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("publish bulletin: %w", err)
	}
	return f.collect(ctx, members.Val())
}

// collect reads the bulletins of gateways, and strikes those off that have none
// any more.
func (f *Fleet) collect(ctx context.Context, gateways []string) ([]bulletin, error) {
	slices.Sort(gateways)
	gateways = gateways[:min(len(gateways), fleetMax)]
	keys := make([]string, len(gateways))
	for i, gateway := range gateways {
		keys[i] = bulletinPrefix + gateway
	}
	texts, err := f.client.MGet(ctx, keys...).Result()
	if err != nil {
		return nil, fmt.Errorf("read bulletins: %w", err)
	}
	var living []bulletin
	var gone []any
	for i, each := range texts {
		text, found := each.(string)
		if !found {
			gone = append(gone, gateways[i])
			continue
		}
		var heard bulletin
		if len(text) > bulletinMax || json.Unmarshal([]byte(text), &heard) != nil {
			continue // not from a gateway of this kind; it has no vote
		}
		living = append(living, heard)
	}
	if len(gone) == 0 {
		return living, nil
	}
	if err := f.client.SRem(ctx, membersKey, gone...).Err(); err != nil {
		return nil, fmt.Errorf("strike off gateways: %w", err)
	}
	return living, nil
}

// leave withdraws this gateway's bulletin, so that it no longer counts as
// living. Should that fail, the bulletin expires.
func (f *Fleet) leave(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, roundMax)
	defer cancel()
	_, _ = f.client.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.Del(ctx, bulletinPrefix+f.gateway)
		p.SRem(ctx, membersKey, f.gateway)
		return nil
	})
}
