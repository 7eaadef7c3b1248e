package main

import (
	"context"
	"fmt"
	"net/http"
	"slices"
)

const replaysMax = 2000 // keys that are sent again at the end

// judgeReplays sends keys again, the latest first, and wants the same object at every gateway.
func (s *storm) judgeReplays(ctx context.Context, v *verdict) error {
	sent := 0
	for _, i := range slices.Backward(s.notes.all()) {
		if i.id == "" {
			continue
		}
		if sent++; sent > replaysMax {
			break
		}
		g := s.gateways[sent%len(s.gateways)]
		answer, err := askAgain(ctx, http.MethodPost, g.url+i.path, s.merchant(i.key), i.body)
		if err != nil {
			return fmt.Errorf("replay %s: %w", i.key, err)
		}
		if again := answer.view(); again.ID != i.id || !answer.replayed {
			v.find(unreplayed, "%s %s with key %s: now %d %s, replayed %t", i.kind, i.id, i.key, answer.status, again.ID, answer.replayed)
		}
	}
	s.tally.replays = min(sent, replaysMax)
	return nil
}
