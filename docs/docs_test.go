package docs_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
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
}

// Both languages of a page say the same: the same sections in the same order, with as many steps and warnings in each.
func TestLanguagesSayTheSame(t *testing.T) {
	sections := map[string][]string{
		"en": {"Was I charged?", "What to do", "What we do meanwhile", "When to contact support"},
		"zh": {"我被扣款了吗？", "该怎么办", "我们正在做什么", "何时联系客服"},
	}
	for _, cause := range docs.Causes {
		shapes := map[string][]int{}
		for _, language := range docs.Languages {
			text, err := os.ReadFile("help/" + cause + "." + language + ".md")
			if err != nil {
				t.Fatal(err)
			}
			parts := strings.Split(string(text), "\n## ")
			var titles []string
			for i, part := range parts {
				title, _, _ := strings.Cut(part, "\n")
				if i > 0 {
					titles = append(titles, title)
				}
				shapes[language] = append(shapes[language], strings.Count(part, "\n- "), strings.Count(part, "**"), strings.Count(part, "`"))
			}
			if !slices.Equal(titles, sections[language]) {
				t.Errorf("%s in %s has the sections %q", cause, language, titles)
			}
		}
		if !slices.Equal(shapes["en"], shapes["zh"]) {
			t.Errorf("%s: steps, warnings and codes of each section are %v in English and %v in Chinese", cause, shapes["en"], shapes["zh"])
		}
	}
}

func TestTheIndexListsEveryPage(t *testing.T) {
	for _, language := range docs.Languages {
		body := get("/?lang=" + language).Body.String()
		for _, cause := range docs.Causes {
			if !strings.Contains(body, `href="/help/`+cause+`?lang=`+language+`"`) {
				t.Errorf("the index in %s does not list %s", language, cause)
			}
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
