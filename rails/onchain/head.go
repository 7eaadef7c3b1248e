package onchain

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/ethereum/go-ethereum/common"

	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails"
	"github.com/causeway-pay/causeway/rails/onchain/chain"
)

// onHead looks after the payouts under way with every block, and fills a nonce that was given up under others: nodes would
// keep those above it waiting for ever.
func (w *purse) onHead(ctx context.Context, journal rails.Journal) error {
	sender, err := w.address(ctx)
	if err != nil {
		return err
	}
	open, err := w.config.Store.InFlight(ctx, w.config.Network, sender)
	if err != nil {
		return err
	}
	v, err := w.node.survey(ctx)
	if err != nil {
		return err
	}
	used, err := w.node.nonce(ctx, common.HexToAddress(sender), nil)
	if err != nil {
		return err
	}
	w.follow(ctx, v.head)
	var faults []error
	room := chain.SweepsMax
	for _, i := range open {
		if i.Nonce >= used {
			room--
		}
		if w.rests(i, v, used) {
			continue
		}
		if err := w.lookAfter(ctx, journal, i); err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", i.Attempt, err))
		}
	}
	before := w.final
	w.final, w.well = v.stays, len(faults) == 0
	return errors.Join(append(faults, w.fill(ctx, sender), w.onSweeps(ctx, journal, v, before), w.beginSweeps(ctx, journal, sender, room, v))...)
}

// rests reports whether there is nothing to be learned of an intent: it is told as paid, its nonce is used up in the chain
// of now, and no further block became final. Many wait like that at once.
func (w *purse) rests(i chain.Intent, v view, used int64) bool {
	return i.FinalTx != "" && i.Nonce < used && w.well && v.stays == w.final && (!i.Operates() || w.counts(i.Attempt))
}

// follow takes in a new head. When it does not follow from the one before, every operation is looked at again: the ledger
// names the block that holds it.
func (w *purse) follow(ctx context.Context, head chain.Block) {
	before := w.head
	w.head = head
	if before.Hash == "" {
		return
	}
	if b, err := w.node.BlockAt(ctx, before.Number); err != nil || b.Hash != before.Hash {
		w.mu.Lock()
		defer w.mu.Unlock()
		clear(w.settled)
	}
}

// settle notes that an operation counts, or need not be looked at any more.
func (w *purse) settle(operation string, counts bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if counts {
		w.settled[operation] = true
	} else {
		delete(w.settled, operation)
	}
}

func (w *purse) counts(operation string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.settled[operation]
}

func (w *purse) lookAfter(ctx context.Context, journal rails.Journal, i chain.Intent) error {
	if filler(i) {
		_, err := w.goOnFilling(ctx, i)
		return err
	}
	if i.Channel != w.config.Name {
		return nil
	}
	if i.Operates() && i.State == chain.Reserved { // payouts may stand behind it
		if _, err := w.goOn(ctx, i, payment.Attempt{}); err != nil {
			return err
		}
	}
	if err := journal.Moved(ctx, i.Attempt); !errors.Is(err, payment.ErrNotFound) {
		return err
	}
	return nil
}

const fillPrefix = "fill:"

func filler(i chain.Intent) bool { return strings.HasPrefix(i.Attempt, fillPrefix) }

// fill uses up a nonce that was given up while higher ones wait.
func (w *purse) fill(ctx context.Context, sender string) error {
	nonce, found, err := w.config.Store.Gap(ctx, w.config.Network, sender)
	if err != nil || !found {
		return err
	}
	name := fmt.Sprintf("%s%s:%s:%d", fillPrefix, w.config.Network, sender, nonce)
	i, err := w.config.Store.Reserve(ctx, chain.Intent{
		Attempt: name, Channel: w.config.Name, Payout: name, Network: w.config.Network, Sender: sender, To: sender,
		Amount: w.node.assets[common.Address{}].Zero(), At: w.now(),
	}, nonce)
	if errors.Is(err, chain.ErrInFlight) {
		return nil // it is tried again with the next block
	}
	if err != nil {
		return err
	}
	_, err = w.goOnFilling(ctx, i)
	return err
}

func (w *purse) goOnFilling(ctx context.Context, i chain.Intent) (payment.Result, error) {
	if i.State == chain.Reserved {
		return payment.Result{}, w.signAndSend(ctx, i, chain.Cancel, fees{})
	}
	return w.resolve(ctx, i, payment.Attempt{})
}
