package checkout

import (
	"embed"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"
)

// Languages that every text exists in. The first is the default.
var Languages = []string{"en", "zh"}

//go:embed texts/*.json
var textFiles embed.FS

// catalogue holds every text of the pages in one language.
type catalogue map[string]string

var catalogues = readCatalogues()

func readCatalogues() map[string]catalogue {
	all := map[string]catalogue{}
	for _, language := range Languages {
		data, err := textFiles.ReadFile("texts/" + language + ".json")
		if err != nil {
			panic(err) // the texts are part of the program
		}
		var texts catalogue
		if err := json.Unmarshal(data, &texts); err != nil {
			panic(fmt.Sprintf("checkout: texts of %s: %v", language, err))
		}
		all[language] = texts
	}
	return all
}

// say returns a text with its gaps filled in. It panics on a name without a text.
func (c catalogue) say(name string, gaps ...any) string {
	text, ok := c[name]
	if !ok {
		panic("checkout: no text " + name)
	}
	if len(gaps) == 0 {
		return text
	}
	return fmt.Sprintf(text, gaps...)
}

const (
	languageCookie = "lang"
	languageYear   = 365 * 24 * 60 * 60 // seconds
)

// language is that of ?lang=, which is remembered, else the remembered one, else the browser's.
func (s *server) language(c *gin.Context) string {
	c.Header("Vary", "Accept, Accept-Language, Cookie")
	if asked := c.Query("lang"); catalogues[asked] != nil {
		c.SetSameSite(http.SameSiteLaxMode)
		c.SetCookie(languageCookie, asked, languageYear, "/", "", s.secure, true)
		return asked
	}
	if kept, err := c.Cookie(languageCookie); err == nil && catalogues[kept] != nil {
		return kept
	}
	return accepted(c.GetHeader("Accept-Language"))
}

// accepted picks the first language that texts exist in, in the order of the header.
func accepted(header string) string {
	const longest = 200
	if len(header) > longest {
		return Languages[0]
	}
	for part := range strings.SplitSeq(header, ",") {
		tag, _, _ := strings.Cut(strings.TrimSpace(part), ";")
		if base, _, _ := strings.Cut(strings.ToLower(tag), "-"); catalogues[base] != nil {
			return base
		}
	}
	return Languages[0]
}
