package breaker_test

import (
	"testing"

	"github.com/causeway-pay/causeway/breaker"
)

func BenchmarkAllowDone(b *testing.B) {
	board := newBoard(b, breaker.Config{})
	b.ReportAllocs()
	for b.Loop() {
		done, err := board.Allow(acme, large)
		if err != nil {
			b.Fatal(err)
		}
		done(breaker.Healthy)
	}
}

func BenchmarkState(b *testing.B) {
	board := newBoard(b, breaker.Config{})
	submit(b, board, large, breaker.Healthy)
	b.ReportAllocs()
	for b.Loop() {
		if s, _ := board.State(acme); s.Status != breaker.Closed {
			b.Fatal(s)
		}
	}
}
