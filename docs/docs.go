// Package docs serves the help pages: one for each cause of a failed payment, in English and Chinese.
package docs

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"strings"

	"github.com/yuin/goldmark"
)

//go:embed help/*.md help.html help.css
var files embed.FS

// Causes are the pages, in the order of the index.
var Causes = []string{"network", "balance", "channel", "identity", "institution", "client", "request", "declined", "internal"}

// Languages that every page exists in. The first is the default.
var Languages = []string{"en", "zh"}

var index = map[string]string{"en": "What went wrong with a payment, and what to do", "zh": "支付出了什么问题，该怎么办"}

var layout = template.Must(template.ParseFS(files, "help.html"))

// page is what the layout shows: one page, or the list of all.
type page struct {
	Language, Cause, Title string
	Body                   template.HTML
	Pages                  []page
}

// Help serves the index at / and a page at /{cause}. The language is that of ?lang=, else the browser's.
func Help() http.Handler {
	pages, err := render()
	if err != nil {
		panic(err) // the pages are part of the program
	}
	style, err := files.ReadFile("help.css")
	if err != nil {
		panic(err)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		name := strings.Trim(r.URL.Path, "/")
		if name == "help.css" {
			w.Header().Set("Content-Type", "text/css; charset=utf-8")
			_, _ = w.Write(style)
			return
		}
		language := languageOf(r)
		content, ok := pages[language+"/"+name]
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Language", language)
		if !ok {
			w.WriteHeader(http.StatusNotFound)
			content = pages[language+"/"]
		}
		_, _ = w.Write(content)
	})
}

// render makes every page once; the index is under "<language>/".
func render() (map[string][]byte, error) {
	pages := map[string][]byte{}
	for _, language := range Languages {
		list := page{Language: language, Title: index[language]}
		for _, cause := range Causes {
			source, err := files.ReadFile(fmt.Sprintf("help/%s.%s.md", cause, language))
			if err != nil {
				return nil, err
			}
			title, _, _ := strings.Cut(strings.TrimPrefix(string(source), "# "), "\n")
			var body bytes.Buffer
			if err := goldmark.Convert(source, &body); err != nil {
				return nil, err
			}
			one := page{Language: language, Cause: cause, Title: title, Body: template.HTML(body.String())}
			list.Pages = append(list.Pages, one)
			if pages[language+"/"+cause], err = one.html(); err != nil {
				return nil, err
			}
		}
		var err error
		if pages[language+"/"], err = list.html(); err != nil {
			return nil, err
		}
	}
	return pages, nil
}

func (p page) html() ([]byte, error) {
	var b bytes.Buffer
	err := layout.Execute(&b, p)
	return b.Bytes(), err
}

func languageOf(r *http.Request) string {
	wanted := r.URL.Query().Get("lang")
	if wanted == "" {
		wanted = r.Header.Get("Accept-Language")
	}
	if strings.HasPrefix(strings.ToLower(wanted), "zh") {
		return "zh"
	}
	return "en"
}
