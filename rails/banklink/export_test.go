package banklink

import (
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails/line"
)

// ReadPage reads an answer of the mailbox about what came after the first so many notifications.
func (l *Link) ReadPage(reply line.Reply, a Account, after int) ([]Movement, error) {
	found, next, err := l.readPage(reply, a, after)
	if err == nil && next < after {
		panic("the mailbox goes back")
	}
	return found, err
}

// Refusals is the table of refusals.
func Refusals() map[string]payment.Reason { return refusals }

// OursAll is the table of returns that are our fault or a bank's.
func OursAll() map[string]bool { return ours }
