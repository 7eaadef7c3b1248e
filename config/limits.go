package config

import (
	"fmt"
	"net/netip"
)

// Limits say how many requests are let in at once. More are told to come again.
type Limits struct {
	Slots       int      `koanf:"slots"`           // requests that are worked on at once, beside the reserved ones and those that wait for a channel
	Places      int      `koanf:"places"`          // requests that are held at once: worked on, waiting for a channel, or queued
	Reserved    Reserved `koanf:"reserved"`        // slots that each kind of requests has for itself
	PerSecond   int      `koanf:"per_second"`      // requests of one kind from one merchant, in the long run
	Burst       int      `koanf:"burst"`           // and at once
	Connections int      `koanf:"connections"`     // open at once
	Proxies     []string `koanf:"trusted_proxies"` // addresses and networks whose X-Forwarded-For says who asks
}

// Reserved are the slots that each kind of requests has for itself.
type Reserved struct {
	Callbacks  int `koanf:"callbacks"`  // of channels
	Changes    int `koanf:"changes"`    // captures, refunds, cancels
	Resolution int `koanf:"resolution"` // operators and support
	Payments   int `koanf:"payments"`   // what else merchants write
	Reads      int `koanf:"reads"`      // what merchants look at
	Pages      int `koanf:"pages"`      // of payers
}

func (r Reserved) all() map[string]int {
	return map[string]int{
		"callbacks": r.Callbacks, "changes": r.Changes, "resolution": r.Resolution, "payments": r.Payments, "reads": r.Reads, "pages": r.Pages,
	}
}

// Limits of the limits.
const (
	slotsMax       = 1024
	placesMin      = 64
	placesMax      = 16_384
	perSecondMax   = 100_000
	burstMax       = 1_000_000
	connectionsMax = 65_536
	proxiesMax     = 100
)

func (l Limits) judge(j *judge) {
	j.require(l.Slots >= 0 && l.Slots <= slotsMax, "limits.slots", "must be between 0 and %d", slotsMax)
	j.require(l.Places >= placesMin && l.Places <= placesMax, "limits.places", "must be between %d and %d", placesMin, placesMax)
	for class, slots := range l.Reserved.all() {
		j.require(slots >= 1 && slots <= slotsMax, "limits.reserved."+class, "must be between 1 and %d", slotsMax)
	}
	j.require(l.PerSecond >= 1 && l.PerSecond <= perSecondMax, "limits.per_second", "must be between 1 and %d", perSecondMax)
	j.require(l.Burst >= 1 && l.Burst <= burstMax, "limits.burst", "must be between 1 and %d", burstMax)
	j.require(l.Connections >= 1 && l.Connections <= connectionsMax, "limits.connections", "must be between 1 and %d", connectionsMax)
	j.require(len(l.Proxies) <= proxiesMax, "limits.trusted_proxies", "at most %d", proxiesMax)
	for i, proxy := range l.Proxies {
		_, addressErr := netip.ParseAddr(proxy)
		_, networkErr := netip.ParsePrefix(proxy)
		j.require(addressErr == nil || networkErr == nil, fmt.Sprintf("limits.trusted_proxies[%d]", i), "must be an address or a network such as 10.0.0.0/8")
	}
}
