package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestInvalidConfigurationNamesEveryFieldAndExitsWithTwo(t *testing.T) {
	file := filepath.Join(t.TempDir(), "bad.yaml")
	bad := "listen: nowhere\ndatabase: mysql://x\nmode: maybe\nsurprise: 1\nchannels:\n  - {name: card.a, rail: card, driver: none, url: ftp://x, currencies: [XXX], timeout: 1ms}\n"
	if err := os.WriteFile(file, []byte(bad), 0o600); err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	cmd := exec.Command(filepath.Join(binaries, "causeway"), "serve", "--config", file)
	cmd.Stderr = &said
	var exit *exec.ExitError
	if err := cmd.Run(); !errors.As(err, &exit) || exit.ExitCode() != 2 {
		t.Fatalf("%v", err)
	}
	for _, field := range []string{
		"listen:", "database:", "mode:", "surprise:", "channels[0].driver:", "channels[0].url:", "channels[0].secret:",
		"channels[0].currencies[0]:", "channels[0].timeout:",
	} {
		if !strings.Contains(said.String(), field) {
			t.Errorf("%s is not named in\n%s", field, said.String())
		}
	}
}

func TestItStartsWithoutConfiguration(t *testing.T) {
	cmd := exec.Command(filepath.Join(binaries, "causeway"), "serve", "--exit-on-stdin-close")
	cmd.Dir = t.TempDir()
	cmd.Env = append(os.Environ(), "CAUSEWAY_LISTEN=127.0.0.1:0", "CAUSEWAY_ADMIN_LISTEN=127.0.0.1:0") // its own ports may be taken
	input, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var ready struct {
		Ready bool
		URL   string
	}
	if err := json.NewDecoder(out).Decode(&ready); err != nil || !ready.Ready {
		t.Fatal(ready, err)
	}
	reply, err := http.Get(ready.URL + "/readyz")
	if err != nil {
		t.Fatal(err)
	}
	reply.Body.Close()
	if reply.StatusCode != http.StatusOK {
		t.Errorf("readyz answers %d", reply.StatusCode)
	}
	if err := input.Close(); err != nil {
		t.Error(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	made, err := filepath.Glob(filepath.Join(cmd.Dir, "causeway.db*"))
	if err != nil || !slices.Contains(made, filepath.Join(cmd.Dir, "causeway.db")) {
		t.Errorf("database files %v, %v", made, err)
	}
}
