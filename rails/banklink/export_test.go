package banklink

import (
	"context"

	"github.com/causeway-pay/causeway/payment"
)

// Page reads one page of the mailbox.
func (l *Link) Page(ctx context.Context, a Account, after int) ([]Movement, error) {
	found, _, err := l.page(ctx, a, after)
	return found, err
}

// Refusals is the table of refusals.
func Refusals() map[string]payment.Reason { return refusals }

// OursAll is the table of returns that are our fault or a bank's.
func OursAll() map[string]bool { return ours }
