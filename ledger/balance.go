package ledger

import "github.com/causeway-pay/causeway/money"

// Balance is what stands on an account in one asset.
type Balance struct {
	Account Account
	Amount  money.Amount
}
