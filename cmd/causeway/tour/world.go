package tour

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
)

// World is a sandbox and a gateway, each a process of its own, and the keys to both.
type World struct {
	Gateway  string // URL
	Admin    string // URL of the metrics
	Control  string // URL of the sandbox's control API
	Key      string // the demo merchant's secret key
	Operator string // an operator's key
	Payer    string // the secret key of a merchant who may pay out, and whose earnings are available at once
	Config   string // path of the gateway's configuration

	chain     onChain
	nodes     []*relay          // what the gateways know of the chain's nodes
	banks     map[string]string // URLs by name
	others    []string          // further gateways
	options   Options
	processes []*Process
	remove    string // directory to remove at the end
	inbox     *inbox
}

// Start brings up the sandbox, then a gateway configured for it, and makes a merchant with keys.
func Start(ctx context.Context, o Options) (*World, error) {
	w := &World{options: o}
	if err := w.start(ctx); err != nil {
		w.Stop()
		return nil, err
	}
	return w, nil
}

func (w *World) start(ctx context.Context) error {
	dir := w.options.Dir
	if dir == "" {
		var err error
		if dir, err = os.MkdirTemp("", "causeway-tour-"); err != nil {
			return err
		}
		w.remove = dir
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	ports := portsKept
	if !w.options.Keep {
		var err error
		if ports, err = freePorts(); err != nil {
			return err
		}
	}
	var sandbox struct {
		Control, Rates string
		Acquirers      map[string]string
		Banks          map[string]string
		Chains         map[string]onChain
	}
	args := slices.Concat(sandboxArgs(ports), bankArgs(w.options, ports.gateway), chainArgs(w.options))
	if err := w.spawn(ctx, dir, &sandbox, w.options.Sandbox, args...); err != nil {
		return fmt.Errorf("sandbox: %w", err)
	}
	w.Control, w.banks, w.chain = sandbox.Control, sandbox.Banks, sandbox.Chains[chainDev]
	if w.options.RPC != "" {
		if err := w.joinChain(ctx); err != nil {
			return err
		}
	}
	if err := w.pin(ctx); err != nil { // before the gateway looks: a rate that jumps later would be quarantined
		return err
	}
	if err := w.relayNodes(); err != nil {
		return err
	}
	w.Config = filepath.Join(dir, "causeway.yaml")
	text := w.configuration(dir, ports, sandbox.Acquirers, sandbox.Rates) + bankChannels(sandbox.Banks) + w.chainConfig(dir)
	if err := os.WriteFile(w.Config, []byte(text), 0o600); err != nil {
		return err
	}
	if err := w.keys(ctx); err != nil {
		return err
	}
	if err := w.bankOn(ctx); err != nil {
		return err
	}
	if err := w.startSigner(ctx, dir); err != nil {
		return err
	}
	for range max(w.options.Gateways, 1) - 1 {
		if err := w.startAnother(ctx, dir); err != nil {
			return err
		}
	}
	if err := w.StartGateway(ctx); err != nil {
		return err
	}
	var err error
	w.inbox, err = openInbox(ctx, w)
	return err
}

// StartGateway starts the gateway, again after it was stopped or killed, and waits until it is ready.
func (w *World) StartGateway(ctx context.Context) error {
	var ready struct{ URL, Admin string }
	dir := filepath.Dir(w.Config)
	if err := w.spawn(ctx, dir, &ready, w.options.Causeway, "serve", "--config", w.Config, "--exit-on-stdin-close"); err != nil {
		return fmt.Errorf("gateway: %w", err)
	}
	w.Gateway, w.Admin = ready.URL, ready.Admin
	return nil
}

// startAnother starts one more gateway on the same database, beside the one that the tour talks to: it takes its share
// of callbacks' work, watching and sweeping, and of the requests.
func (w *World) startAnother(ctx context.Context, dir string) error {
	var ready struct{ URL string }
	env := []string{"CAUSEWAY_LISTEN=127.0.0.1:0", "CAUSEWAY_ADMIN_LISTEN=127.0.0.1:0"}
	if err := w.spawnWith(ctx, env, dir, &ready, w.options.Causeway, "serve", "--config", w.Config, "--exit-on-stdin-close"); err != nil {
		return fmt.Errorf("another gateway: %w", err)
	}
	w.others = append(w.others, ready.URL)
	return nil
}

// Doors are the URLs of the gateways on the database, the one that is killed and started again first.
func (w *World) Doors() []string { return slices.Concat([]string{w.Gateway}, w.others) }

// door is the gateway that the next request goes to: each in turn.
func (w *World) door() string {
	doors := w.Doors()
	return doors[int(turns.Add(1))%len(doors)]
}

var turns atomic.Int64

// KillGateway ends the gateway as a power cut would.
func (w *World) KillGateway() {
	w.takeGateway().Kill()
}

// StopGateway asks the gateway to stop, and returns its exit code when it has.
func (w *World) StopGateway() int {
	return w.takeGateway().Stop()
}

// takeGateway forgets the newest process, which is the gateway.
func (w *World) takeGateway() *Process {
	last := len(w.processes) - 1
	p := w.processes[last]
	w.processes = w.processes[:last]
	return p
}

// keys makes the demo merchant, its secret key and an operator's key.
func (w *World) keys(ctx context.Context) error {
	if _, err := w.cli(ctx, "merchants", "create", "demo", "--name", "Demo Shop", "--currency", "USD"); err != nil {
		return err
	}
	for kind, into := range map[string]*string{"sk": &w.Key, "op": &w.Operator} {
		args := []string{"keys", "create", "--kind", kind, "--output", "json"}
		if kind == "sk" {
			args = append(args, "--merchant", "demo")
		}
		out, err := w.cli(ctx, args...)
		if err != nil {
			return err
		}
		var made struct{ Secret string }
		if err := json.Unmarshal(out, &made); err != nil || made.Secret == "" {
			return fmt.Errorf("keys create printed %q", out)
		}
		*into = made.Secret
	}
	return nil
}

// cli runs a command of the gateway's binary on its database and returns what it prints.
func (w *World) cli(ctx context.Context, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, w.options.Causeway, append(args, "--config", w.Config)...)
	var complaint strings.Builder
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		return out, fmt.Errorf("causeway %s: %w: %s", strings.Join(args[:2], " "), err, complaint.String())
	}
	return out, nil
}

// Stop ends every process that was started, the newest first, and removes what was made.
func (w *World) Stop() {
	if w.inbox != nil {
		w.inbox.close()
	}
	for i := len(w.processes) - 1; i >= 0; i-- {
		w.processes[i].Stop()
	}
	for _, r := range w.nodes {
		r.close()
	}
	if w.remove != "" {
		_ = os.RemoveAll(w.remove) // a temporary directory; nothing depends on it
	}
}
