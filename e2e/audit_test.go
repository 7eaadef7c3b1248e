package e2e

import (
	"strings"
	"testing"
)

// TestTheAuditAsksTheNodes replaces blocks that were final while no gateway is there to see it: only a node can tell.
func TestTheAuditAsksTheNodes(t *testing.T) {
	t.Parallel()
	w := start(t)
	n := w.node()
	p, due, to := w.awaitCoins("deposit")
	n.payIn(0, to, strings.TrimRight(due, "0"))
	n.mine(40)
	w.until(p, "succeeded")
	p, due, to = w.awaitCoins("later") // what is paid now is seen after all that was before
	n.payIn(1, to, strings.TrimRight(due, "0"))
	w.until(p, "succeeded")
	w.StopGateway()
	w.audit()

	var none any
	n.ask(&none, "anvil_reorg", 40, []any{})
	const broken = 3
	if code, said := w.audited(); code != broken || !strings.Contains(said, "and the nodes have") {
		t.Errorf("with a final block replaced the audit exits with %d:\n%s", code, said)
	}
	if code, said := w.audited("--offline"); code != 0 {
		t.Errorf("asking no node it exits with %d:\n%s", code, said)
	}
}
