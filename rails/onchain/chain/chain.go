// Package chain watches the blocks of a chain for transfers to addresses that were given out, and says what is known of
// payouts on it. It knows no node software: a [Node] reads blocks, a [Store] remembers which were scanned.
//
// Every block from the first is scanned in order, and its row is kept: the rows prove that none was left out. What was
// seen in a block is kept with it, so that a crash anywhere loses neither a deposit nor the news that it is gone.
package chain

import (
	"strconv"
	"time"

	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
)

const (
	// DepthMax is how many blocks a reorganisation may take back before the watcher stops and calls people.
	DepthMax = 128
	// FinalDepth is how many confirmations are shown as needed where only finality counts: two epochs of Ethereum. Payouts
	// on a chain whose nodes name no final block end at this depth.
	FinalDepth = 64
)

// Address is an account of an EVM chain.
type Address [20]byte

// Block is the head of one block.
type Block struct {
	Number int64
	Hash   string
	Parent string
	Time   time.Time
}

// Kind says what a transfer moved.
type Kind string

// The kinds of transfer.
const (
	Native Kind = "native" // the chain's coin, as the value of a transaction
	Token  Kind = "token"  // told by a contract's Transfer event
)

// Transfer is money that a block moves to an address of ours. The same transaction in another block is another transfer.
type Transfer struct {
	Kind     Kind
	Block    Block
	Tx       string
	Index    int64  // of the log in its block; 0 for the chain's coin
	From, To string // To is the place that was given out, as it was written there
	Contract string // of a token; empty for the chain's coin
	Amount   money.Amount
}

// Reference names a transfer for ever.
func (t Transfer) Reference() string {
	index := string(Native)
	if t.Kind == Token {
		index = strconv.FormatInt(t.Index, 10)
	}
	return t.Block.Hash + ":" + t.Tx + ":" + index
}

// receipt is the transfer as the journal hears of it.
func (t Transfer) receipt(state payment.ReceiptState, have, need int) payment.Receipt {
	return payment.Receipt{
		Reference: t.Reference(), Amount: t.Amount, State: state, Have: have, Need: need,
		Block: t.Block.Hash, Height: t.Block.Number, Tx: t.Tx, Sender: t.From, At: t.Block.Time,
	}
}

// Steps say how deep transfers of one asset must be to count. Below Medium one confirmation is enough, below Large six,
// and from Large on only a block that the node calls final.
type Steps struct {
	Medium, Large money.Amount
}

// MediumDepth is how many confirmations a medium amount needs.
const MediumDepth = 6

// Depths say how deep transfers must be, by asset. An asset without steps has to be final.
type Depths map[money.Asset]Steps

// Need returns how many confirmations an amount needs, and whether its block has to be final.
func (d Depths) Need(amount money.Amount) (confirmations int, final bool) {
	steps, ok := d[amount.Asset()]
	switch {
	case !ok || amount.Cmp(steps.Large) >= 0:
		return FinalDepth, true
	case amount.Cmp(steps.Medium) >= 0:
		return MediumDepth, false
	}
	return 1, false
}
