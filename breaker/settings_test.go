package breaker_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/breaker"
)

func TestDefaultsAreValid(t *testing.T) {
	if err := breaker.Defaults().Validate(); err != nil {
		t.Fatal(err)
	}
}

func TestZeroSettingsNameEveryField(t *testing.T) {
	err := breaker.Settings{}.Validate()
	for _, field := range []string{
		"bucket", "min_requests", "failure_ratio", "slow_call", "open_for", "half_open_max",
		"max_in_flight", "resolve_in_flight", "call_max", "probe_max",
	} {
		if err == nil || !strings.Contains(err.Error(), field+" must") {
			t.Errorf("%v does not name %s", err, field)
		}
	}
}

func TestBadSettings(t *testing.T) {
	for field, spoil := range map[string]func(*breaker.Settings){
		"window must be a multiple":   func(s *breaker.Settings) { s.Window = 62 * time.Second },
		"window must hold 2 to 240":   func(s *breaker.Settings) { s.Bucket = s.Window },
		"window must hold":            func(s *breaker.Settings) { s.Bucket = time.Millisecond },
		"failure_ratio must be above": func(s *breaker.Settings) { s.FailureRatio = math.NaN() },
		"call_max must be at most":    func(s *breaker.Settings) { s.CallMax = s.Window },
	} {
		s := breaker.Defaults()
		spoil(&s)
		if err := s.Validate(); err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("%v, want %q", err, field)
		}
	}
}

func TestNewBoardNamesEveryBadChannel(t *testing.T) {
	_, err := breaker.NewBoard(breaker.Config{Channels: map[string]breaker.Settings{
		"card.a": {}, "card.b": breaker.Defaults(), "card.c": {},
	}})
	for _, want := range []string{"prober", "channel card.a", "channel card.c"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not name %s", err, want)
		}
	}
}
