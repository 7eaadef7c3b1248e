package checkout_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/causeway-pay/causeway/gateway/gatewaytest"
	"github.com/causeway-pay/causeway/gateway/limit"
)

// A payer for whom there is no room is told so on a page, and that nothing happened to the payment.
func TestTooManyPayers(t *testing.T) {
	l := newLab(t)
	b := l.bill(gatewaytest.Order())
	asset := regexp.MustCompile(`/c/assets/[^"]+`).FindString(b.page("en"))
	for taken := 0; ; taken++ {
		turn, err := l.limiter.Admit(t.Context(), limit.Pages, "others")
		if err != nil {
			break
		}
		defer turn.Done()
	}
	for _, path := range []string{b.path, b.path + "/status", "/status"} {
		got := l.get(path)
		if got.Code != http.StatusServiceUnavailable || got.Header().Get("Retry-After") == "" {
			t.Errorf("%s: %d %v", path, got.Code, got.Header())
		}
	}
	if asset := l.get(asset); asset.Code != http.StatusOK {
		t.Errorf("the style of that page: %d", asset.Code)
	}
	if sent := b.post(choice("1", "card", "token", strings.Repeat("x", 5<<10))); sent.Code != http.StatusBadRequest {
		t.Errorf("a form that is too large is not refused first: %d", sent.Code)
	}
}
