package audit

import (
	"context"
	"time"

	"github.com/causeway-pay/causeway/ledger"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
)

// Books is what an audit reads. Every method sees one moment. Those that are given a limit return at most so many objects, in
// the order of their keys, and hold no more; those that are not leave the work to the database and return at most
// FaultsMax findings.
type Books interface {
	// Counts returns about how many objects each part has.
	Counts(ctx context.Context) (map[string]int64, error)
	// Cases returns the payments behind one, by id.
	Cases(ctx context.Context, after payment.ID, limit int) ([]Case, error)
	// RuleSet returns the text of a version of treasury's rules. It returns payment.ErrNotFound when there is none.
	RuleSet(ctx context.Context, version int64) (string, error)
	// Links returns the links of the hash chain behind a number. A link whose entry has no postings is left out.
	Links(ctx context.Context, after int64, limit int) ([]Link, error)
	// Booked returns the entries behind one, by the moment they were made and their id.
	Booked(ctx context.Context, after Moment, limit int) ([]Booked, error)
	// Keys returns the idempotency keys behind one.
	Keys(ctx context.Context, after Key, limit int) ([]Key, error)
	// Floors returns the balances of merchants behind one that may not be below zero.
	Floors(ctx context.Context, after BalanceKey, limit int) ([]Floor, error)

	Totals(ctx context.Context) ([]money.Amount, error)
	// Drifts returns balances that are not the sum of their postings.
	Drifts(ctx context.Context) ([]Standing, error)
	BlocksAstray(ctx context.Context) ([]string, error)
	DepositsAstray(ctx context.Context) ([]string, error)
	NoncesAstray(ctx context.Context) ([]string, error)
	ChainCounts(ctx context.Context) (transfers, intents int64, err error)
}

// Case is one payment with all that the books say of it.
type Case struct {
	payment.Payment

	History []payment.OutcomeChange
	Untold  bool      // its events are not numbered 1 to its sequence, or none tells its status
	DueAt   time.Time // when somebody should look at it; a claim moves it
}

// Link is one link of the hash chain.
type Link struct {
	No     int64
	Entry  ledger.Entry
	Before [32]byte // the hash of the link before it; zero for the first, and where there is none
	Hash   [32]byte
}

// Moment is the place of an entry in the order of time, and that of a change.
type Moment struct {
	At time.Time
	ID string
}

// Booked is one entry and whether it is in the hash chain.
type Booked struct {
	Moment

	Sealed  bool
	LeftOut time.Duration // how long after it an entry was made that is in the chain, while it is not
	Entry   ledger.Entry  // of one that is not sealed
}

// Key is one idempotency key and whether it names what does not exist.
type Key struct {
	Merchant, Path, Key string
	Astray              bool
}

// BalanceKey is an account in one asset, as the books write them: the key of a balance.
type BalanceKey struct{ Account, Asset string }

// Floor is a balance that may not be below zero.
type Floor struct {
	BalanceKey

	Below bool
}

// Standing is what stands on an account, and what its postings sum to.
type Standing struct {
	BalanceKey

	Balance, Postings money.Amount
}
