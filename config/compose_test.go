package config_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/causeway-pay/causeway/config"
)

// composed is what docker-compose.yml says of a service.
type composed struct {
	Command     []string
	Environment map[string]string
	Volumes     []string
	DependsOn   map[string]struct{ Condition string } `yaml:"depends_on"`
}

// commands are the words of a service's command, a line each.
func (s composed) commands() string { return strings.Join(s.Command, "\n") }

// fleet is what the gateways of docker-compose.yml find: the sandbox, the signer, and what is booked before they start.
type fleet struct {
	sandbox, signer composed
	seed            string
}

// The gateways of docker-compose.yml start with the environment that stands there, know the sandbox by its secrets, reach the
// signer through a volume of both, and have in their books what the sandbox opens each of their accounts with. That the
// commands run and pay out is tried by TestTheComposedFleetPaysOut.
func TestTheComposedFleetIsConfigured(t *testing.T) {
	var compose struct{ Services map[string]composed }
	if err := yaml.Unmarshal([]byte(read(t, "../docker-compose.yml")), &compose); err != nil {
		t.Fatal(err)
	}
	f := fleet{compose.Services["sandbox"], compose.Services["signer"], read(t, "../deploy/seed.sh")}
	for _, name := range []string{"gateway-1", "gateway-2"} {
		gateway := compose.Services[name]
		if gateway.DependsOn["seed"].Condition != "service_completed_successfully" || gateway.DependsOn["signer"].Condition != "service_healthy" {
			t.Errorf("%s does not wait for what it needs: %v", name, gateway.DependsOn)
		}
		var environment []string
		for variable, value := range gateway.Environment {
			environment = append(environment, variable+"="+value)
			if strings.HasSuffix(variable, "_SECRET") && !strings.Contains(f.sandbox.commands(), "secret="+value) {
				t.Errorf("the sandbox does not know %s of %s", variable, name)
			}
		}
		c, err := config.Load("../deploy/causeway.yaml", environment)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if len(c.Channels) != 4 || len(c.Chains) != 1 || len(c.Rates) != 1 || !c.Channels[1].Capabilities.Fence {
			t.Errorf("%s: %v", name, c)
		}
		for _, channel := range c.Channels {
			if fault := f.banked(channel); fault != "" {
				t.Errorf("%s: %s", channel.Name, fault)
			}
		}
		for _, chain := range c.Chains {
			if fault := f.signed(chain, gateway); fault != "" {
				t.Errorf("%s of %s: %s", chain.Name, name, fault)
			}
		}
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// banked says which account at a bank is not opened by the sandbox, or not booked with what it is opened with.
func (f fleet) banked(c config.Channel) string {
	accounts := c.Nostros
	if c.Account != "" {
		accounts = []config.Nostro{{Currency: c.Currencies[0], Account: c.Account}}
	}
	for _, nostro := range accounts {
		opens := regexp.MustCompile(`--bank=name=` + c.Name + `,\S*[=;]` + nostro.Account + `/` + nostro.Currency + `/([\d.]+)`)
		opened := opens.FindStringSubmatch(f.sandbox.commands())
		if opened == nil {
			return "the sandbox has no account " + nostro.Account
		}
		if !strings.Contains(f.seed, fmt.Sprintf("\nfund nostro:%s:%s %s %[2]s\n", c.Name, nostro.Currency, opened[1])) {
			return fmt.Sprintf("%s %s on %s are not booked", opened[1], nostro.Currency, nostro.Account)
		}
	}
	return ""
}

// signed says what a gateway lacks to pay out on a chain: the way to the signer, or something on its wallet.
func (f fleet) signed(c config.Chain, gateway composed) string {
	socket, isSocket := strings.CutPrefix(c.Signer, "unix:")
	volume := "signer:" + filepath.Dir(socket)
	if !isSocket || !slices.Contains(f.signer.Command, "--socket="+socket) {
		return "no signer listens at " + c.Signer
	}
	if !slices.Contains(f.signer.Volumes, volume) || !slices.Contains(gateway.Volumes, volume) {
		return "the socket is on no volume of both"
	}
	for _, currency := range []string{c.Coin, c.Tokens[0].Code} {
		booked := regexp.MustCompile(`\nfund chain:` + c.Network + `:hot (\d+) ` + currency + `@` + c.Network + `\n`).FindStringSubmatch(f.seed)
		if booked == nil {
			return "no " + currency + " is booked"
		}
		if !regexp.MustCompile(`--chain=name=` + c.Name + `,\S*/` + currency + `/` + booked[1] + `\b`).MatchString(f.sandbox.commands()) {
			return booked[1] + " " + currency + " are booked, and the sandbox opens the wallet with something else"
		}
	}
	return ""
}
