package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"
)

// The sandbox's peers, as it calls them.
var (
	acquirers = []string{"card.acme-eu", "card.globex"}
	banks     = []string{"bank.sandbox-eur", "xb.sandbox", "xb.second"}
)

const chainDev = "chain.dev"

// What the peers do to a few messages by themselves, beside what clients ask of them for one payment. None of it breaks what
// a channel promises: a fence that leaks is not for the gateway to survive.
var (
	acquirerHabits = []string{
		"timeout_then_success", "charged_but_500", "error_500", "hang", "slow:1s", "empty_200", "not_sent", "wrong_amount_echo",
		"capture:timeout_then_success", "capture:charged_but_500", "capture:never_visible", "capture:late_success:2s",
		"refund:timeout_then_success", "refund:charged_but_500", "refund:never_visible", "refund:late_success:2s",
		"cancel:timeout_then_success", "cancel:charged_but_500", "cancel:hang", "inquiry:error_500", "inquiry:hang", "inquiry:empty_200",
		"dup_callback", "out_of_order_callback",
	}
	bankHabits = []string{
		"timeout_then_success", "charged_but_500", "error_500", "hang", "slow:1s", "empty_200", "not_sent", "never_visible",
		"accepted_slowly:2s", "inquiry:error_500", "inquiry:hang", "cancel:timeout_then_success", "dup_callback", "out_of_order_callback",
	}
	nodeHabits = []string{"hang", "error_500", "slow:1s", "lag:3", "sent_but_500", "drop_transactions"}
)

const (
	habitMin, habitMax = 100 * time.Millisecond, 900 * time.Millisecond // between one fault and the next
	messagesMax        = 3                                              // that one fault concerns
	endpoints          = 2                                              // of the chain
)

// strikePeers has the peers misbehave on their own, until ctx ends.
func (s *storm) strikePeers(ctx context.Context) error {
	draw := s.plan.draws("peers")
	for pause(ctx, between(draw, habitMin, habitMax)) {
		kind, path, body := s.habit(draw)
		said, err := call(ctx, http.MethodPost, s.world.Control+path, nil, body)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil || said.status != http.StatusOK && said.status != http.StatusConflict { // it has enough of them already
			return fmt.Errorf("%s %s: %d %s: %w", path, body, said.status, said.body, err)
		}
		s.tally.habit(kind)
	}
	return nil
}

func (s *storm) habit(draw *rand.Rand) (kind, path, body string) {
	count := 1 + draw.IntN(messagesMax)
	switch draw.IntN(3) {
	case 0:
		return "acquirers", "/control/acquirers/" + pick(draw, acquirers) + "/faults", fmt.Sprintf(`{"scenario":%q,"count":%d}`, pick(draw, acquirerHabits), count)
	case 1:
		return "banks", "/control/banks/" + pick(draw, banks) + "/faults", fmt.Sprintf(`{"scenario":%q,"count":%d}`, pick(draw, bankHabits), count)
	default:
		return "nodes", "/control/chains/" + chainDev + "/faults",
			fmt.Sprintf(`{"scenario":%q,"count":%d,"endpoint":%d}`, pick(draw, nodeHabits), count, draw.IntN(endpoints))
	}
}

// calmPeers makes the peers behave.
func (s *storm) calmPeers(ctx context.Context) error {
	var paths []string
	for _, name := range acquirers {
		paths = append(paths, "/control/acquirers/"+name+"/faults")
	}
	for _, name := range banks {
		paths = append(paths, "/control/banks/"+name+"/faults")
	}
	for _, path := range append(paths, "/control/chains/"+chainDev+"/faults") {
		if said, err := call(ctx, http.MethodDelete, s.world.Control+path, nil, ""); err != nil || said.status != http.StatusOK {
			return fmt.Errorf("calm %s: %d %s: %w", path, said.status, said.body, err)
		}
	}
	return nil
}
