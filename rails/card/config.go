package card

import (
	"errors"
	"fmt"

	"github.com/causeway-pay/causeway/rails/line"
)

// TimeoutMax is the longest timeout that a channel can have.
const TimeoutMax = line.TimeoutMax

// Config describes one channel.
type Config line.Config

// String returns the name of the channel, so that printing a Config does not print its secrets.
func (c Config) String() string { return c.Name }

// Validate returns an error that names every field that is wrong. It repeats no secret.
func (c Config) Validate() error {
	faults := line.Config(c).Faults()
	if len(faults) == 0 {
		return nil
	}
	return fmt.Errorf("card channel %q: %w", c.Name, errors.Join(faults...))
}
