package docs_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/causeway-pay/causeway/docs"
	"github.com/causeway-pay/causeway/payment"
)

func get(path string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	docs.Help().ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	return w
}

func TestEveryCauseHasAPageInBothLanguages(t *testing.T) {
	for reason, meaning := range payment.Reasons() {
		english, chinese := get("/"+string(meaning.Cause)+"?lang=en"), get("/"+string(meaning.Cause)+"?lang=zh")
		if english.Code != http.StatusOK || chinese.Code != http.StatusOK || english.Body.String() == chinese.Body.String() {
			t.Errorf("%s: the page of %s answers %d and %d", reason, meaning.Cause, english.Code, chinese.Code)
		}
	}
	for _, cause := range docs.Causes {
		sections := map[string]int{}
		for _, language := range docs.Languages {
			text, err := os.ReadFile("help/" + cause + "." + language + ".md")
			if err != nil {
				t.Fatal(err)
			}
			sections[language] = strings.Count(string(text), "\n## ")
		}
		if sections["en"] != sections["zh"] {
			t.Errorf("%s has %d sections in English and %d in Chinese", cause, sections["en"], sections["zh"])
		}
	}
}

func TestPagesNeedNothingFromElsewhere(t *testing.T) {
	for _, path := range []string{"/", "/network", "/declined?lang=zh"} {
		body := get(path).Body.String()
		for _, foreign := range []string{"http://", "https://", "<script", "style=\""} {
			if strings.Contains(body, foreign) {
				t.Errorf("%s contains %s", path, foreign)
			}
		}
	}
	if got := get("/nothing").Code; got != http.StatusNotFound {
		t.Errorf("an unknown page answers %d", got)
	}
}
