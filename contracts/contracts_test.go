package contracts

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestArtifactsAreFresh fails when a source, the compiler's settings or a pinned version changed after the last
// `make contracts`. It computes what build.mjs does.
func TestArtifactsAreFresh(t *testing.T) {
	sources, err := filepath.Glob("*.sol")
	if err != nil || len(sources) == 0 {
		t.Fatal("no sources:", err)
	}
	inputs := append(sources, "build.mjs", "package-lock.json")
	slices.Sort(inputs)
	hash := sha256.New()
	for _, name := range inputs {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(hash, "%s %d\n%s", name, len(text), text)
	}
	want := fmt.Sprintf("sha256:%x", hash.Sum(nil))

	compiled, err := artifacts.ReadDir("artifacts")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range compiled {
		a, err := Read(strings.TrimSuffix(file.Name(), ".json"))
		if err != nil {
			t.Fatal(err)
		}
		if a.Inputs != want {
			t.Errorf("%s was made from other inputs: run make contracts", file.Name())
		}
		if !slices.Contains(sources, a.Source) {
			t.Errorf("%s comes from %q, which is not here: run make contracts", file.Name(), a.Source)
		}
	}
}

func TestReadSaysWhatItDoesNotHave(t *testing.T) {
	if _, err := Read("DAI"); err == nil || !strings.Contains(err.Error(), "DAI") {
		t.Errorf("%v", err)
	}
}
