package e2e

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/causeway-pay/causeway/cmd/causeway/tour"
	"github.com/causeway-pay/causeway/store/storetest"
)

// composed is a service of docker-compose.yml, as far as it makes a difference to a process.
type composed struct {
	Build               struct{ Target string }
	Entrypoint, Command []string
	Environment         map[string]string
	Volumes             []string
}

// fleet is that of docker-compose.yml as processes of this machine: the same commands, environments and files, in which only
// addresses and directories are others. PostgreSQL and Redis are those of the tests.
type fleet struct {
	t         *testing.T
	services  map[string]composed
	dir       string
	addresses map[string]string // by service and port
}

func openFleet(t *testing.T) *fleet {
	t.Helper()
	text, err := os.ReadFile("../docker-compose.yml")
	if err != nil {
		t.Fatal(err)
	}
	var compose struct{ Services map[string]composed }
	if err := yaml.Unmarshal(text, &compose); err != nil {
		t.Fatal(err)
	}
	redis, err := url.Parse(os.Getenv("CAUSEWAY_TEST_REDIS"))
	if err != nil || redis.Host == "" {
		t.Fatalf("CAUSEWAY_TEST_REDIS is not set: run make test, which starts Redis: %v", err)
	}
	redis.Path = "/7" // what other tests advise is none of this fleet's business
	servers := map[string]string{"CAUSEWAY_DATABASE": storetest.Postgres(t), "CAUSEWAY_REDIS": redis.String()}
	for _, s := range compose.Services {
		for name := range s.Environment {
			s.Environment[name] = cmp.Or(servers[name], s.Environment[name])
		}
	}
	return &fleet{t: t, services: compose.Services, dir: t.TempDir(), addresses: map[string]string{}}
}

// at is where a service listens that listens on that port of its own machine there.
func (f *fleet) at(service, port string) string {
	f.t.Helper()
	known := service + ":" + port
	if f.addresses[known] == "" {
		address, err := tour.FreePort()
		if err != nil {
			f.t.Fatal(err)
		}
		f.addresses[known] = address
	}
	return f.addresses[known]
}

var (
	listens   = regexp.MustCompile(`0\.0\.0\.0:(\d+)`)
	calls     = regexp.MustCompile(`\b(sandbox|gateway):(\d+)`)
	published = regexp.MustCompile(`\blocalhost:808([01])`)
)

// here writes what a service is told with the addresses and directories of this machine.
func (f *fleet) here(service, text string) string {
	f.t.Helper()
	text = listens.ReplaceAllStringFunc(text, func(found string) string {
		return f.at(service, listens.FindStringSubmatch(found)[1])
	})
	text = calls.ReplaceAllStringFunc(text, func(found string) string {
		host, port, _ := strings.Cut(found, ":")
		return f.at(map[string]string{"sandbox": "sandbox", "gateway": "gateway-1"}[host], port)
	})
	text = published.ReplaceAllStringFunc(text, func(found string) string {
		return f.at(map[string]string{"0": "gateway-1", "1": "gateway-2"}[found[len(found)-1:]], "8080")
	})
	var directories []string
	for _, volume := range f.services[service].Volumes {
		source, target, _ := strings.Cut(strings.TrimSuffix(volume, ":ro"), ":")
		directories = append(directories, target, f.place(service, source))
	}
	return strings.NewReplacer(directories...).Replace(text)
}

// place is where a service finds what is mounted: a volume, which is shared, or its own copy of files of the repository.
func (f *fleet) place(service, source string) string {
	if strings.HasPrefix(source, "./") {
		return filepath.Join(f.dir, service, source)
	}
	return filepath.Join(f.dir, "volumes", source)
}

// mount makes the volumes of a service, and copies its files.
func (f *fleet) mount(service string) {
	f.t.Helper()
	for _, volume := range f.services[service].Volumes {
		source, _, _ := strings.Cut(volume, ":")
		if !strings.HasPrefix(source, "./") {
			f.must(os.MkdirAll(f.place(service, source), 0o700))
			continue
		}
		f.must(filepath.WalkDir(filepath.Join("..", source), func(path string, entry os.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			text, err := os.ReadFile(path)
			f.must(err)
			into := f.place(service, "./"+strings.TrimPrefix(path, "../"))
			f.must(os.MkdirAll(filepath.Dir(into), 0o700))
			return os.WriteFile(into, []byte(f.here(service, string(text))), 0o600)
		}))
	}
}

func (f *fleet) must(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

// command is what a service runs, and its environment.
func (f *fleet) command(service string) (binary string, args, environment []string) {
	f.t.Helper()
	s, known := f.services[service]
	if !known {
		f.t.Fatalf("there is no service %s", service)
	}
	for _, arg := range slices.Concat(s.Entrypoint, s.Command) {
		args = append(args, f.here(service, arg))
	}
	for name, value := range s.Environment {
		environment = append(environment, name+"="+f.here(service, value))
	}
	if len(s.Entrypoint) > 0 {
		return args[0], args[1:], append(environment, "PATH="+binaries+":"+os.Getenv("PATH"))
	}
	return filepath.Join(binaries, s.Build.Target), args, environment
}

// start starts a service, and waits until it says that it is ready.
func (f *fleet) start(service string) {
	f.t.Helper()
	f.mount(service)
	binary, args, environment := f.command(service)
	var ready map[string]any
	process, err := tour.Launch(f.t.Context(), filepath.Join(f.dir, service+".log"), environment, &ready, binary, append(args, "--exit-on-stdin-close")...)
	f.must(err)
	f.t.Cleanup(func() { process.Stop() })
}

// finish runs a service that ends, and returns the lines that it prints.
func (f *fleet) finish(service string) []string {
	f.t.Helper()
	f.mount(service)
	binary, args, environment := f.command(service)
	lines, err := f.says(binary, environment, args...)
	f.must(err)
	return lines
}

// causeway runs a command as the operator of a gateway does in its container.
func (f *fleet) causeway(gateway string, args ...string) ([]string, error) {
	f.t.Helper()
	_, _, environment := f.command(gateway)
	args = append(args, "--config", f.here(gateway, "/etc/causeway.yaml"))
	return f.says(filepath.Join(binaries, "causeway"), environment, args...)
}

func (f *fleet) says(binary string, environment []string, args ...string) ([]string, error) {
	cmd := exec.CommandContext(f.t.Context(), binary, args...)
	cmd.Env = append(os.Environ(), environment...)
	var complaint strings.Builder
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		err = fmt.Errorf("%s %v: %w: %s%s", binary, args, err, out, &complaint)
	}
	return strings.Split(strings.TrimSpace(string(out)), "\n"), err
}

// TestTheComposedFleetPaysOut runs the services of docker-compose.yml in their order, and pays out on every rail that can.
// What was paid is counted by the banks and on the chain.
func TestTheComposedFleetPaysOut(t *testing.T) {
	t.Parallel()
	f := openFleet(t)
	f.start("sandbox")
	f.start("signer")
	seeded := f.finish("seed")
	if again := f.finish("seed"); !slices.Equal(again, seeded) {
		t.Errorf("seeded twice it says\n%q\nand first\n%q", again, seeded)
	}
	f.start("gateway-1")
	f.start("gateway-2")
	for account, want := range map[string]string{
		"nostro:bank.sandbox-eur:EUR EUR": "1000000.00 EUR", "chain:eip155:1337:hot ETH@eip155:1337": "10.000000000000000000 ETH@eip155:1337",
	} {
		of := strings.Fields(account)
		if got, err := f.causeway("gateway-1", append([]string{"ledger", "balance"}, of...)...); err != nil || !slices.Equal(got, []string{of[0] + " " + want}) {
			t.Errorf("%s holds %q, want %s once: %v", account, got, want, err)
		}
	}

	w := &world{&tour.World{Gateway: "http://" + f.at("gateway-1", "8080"), Control: "http://" + f.at("sandbox", "9100"), Key: seeded[len(seeded)-1]}, t}
	w.earns("500.00")
	other := w.as(w.Key) // the other gateway, which tells the same
	other.Gateway = "http://" + f.at("gateway-2", "8080")
	for _, name := range slices.Sorted(maps.Keys(payouts)) {
		to := w.insist(http.MethodPost, "/v1/beneficiaries", "to-"+name, payouts[name].to).text("id")
		made := w.insist(http.MethodPost, "/v1/payouts", name, strings.ReplaceAll(payouts[name].order, "$to", to))
		t.Logf("%s: %s, %s", name, made.text("id"), other.see("/v1/payouts/"+made.text("id"), "paid").text("status"))
	}
	for bank, want := range map[string]string{bankAtHome: "50.00", bankAbroad: "800.00"} {
		debits, _ := w.control(http.MethodGet, "/control/banks/"+bank+"/movements?kind=debit", "").body["movements"].([]any)
		if len(debits) != 1 || debits[0].(map[string]any)["amount"] != want {
			t.Errorf("%s has the debits %v, want one of %s", bank, debits, want)
		}
	}
	moved, _ := w.control(http.MethodGet, "/control/chains/"+chain+"/transfers?address="+adasWallet, "").body["transfers"].([]any)
	if len(moved) != 1 || moved[0].(map[string]any)["value"] != "20000000" {
		t.Errorf("on the chain %v came to the wallet, want 20000000 of USDC once", moved)
	}
	w.control(http.MethodPost, "/control/chains/"+chain+"/mine", `{"blocks":70}`) // all of it is final
	for _, channel := range []string{bankAtHome, bankAbroad, chain} {
		f.reconciles(channel)
	}
	_, err := f.causeway("gateway-2", "audit")
	f.must(err)
}

// reconciles demands that a channel's statement of today and the books are the same, as soon as what is under way has come to rest.
func (f *fleet) reconciles(channel string) {
	f.t.Helper()
	var err error
	for range 10 {
		if _, err = f.causeway("gateway-1", "reconcile", "--channel", channel, "--date", time.Now().UTC().Format(time.DateOnly)); err == nil {
			return
		}
		time.Sleep(time.Second)
	}
	f.t.Error(err)
}

const adasWallet = "0x00000000000000000000000000000000ca05e001"

// payouts are one on each rail that pays out.
var payouts = map[string]struct{ to, order string }{
	"bank": {
		`{"name":"Erika Mustermann","country":"DE","account":"DE89370400440532013000"}`,
		`{"amount":{"value":"50.00","currency":"EUR"},"beneficiary":"$to","reference":"salary"}`,
	},
	"border": {
		`{"name":"Li Wei","country":"CN","account":"6222021234567890123","bic":"ICBKCNBJXXX","town":"Beijing","street":"Fuxingmen 55","purpose":"GDDS"}`,
		`{"amount":{"value":"800.00","currency":"CNY"},"fix":"target","source":{"currency":"EUR"},"beneficiary":"$to","charge_bearer":"SHAR","reference":"invoice 18"}`,
	},
	"chain": {
		`{"name":"Ada's wallet","address":"` + adasWallet + `","network":"` + network + `"}`,
		`{"amount":{"value":"20","currency":"USDC","network":"` + network + `"},"fix":"target","source":{"currency":"EUR"},"beneficiary":"$to"}`,
	},
}
