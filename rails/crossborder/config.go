package crossborder

import (
	"errors"
	"fmt"
	"time"

	"github.com/causeway-pay/causeway/rails/banklink"
	"github.com/causeway-pay/causeway/rails/calendar"
	"github.com/causeway-pay/causeway/rails/iso20022"
)

// WayMax is the longest that payouts are said to take.
const WayMax = 30 * 24 * time.Hour

// Config describes one channel. Its accounts are the nostros, and BIC is that of the correspondent.
type Config struct {
	banklink.Config

	OwnBIC   string // by which the correspondent knows us
	Street   string // of the holder, where it is known
	Town     string // of the holder
	Home     string // its country, ISO 3166-1 alpha-2
	Calendar string // when the correspondent works, such as "ecb"; empty: always
	Cutoff   string // until when a payout goes out on the same day, such as "16:00 Europe/Berlin"; empty: always
	// Fastest and Slowest are how long payouts were on their way, by the history of the tracker.
	Fastest, Slowest time.Duration
}

// String returns the name of the channel, so that printing a Config does not print its secrets.
func (c Config) String() string { return c.Name }

// Validate returns an error that names every field that is wrong. It repeats no secret.
func (c Config) Validate() error {
	faults := c.Faults()
	check := func(err error, field string) {
		if err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", field, err))
		}
	}
	check(iso20022.CheckBIC(c.OwnBIC), "own_bic")
	check(iso20022.CheckAddress(c.address()), "town and home")
	if c.Fastest < 0 || c.Slowest < c.Fastest || c.Slowest > WayMax {
		check(fmt.Errorf("must be at least as long, and at most %s", WayMax), "fastest and slowest")
	}
	if c.Capabilities.Fence {
		check(errors.New("a recall is a request, and no fence"), "fence")
	}
	if _, err := calendar.New(c.Calendar, c.Cutoff); errors.Is(err, calendar.ErrCutoff) {
		check(err, "cutoff")
	} else {
		check(err, "calendar")
	}
	if len(faults) == 0 {
		return nil
	}
	return fmt.Errorf("cross-border channel %q: %w", c.Name, errors.Join(faults...))
}

func (c Config) address() iso20022.Address {
	return iso20022.Address{Street: c.Street, Town: c.Town, Country: c.Home}
}
