package payment

import (
	"time"

	"github.com/causeway-pay/causeway/fx"
)

// Filter selects payments, or payouts, of one merchant, newest first. Empty fields select everything.
type Filter struct {
	Merchant      string
	Mode          Mode
	Direction     fx.Direction // Collect for payments, Send for payouts
	Status        Status
	Reference     string
	CreatedFrom   time.Time // inclusive
	CreatedBefore time.Time // exclusive
	Page
}

// OperationFilter selects captures or refunds of one merchant, newest first.
type OperationFilter struct {
	Merchant string
	Mode     Mode
	Kind     OperationKind
	Payment  ID // empty: of every payment
	Page
}

// EventFilter selects events of one merchant, newest first.
type EventFilter struct {
	Merchant string
	Mode     Mode
	Type     string
	Payment  ID
	Page
}

// Page is a part of a list. At most one of After and Before is set.
type Page struct {
	Limit  int    // 1 to PageMax
	After  string // starting_after: the page begins behind this id
	Before string // ending_before: the page ends before this id
}

// PageMax is the longest page.
const PageMax = 100

// Found is an operation on a list, with the payment it belongs to.
type Found struct {
	Payment   ID
	Operation Operation
}
