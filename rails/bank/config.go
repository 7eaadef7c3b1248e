package bank

import (
	"errors"
	"fmt"

	"github.com/causeway-pay/causeway/rails/banklink"
	"github.com/causeway-pay/causeway/rails/calendar"
	"github.com/causeway-pay/causeway/rails/iso20022"
)

// Config describes one channel.
type Config struct {
	banklink.Config

	Calendar string // when the bank works, such as "ecb"; empty: always
	Cutoff   string // until when an order is carried out on the same day, such as "16:00 Europe/Berlin"; empty: always
}

// String returns the name of the channel, so that printing a Config does not print its secrets.
func (c Config) String() string { return c.Name }

// Validate returns an error that names every field that is wrong. It repeats no secret.
func (c Config) Validate() error {
	faults := c.Faults()
	for _, a := range c.Accounts {
		if err := iso20022.CheckIBAN(a.Number); err != nil {
			faults = append(faults, fmt.Errorf("account: %w", err))
		}
	}
	if _, err := calendar.New(c.Calendar, c.Cutoff); errors.Is(err, calendar.ErrCutoff) {
		faults = append(faults, fmt.Errorf("cutoff: %w", err))
	} else if err != nil {
		faults = append(faults, fmt.Errorf("calendar: %w", err))
	}
	if len(faults) == 0 {
		return nil
	}
	return fmt.Errorf("bank channel %q: %w", c.Name, errors.Join(faults...))
}
