package main

import (
	"reflect"
	"strings"
	"testing"

	"github.com/causeway-pay/causeway/cmd/sandbox/acquirer"
)

func TestAcquirerFlag(t *testing.T) {
	got, err := parseAcquirers([]string{
		"name=card.a,listen=127.0.0.1:9999,secret=a=b,callback=http://127.0.0.1:1/x,callback_secret=whsec_YQ==,replay=false",
		"name=card.b,secret=s,fence=false",
	})
	want := []acquirer.Config{
		{
			Name: "card.a", Listen: "127.0.0.1:9999", Secret: "a=b", Fence: true,
			CallbackURL: "http://127.0.0.1:1/x", CallbackSecret: "whsec_YQ==",
		},
		{Name: "card.b", Listen: "127.0.0.1:0", Secret: "s", Replay: true},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestBadAcquirerFlagsAreAllNamed(t *testing.T) {
	_, err := parseAcquirers([]string{
		"listen=x,colour=red,replay=perhaps,fence=perhaps,callback=ftp://x,callback_secret=plain",
		"name=card.a,secret=s",
		"name=card.a,secret=s",
		"",
	})
	if err == nil {
		t.Fatal("accepted")
	}
	for _, fault := range []string{
		"name is missing", "secret is missing", `unknown key "colour"`, "replay must be", "fence must be",
		"callback must be", "callback_secret must be", "card.a: the name is used twice",
	} {
		if !strings.Contains(err.Error(), fault) {
			t.Errorf("%v does not say %q", err, fault)
		}
	}
}

func TestStandardWorld(t *testing.T) {
	got, err := parseAcquirers(standardAcquirers)
	if err != nil || len(got) != 2 {
		t.Fatalf("%+v, %v", got, err)
	}
	for i, want := range []struct{ name, listen string }{{acme, "127.0.0.1:9101"}, {globex, "127.0.0.1:9102"}} {
		c := got[i]
		if c.Name != want.name || c.Listen != want.listen || c.CallbackURL != "http://127.0.0.1:8080/callbacks/"+want.name || !c.Replay || !c.Fence {
			t.Errorf("acquirer %d is %+v", i, c)
		}
	}
}
