package gateway

import (
	"errors"
	"strings"
	"testing"
)

// A fault of ours over one payment is an error that names its place, and no end of the process.
func TestAPanicIsContained(t *testing.T) {
	var nothing []int
	err := guarded(func() error { return errors.New(string(rune(nothing[0]))) })
	if err == nil || !strings.Contains(err.Error(), "index out of range") || !strings.Contains(err.Error(), "sweep_guard_test.go") {
		t.Errorf("got %v", err)
	}
	want := errors.New("an error as always")
	if err := guarded(func() error { return want }); !errors.Is(err, want) {
		t.Errorf("got %v, want %v", err, want)
	}
}
